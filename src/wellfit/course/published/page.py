"""The results as blocks, with the figures of the sources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.course.published.comparison import Verdict
from wellfit.course.published.engine_runs import Run, predicted_classes
from wellfit.course.published.evidence import Evidence
from wellfit.course.published.numbers import RUNS
from wellfit.course.published.pictures import Accuracy, CostLine, Limits, PlanePanel, accuracy_intervals, cost_lines, plane_panels
from wellfit.course.published.recipes import TITLES, Recipe
from wellfit.course.published.tables import evidence_table, full_table, source_table, spread_table
from wellfit.errors import install_command
from wellfit.judge.intervals import Interval
from wellfit.plots.style import is_available
from wellfit.plots.svg import to_svg
from wellfit.plurals import counted
from wellfit.render.blocks import Block, Page, Picture, Section, Text

if TYPE_CHECKING:
    from wellfit.course.published.results import Reproduction, SourceResult

__all__ = ["conclusion", "reproduction_page"]

# The axes of the sources' own figures.
LIMITS: dict[str, Limits] = {
    "circles": ((-1.5, 1.5), (-1.5, 1.5)),
    "football": ((-0.75, 0.40), (-0.75, 0.65)),
    "moons": ((-1.5, 2.5), (-1.0, 1.5)),
}
COUNTED = {
    Verdict.EXACT: "exact",
    Verdict.DIGITS: "but for the last digits",
    Verdict.TIE: "ties",
    Verdict.DISTRIBUTION: "in distribution, where one run is not a reliable target",
    Verdict.OVERFLOW: "an overflow in print alone",
    Verdict.DIFFERS: "do not reproduce",
}
POINTS = {"circles": "circles", "football": "the football field", "moons": "moons"}


def reproduction_page(reproduction: Reproduction, whole: bool) -> Page:
    """Return for each source its tables; `whole` adds every number, and its figures if matplotlib is installed."""
    sections = [Section(TITLES[result.source], _blocks(result, whole)) for result in reproduction.sources]
    return Page("Published experiments, reproduced", conclusion(reproduction), sections)


def conclusion(reproduction: Reproduction) -> str:
    """Return the outcome in a sentence or two."""
    found = [one.verdict for result in reproduction.sources for row in result.all_rows for one in row.comparisons]
    parts = [f"{found.count(verdict):,} {words}" for verdict, words in COUNTED.items() if verdict in found]
    words = f"{counted(reproduction.numbers, 'published number')}: {', '.join(parts)}."
    if reproduction.differs:
        words += f" See: {', '.join(row.what for row in reproduction.differs)}."
    if reproduction.missing:
        words += f" Not run: {counted(len(reproduction.missing), 'run')}, because its data are missing."
    return f"{words} It took {reproduction.seconds:.0f} s."


def _blocks(result: SourceResult, whole: bool) -> list[Block]:
    blocks: list[Block] = [source_table(result, who) for who in result.rows]
    for who in result.rows:
        spread = spread_table(result, who)
        if spread is not None:
            blocks.append(spread)
            break
    if result.evidence is not None:
        blocks.append(evidence_table(result.evidence))
        blocks += [Text(sentence) for sentence in result.evidence.sentences]
    if not whole:
        return blocks
    if is_available():
        blocks += _pictures(result)
    elif result.runs:
        blocks.append(Text(f"Figures need matplotlib: {install_command('matplotlib')}.", is_note=True))
    return blocks + [full_table(result, who) for who in result.rows]


# === Figures ===


def _pictures(result: SourceResult) -> list[Block]:
    pictures: list[Block] = []
    if result.evidence is not None:
        pictures.append(Picture("Accuracy of each regularisation over all seeds.", to_svg(_accuracies(result.evidence))))
    for runs in _groups(result.runs):
        recipe, parts, _ = runs[0]
        unit = "iteration" if recipe.batch_size is None else "epoch"
        caption = f"Cost over {unit}s: {', '.join(one.name for one, _, _ in runs)}. Rings: in print."
        pictures.append(Picture(caption, to_svg(cost_lines([_line(one, run) for one, _, run in runs], unit))))
    if result.runs:
        recipe, parts, _ = result.runs[0]
        panels = [PlanePanel("the points", None)]
        panels += [PlanePanel(one.name, _prediction(one, run)) for one, _, run in result.runs]
        figure = plane_panels(panels, parts.X_train, parts.y_train, LIMITS[recipe.data])
        pictures.append(Picture(f"Decision boundaries on {POINTS[recipe.data]}: training points, axes as in the source.", to_svg(figure)))
    return pictures


Runs = Sequence[tuple[Recipe, Any, Run]]


def _groups(runs: Runs) -> list[Runs]:
    """Return runs in groups that share a picture: those of a source, of the optimisation notebook those of a generation."""
    found: dict[str, list[tuple[Recipe, Any, Run]]] = {}
    for each in runs:
        recipe = each[0]
        found.setdefault(recipe.name.split()[0] if recipe.source == "optimization" else recipe.source, []).append(each)
    return [*found.values()]


def _line(recipe: Recipe, run: Run) -> CostLine:
    costs = run.costs[: recipe.iterations]
    published = RUNS[recipe.key]
    tokens = published.copies[-1].costs
    marks = (np.arange(len(tokens)) * published.every, np.array([float(token) for token in tokens])) if tokens else None
    return CostLine(recipe.name, np.arange(len(costs)), costs, marks)


def _prediction(recipe: Recipe, run: Run) -> Callable[[NDArray[np.float64]], NDArray[np.int64]]:
    return lambda points: predicted_classes(recipe.spec, run.parameters, points)


def _accuracies(evidence: Evidence) -> Any:
    def ends(interval: Interval) -> tuple[float, float, float]:
        return interval.estimate, interval.low, interval.high

    return accuracy_intervals([Accuracy(each.method.name, ends(each.train), ends(each.test)) for each in evidence.results])
