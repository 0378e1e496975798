"""All recipes of the asked sources, one after the other: `reproduce`."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from wellfit.course.published.cases import unit_rows
from wellfit.course.published.comparison import not_run
from wellfit.course.published.engine_runs import run_on_engine
from wellfit.course.published.evidence import Method, gather, methods_of, weigh
from wellfit.course.published.function_runs import course_gradient_rows, run_on_course
from wellfit.course.published.inputs import circles_parts, find_football, football_parts, moons_parts
from wellfit.course.published.populations import Population, population_of
from wellfit.course.published.recipes import SOURCES, Recipe, of_source
from wellfit.course.published.results import ENGINE, FUNCTIONS, Reproduction, SourceResult, rows_of
from wellfit.data.samples import Parts
from wellfit.errors import DataError, SpecError, unknown_name
from wellfit.plurals import counted
from wellfit.spec.base import check_whole
from wellfit.training.result import FitResult

__all__ = ["reproduce"]

OnProgress = Callable[[str, float], None]


def reproduce(
    source: str = "all",
    *,
    data: str | Path | None = None,
    course_functions: bool = False,
    seeds: int = 20,
    on_progress: OnProgress | None = None,
) -> Reproduction:
    """Run published experiments and compare every published number with ours.

    Parameters
    ----------
    source : str
        ``"init"``, ``"regularization"``, ``"gradients"``, ``"optimization"``, ``"textbook"`` or ``"all"``.
    data : path, optional
        Folder that holds ``data.mat``; None: wherever `wellfit.course` looks (``WELLFIT_DATA``, the working folder).
    course_functions : bool
        Run everything on the course's own functions as well, which takes minutes.
    seeds : int
        Networks for each kind of regularisation, at least 2.
    on_progress : callable, optional
        Called with what is being run, and the share of all that is done.

    Returns
    -------
    Reproduction

    Raises
    ------
    SpecError
        If there is no such source, or there are too few seeds.
    DataError
        If `data` is named and does not hold the file, or the file is another.

    Examples
    --------
    >>> result = reproduce("gradients")
    >>> result.differs, result.numbers
    ([], 7)
    """
    if source != "all" and source not in SOURCES:
        raise SpecError(unknown_name("source", source, (*SOURCES, "all")))
    check_whole("seeds", seeds, 2)
    begin = time.perf_counter()
    asked = SOURCES if source == "all" else (source,)
    tables = _Tables(None if data is None else Path(data))
    steps = _Steps(on_progress)
    sources = [_Source(name, steps, tables, seeds) for name in asked]
    for each in sources:
        each.plan_engine()
        each.plan_evidence()
        if course_functions:
            each.plan_functions()
    steps.run()
    return Reproduction(tuple(each.result for each in sources), time.perf_counter() - begin)


# === What has to be done ===

# Told the share of a step that is done.
Told = Callable[[float], None]


class _Steps:
    """Steps with their expected seconds, so that progress is even."""

    def __init__(self, on_progress: OnProgress | None) -> None:
        self.on_progress = on_progress
        self.steps: list[tuple[str, float, Callable[[Told], None]]] = []

    def add(self, what: str, seconds: float, action: Callable[[Told], None]) -> None:
        """Put a step at the end."""
        self.steps.append((what, seconds, action))

    def run(self) -> None:
        """Do all steps, in their order."""
        total, done = sum(seconds for _, seconds, _ in self.steps), 0.0
        for what, seconds, action in self.steps:

            def told(share: float, what: str = what, seconds: float = seconds, done: float = done) -> None:
                if self.on_progress is not None:
                    self.on_progress(what, (done + share * seconds) / total)

            told(0.0)
            action(told)
            done += seconds


class _Tables:
    """The data sets."""

    def __init__(self, folder: Path | None) -> None:
        self.missing = ""
        self.football: Parts | None = None
        try:
            self.football = football_parts(find_football(folder))
        except DataError as error:
            if folder is not None:
                raise
            self.missing = str(error)

    def of(self, recipe: Recipe) -> Parts | None:
        """Return a recipe's data, or None where they are not found."""
        if recipe.data == "football":
            return self.football
        return circles_parts() if recipe.data == "circles" else moons_parts()


class _Source:
    """What is done for one source."""

    def __init__(self, name: str, steps: _Steps, tables: _Tables, seeds: int) -> None:
        self.name, self.steps, self.tables, self.seeds = name, steps, tables, seeds
        self.result = SourceResult(name)
        self.populations: dict[str, Population] = {}

    def plan_engine(self) -> None:
        """Put what the engine does at the end of the steps."""
        rows = self.result.rows.setdefault(ENGINE, [])
        self.steps.add(f"{self.name}: single cases", 0.5, lambda told: rows.extend(unit_rows(self.name)))
        for recipe in of_source(self.name):
            parts = self.tables.of(recipe)
            if parts is None:
                rows.append(not_run(recipe.name, self.tables.missing))
                continue

            def run(told: Told, recipe: Recipe = recipe, parts: Parts = parts) -> None:
                done = run_on_engine(recipe, parts)
                self.result.runs.append((recipe, parts, done))
                self.populations[recipe.key] = population_of(recipe, parts)
                rows.extend(rows_of(recipe, parts, done, ENGINE, self.populations[recipe.key]))

            self.steps.add(f"{self.name}: {recipe.name}", 5.0 if recipe.source == "textbook" else 1.5, run)

    def plan_evidence(self) -> None:
        """Put the comparison of regularisations there, where the source has one and its data are found."""
        methods = methods_of(self.name)
        parts = self.tables.football
        if not methods or parts is None:
            return
        networks: list[list[FitResult]] = []
        for method in methods:

            def train(told: Told, method: Method = method) -> None:
                networks.append(gather(self.name, method, parts, self.seeds))

            self.steps.add(f"{self.name}: {counted(self.seeds, 'seed')} of {method.name}", 0.15 * self.seeds, train)

        def conclude(told: Told) -> None:
            self.result.evidence = weigh(methods, networks, parts)

        self.steps.add(f"{self.name}: what the seeds say", 0.1, conclude)

    def plan_functions(self) -> None:
        """Put what the course's own functions do there."""
        rows = self.result.rows.setdefault(FUNCTIONS, [])
        if self.name == "gradients":
            self.steps.add("gradients: course functions", 0.2, lambda told: rows.extend(course_gradient_rows()))
        for recipe in of_source(self.name):
            # These functions keep one mask for all steps, and the chapter's is not known.
            if recipe.draws_masks:
                continue
            parts = self.tables.of(recipe)
            if parts is None:
                rows.append(not_run(recipe.name, self.tables.missing))
                continue

            def run(told: Told, recipe: Recipe = recipe, parts: Parts = parts) -> None:
                done = run_on_course(recipe, parts, told)
                rows.extend(rows_of(recipe, parts, done, FUNCTIONS, self.populations[recipe.key]))

            self.steps.add(f"{self.name}: {recipe.name} on the course functions", 8.0, run)
