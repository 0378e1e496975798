"""What `reproduce` returns: rows of comparisons for each source, and what belongs to them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.course.published.comparison import Comparison, Row, Verdict, compare, range_of
from wellfit.course.published.engine_runs import Run
from wellfit.course.published.evidence import Evidence
from wellfit.course.published.numbers import RUNS
from wellfit.course.published.populations import Population
from wellfit.course.published.recipes import Recipe
from wellfit.data.samples import Parts
from wellfit.engines.api import get_engine
from wellfit.plurals import counted

__all__ = ["ENGINE", "FUNCTIONS", "Reproduction", "SourceResult", "rows_of"]

ENGINE, FUNCTIONS = "compiled engine, float64", "course functions, NumPy"
# Digits to which a stable cost must agree. Copies of the course agree among themselves to twelve, in one case no further.
NEEDS = {ENGINE: 10, FUNCTIONS: 12}


@dataclass
class SourceResult:
    """What one source came to.

    Parameters
    ----------
    source : str
        One of `wellfit.course.published.recipes.SOURCES`.
    rows : dict of str to list of Row
        For what computed, `ENGINE` or `FUNCTIONS`, its comparisons.
    runs : list of (Recipe, Parts, Run)
        Runs of the engine, for pictures.
    evidence : Evidence or None
        Which regularisation helps; where it was asked and the data are there.
    """

    source: str
    rows: dict[str, list[Row]] = field(default_factory=dict)
    runs: list[tuple[Recipe, Parts, Run]] = field(default_factory=list)
    evidence: Evidence | None = None

    @property
    def all_rows(self) -> list[Row]:
        """The rows of all that computed."""
        return [row for rows in self.rows.values() for row in rows]


@dataclass(frozen=True)
class Reproduction:
    """What all asked sources came to.

    Parameters
    ----------
    sources : tuple of SourceResult
        In the order of `wellfit.course.published.recipes.SOURCES`.
    seconds : float
        Wall time.
    """

    sources: tuple[SourceResult, ...]
    seconds: float

    @property
    def differs(self) -> list[Row]:
        """What does not reproduce."""
        return [row for source in self.sources for row in source.all_rows if row.verdict is Verdict.DIFFERS]

    @property
    def missing(self) -> list[Row]:
        """What was not run."""
        return [row for source in self.sources for row in source.all_rows if row.verdict is Verdict.NOT_RUN]

    @property
    def numbers(self) -> int:
        """How many published numbers were compared."""
        rows = (row for source in self.sources for row in source.all_rows if row.verdict is not Verdict.NOT_RUN)
        return sum(len(row.comparisons) for row in rows)


# === From a run to rows ===


def rows_of(recipe: Recipe, parts: Parts, run: Run, who: str, population: Population) -> list[Row]:
    """Return the comparisons of a run: costs, accuracies, predictions.

    Parameters
    ----------
    recipe : Recipe
        What was run.
    parts : Parts
        Its data.
    run : Run
        What came out.
    who : str
        `ENGINE` or `FUNCTIONS`: how many digits are asked for.
    population : Population
        Runs that differ from it by rounding, or by what the source leaves open.

    Returns
    -------
    list of Row
    """
    published = RUNS[recipe.key]
    rows = []
    for copy in published.copies:
        if copy.costs:
            costs = [_cost(place * published.every, token, run, who, population) for place, token in enumerate(copy.costs)]
            rows.append(Row(f"{recipe.name}: {counted(len(costs), 'cost')}{f', {copy.name} copy' if copy.name else ''}", tuple(costs)))
    train = Predictions(run.train, population.train, ties_of(recipe, run, parts.X_train), parts.y_train)
    test = Predictions(run.test, population.test, ties_of(recipe, run, parts.X_test), parts.y_test)
    scores = []
    for copy in published.copies:
        for part, token, found in (("train", copy.train, train), ("test", copy.test, test)):
            if token:
                scores.append(_accuracy(f"{part}{f', {copy.name} copy' if copy.name else ''}", token, found))
    rows.append(Row(f"{recipe.name}: accuracy", tuple(scores)))
    if published.predictions:
        rows.append(_predictions(recipe, published.predictions, train, test))
    ties, examples = int(train.ties.sum() + test.ties.sum()), len(train.ties) + len(test.ties)
    notes = [NOTES[recipe.draws_masks]] if any(one.spread is not None for row in rows for one in row.comparisons) else []
    if ties:
        notes.append(f"{ties} of {examples} probabilities are one half to rounding: their predicted classes say nothing.")
    rows[0] = Row(rows[0].what, rows[0].comparisons, run.seconds, " ".join(notes))
    return rows


NOTES = {
    False: (
        "one run is no target here: runs whose initial weights differ in the last bit vary as the table of spreads shows, and so do the "
        "copies in print and other processors."
    ),
    True: (
        "the chapter does not say which units its steps drop; here each step draws anew, for several seeds. (One mask for all steps, as "
        "in the notebook, gives other figures: see the table of regularisations.)"
    ),
}


class Predictions(NamedTuple):
    """Predicted classes of a part's rows.

    Attributes
    ----------
    classes : int64 array of shape (rows,)
        Of the run.
    others : int64 array of shape (runs, rows)
        Of the population.
    ties : boolean array of shape (rows,)
        Where the probability is one half to rounding.
    truth : int64 array of shape (rows,)
        The true classes.
    """

    classes: NDArray[np.int64]
    others: NDArray[np.int64]
    ties: NDArray[np.bool_]
    truth: NDArray[np.int64]


def ties_of(recipe: Recipe, run: Run, X: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which examples get a probability of one half, up to the rounding that a run's steps may add up to.

    Parameters
    ----------
    recipe : Recipe
        What was run.
    run : Run
        What came out.
    X : float64 array of shape (rows, inputs)
        Examples; there may be none.

    Returns
    -------
    boolean array of shape (rows,)
    """
    if not len(X):
        return np.zeros(0, np.bool_)
    probabilities = get_engine("compiled").forward(recipe.spec, run.parameters, X)[:, 0]
    return np.asarray(np.abs(probabilities - 0.5) <= recipe.iterations * np.finfo(np.float64).eps)


