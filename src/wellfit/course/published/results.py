"""The result of `reproduce`: rows of comparisons for each source, its runs and its evidence."""

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
from wellfit.course.published.page import reproduction_page
from wellfit.course.published.populations import Population
from wellfit.course.published.recipes import Recipe
from wellfit.datasets import Parts
from wellfit.engines.api import get_engine
from wellfit.plurals import counted
from wellfit.render.blocks import Page
from wellfit.render.result import Result

__all__ = ["ENGINE", "FUNCTIONS", "Reproduction", "SourceResult", "rows_of"]

ENGINE, FUNCTIONS = "compiled engine, float64", "course functions, NumPy"
# Digits to which a stable cost must agree. Copies of the course agree with each other to twelve, in one case no further.
NEEDS = {ENGINE: 10, FUNCTIONS: 12}


@dataclass
class SourceResult:
    """The comparisons of one source."""

    source: str  # one of `wellfit.course.published.recipes.SOURCES`
    rows: dict[str, list[Row]] = field(default_factory=dict)  # the comparisons of `ENGINE` and of `FUNCTIONS`
    runs: list[tuple[Recipe, Parts, Run]] = field(default_factory=list)  # runs of the engine, for pictures
    evidence: Evidence | None = None  # which regularisation helps, if the source compares any and the data are there

    @property
    def all_rows(self) -> list[Row]:
        """The rows of the engine and of the functions."""
        return [row for rows in self.rows.values() for row in rows]


@dataclass(frozen=True, repr=False)
class Reproduction(Result):
    """The comparisons of all requested sources."""

    sources: tuple[SourceResult, ...]  # in the order of `wellfit.course.published.recipes.SOURCES`
    seconds: float  # wall time

    @property
    def differs(self) -> list[Row]:
        """The rows that do not reproduce."""
        return [row for source in self.sources for row in source.all_rows if row.verdict is Verdict.DIFFERS]

    @property
    def missing(self) -> list[Row]:
        """The rows that were not run."""
        return [row for source in self.sources for row in source.all_rows if row.verdict is Verdict.NOT_RUN]

    @property
    def numbers(self) -> int:
        """Number of published numbers that were compared."""
        rows = (row for source in self.sources for row in source.all_rows if row.verdict is not Verdict.NOT_RUN)
        return sum(len(row.comparisons) for row in rows)

    def blocks(self, whole: bool = False) -> Page:
        """Return the tables of each source; in a report also every number and the figures."""
        return reproduction_page(self, whole)


# === From a run to rows ===


def rows_of(recipe: Recipe, parts: Parts, run: Run, who: str, population: Population) -> list[Row]:
    """Return the comparisons of a run of `ENGINE` or `FUNCTIONS`: costs, accuracies, predictions.

    The population holds runs that differ from it by rounding, or by what the source leaves open.
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
        notes.append(f"{ties} of {examples} probabilities are one half to rounding: their predicted classes mean nothing.")
    rows[0] = Row(rows[0].what, rows[0].comparisons, run.seconds, " ".join(notes))
    return rows


NOTES = {
    False: (
        "one run is not a reliable target: runs whose initial weights differ in the last bit vary as the table of spreads shows, and so do "
        "the copies in print and other processors."
    ),
    True: (
        "the chapter does not say which units its steps drop; here each step draws new masks, for several seeds. (One mask for all steps, "
        "as in the notebook, gives other numbers: see the table of regularisations.)"
    ),
}


class Predictions(NamedTuple):
    """Predicted classes of a part's rows."""

    classes: NDArray[np.int64]  # (rows,): of the run
    others: NDArray[np.int64]  # (runs, rows): of the population
    ties: NDArray[np.bool_]  # (rows,): where the probability is one half to rounding
    truth: NDArray[np.int64]  # (rows,): the true classes


def ties_of(recipe: Recipe, run: Run, X: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which examples have a probability of one half, up to the rounding that a run's steps may accumulate."""
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
    """Compare every predicted class: all must be as in print, except ties and those that rounding moves."""
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
