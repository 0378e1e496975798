"""What `reproduce` returns: rows of comparisons for each source, and what belongs to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from wellfit.data.samples import Parts
from wellfit.reproduce.comparison import Comparison, Row, Verdict, compare, compare_range
from wellfit.reproduce.engine_runs import Run
from wellfit.reproduce.evidence import Evidence
from wellfit.reproduce.populations import Population, range_of
from wellfit.reproduce.published import RUNS
from wellfit.reproduce.recipes import Recipe

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
        One of `wellfit.reproduce.recipes.SOURCES`.
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
        In the order of `wellfit.reproduce.recipes.SOURCES`.
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


def rows_of(recipe: Recipe, parts: Parts, run: Run, who: str, population: Population | None) -> list[Row]:
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
    population : Population or None
        Where one run is no target.

    Returns
    -------
    list of Row
    """
    published = RUNS[recipe.key]
    rows = []
    for copy in published.copies:
        if copy.costs:
            costs = [_cost(place * published.every, token, run, who, population) for place, token in enumerate(copy.costs)]
            rows.append(Row(f"{recipe.name}: {len(costs)} costs{f', {copy.name} copy' if copy.name else ''}", tuple(costs)))
    scores = []
    for copy in published.copies:
        pairs = (("train", copy.train, run.train, parts.y_train), ("test", copy.test, run.test, parts.y_test))
        for part, token, found, truth in pairs:
            if token:
                values = None if population is None else getattr(population, part)
                scores.append(_accuracy(f"{part}{f', {copy.name} copy' if copy.name else ''}", token, found == truth, values))
    rows.append(Row(f"{recipe.name}: accuracy", tuple(scores)))
    if published.predictions:
        rows.append(_predictions(recipe, published.predictions, run))
    rows[0] = Row(rows[0].what, rows[0].comparisons, run.seconds, NOTES.get(recipe.spread, ""))
    return rows


NOTES = {
    "one bit": (
        "one run is no target here: runs that start a single unit in the last place beside these weights spread as the table of "
        "spreads shows, and so do the copies in print."
    ),
    "masks": (
        "the chapter does not say which units its steps drop; here each step draws anew, for several seeds. (One mask for all steps, as "
        "in the notebook, gives other figures: see the table of regularisations.)"
    ),
}


def _cost(iteration: int, published: str, run: Run, who: str, population: Population | None) -> Comparison:
    what, ours = f"cost at {iteration:,}", float(run.costs[iteration])
    if population is None:
        return compare(what, published, ours, NEEDS[who])
    return compare_range(what, published, ours, range_of(population.costs[:, iteration]))


def _accuracy(what: str, published: str, right: NDArray[np.bool_], values: NDArray[np.float64] | None) -> Comparison:
    share = Fraction(int(right.sum()), len(right))
    return compare(what, published, share, 12) if values is None else compare_range(what, published, share, range_of(values))


def _predictions(recipe: Recipe, published: str, run: Run) -> Row:
    """Compare every predicted class."""
    found = np.concatenate([run.train, run.test])
    different = int((found != np.array(list(published), dtype=np.int64)).sum())
    verdict = Verdict.DIFFERS if different else Verdict.EXACT
    because = f"{different} of them differ" if different else ""
    one = Comparison("predictions", f"{len(found)} in print", f"{len(found) - different} equal", None, verdict, because)
    return Row(f"{recipe.name}: {len(found)} predictions", (one,))