def _cost(iteration: int, published: str, run: Run, who: str, population: Population) -> Comparison:
    spread = range_of(population.costs[:, iteration])
    return compare(f"cost at {iteration:,}", published, float(run.costs[iteration]), NEEDS[who], spread=spread)


def _accuracy(what: str, published: str, found: Predictions) -> Comparison:
    """Compare the share of right predictions; ties may be right or wrong."""
    right, rows = found.classes == found.truth, len(found.truth)
    one = compare(what, published, Fraction(int(right.sum()), rows), 12, spread=range_of((found.others == found.truth).mean(axis=1)))
    if not found.ties.any():
        return one
    surely = int((right & ~found.ties).sum())
    possible = (Fraction(surely, rows), Fraction(surely + int(found.ties.sum()), rows))
    nearest = min(max(Fraction(published), possible[0]), possible[1])
    verdict = Verdict.TIE if compare(what, published, nearest, 12).verdict is Verdict.EXACT else Verdict.DIFFERS
    because = (
        "" if verdict is Verdict.TIE else f"{float(possible[0]):.6g} to {float(possible[1]):.6g} are possible, whatever becomes of ties"
    )
    return replace(one, verdict=verdict, because=because, spread=None)


def _predictions(recipe: Recipe, published: str, *parts: Predictions) -> Row:
    """Compare every predicted class: all must be as in print but for ties, and those that rounding moves."""
    classes, ties = (np.concatenate([getattr(part, name) for part in parts]) for name in ("classes", "ties"))
    others = np.concatenate([part.others for part in parts], axis=1)
    different = classes != np.array(list(published), dtype=np.int64)
    moved = (others != classes).any(axis=0)
    wrong = int((different & ~moved & ~ties).sum())
    if wrong:
        verdict = Verdict.DIFFERS
    elif ties.any():
        verdict = Verdict.TIE
    else:
        verdict = Verdict.DISTRIBUTION if different.any() else Verdict.EXACT
    because = f"{wrong} of them differ" if wrong else ""
    one = Comparison("predictions", f"{len(classes)} in print", f"{int((~different).sum())} equal", None, verdict, because)
    return Row(f"{recipe.name}: {counted(len(classes), 'prediction')}", (one,))
