"""`reproduce`: all recipes of the requested sources, one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from wellfit.course.published.cases import case_rows
from wellfit.course.published.comparison import Row, not_run
from wellfit.course.published.engine_runs import run_on_engine
from wellfit.course.published.evidence import Method, evaluate, methods_of, train_networks
from wellfit.course.published.function_runs import course_gradient_rows, run_on_functions
from wellfit.course.published.inputs import circles_parts, find_football, football_parts, moons_parts
from wellfit.course.published.populations import Population, population_of
from wellfit.course.published.recipes import SOURCES, Recipe, of_source
from wellfit.course.published.results import ENGINE, FUNCTIONS, Reproduction, SourceResult, rows_of
from wellfit.datasets import Parts
from wellfit.errors import DataError, SpecError, unknown_name
from wellfit.events import Callback, Event, Progress, Reporter
from wellfit.plurals import counted
from wellfit.spec.base import check_whole
from wellfit.training.result import FitResult

__all__ = ["reproduce"]


def reproduce(
    source: str = "all",  # "init", "regularization", "gradients", "optimization", "textbook" or "all"
    *,
    data: str | Path | None = None,  # folder of data.mat; None: where `wellfit.course` looks (WELLFIT_DATA, the working folder)
    course_functions: bool = False,  # run everything on the course's functions as well, which takes minutes
    seeds: int = 20,  # networks for each kind of regularisation, at least 2
    callback: Callback | None = None,  # receives a Progress that names the current step; True ends the work by a KeyboardInterrupt
) -> Reproduction:
    """Run published experiments and compare every published number with ours."""
    if source != "all" and source not in SOURCES:
        raise SpecError(unknown_name("source", source, (*SOURCES, "all")))
    check_whole("seeds", seeds, 2)
    begin = time.perf_counter()
    requested = SOURCES if source == "all" else (source,)
    data_sets = _DataSets(None if data is None else Path(data))
    steps = _Steps(callback)
    sources = [_Source(name, steps, data_sets, seeds) for name in requested]
    for each in sources:
        each.plan_engine()
        each.plan_evidence()
        if course_functions:
            each.plan_functions()
    steps.run()
    return Reproduction(tuple(each.result for each in sources), time.perf_counter() - begin)


# === Steps ===


class _Steps:
    """Steps with their expected seconds, so that progress is reported evenly."""

    def __init__(self, callback: Callback | None) -> None:
        self.report = Reporter(callback)
        self.steps: list[tuple[str, float, Callable[[Callback], None]]] = []

    def add(self, what: str, seconds: float, action: Callable[[Callback], None]) -> None:
        """Append a step."""
        self.steps.append((what, seconds, action))

    def run(self) -> None:
        """Run all steps in order."""
        total, done = sum(seconds for _, seconds, _ in self.steps), 0.0
        for what, seconds, action in self.steps:

            def follow(event: Event, what: str = what, seconds: float = seconds, done: float = done) -> bool:
                share = event.done / event.total if isinstance(event, Progress) and event.total else 0.0
                return self.report(Progress(what, done + share * seconds, total))

            if follow(Progress(what, 0.0, 1.0)):
                raise KeyboardInterrupt
            action(follow)
            done += seconds


class _DataSets:
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
        """Return a recipe's data, or None if they are missing."""
        if recipe.data == "football":
            return self.football
        return circles_parts() if recipe.data == "circles" else moons_parts()


class _Source:
    """The steps of one source."""

    def __init__(self, name: str, steps: _Steps, data_sets: _DataSets, seeds: int) -> None:
        self.name, self.steps, self.data_sets, self.seeds = name, steps, data_sets, seeds
        self.result = SourceResult(name)
        self.populations: dict[str, Population] = {}

    def plan_engine(self) -> None:
        """Append the single cases and the recipes on the engine."""
        rows = self.result.rows.setdefault(ENGINE, [])
        self.steps.add(f"{self.name}: single cases", 0.5, lambda callback: rows.extend(case_rows(self.name)))
        for recipe, parts in self._with_data(of_source(self.name), rows):

            def run(callback: Callback, recipe: Recipe = recipe, parts: Parts = parts) -> None:
                done = run_on_engine(recipe, parts)
                self.result.runs.append((recipe, parts, done))
                self.populations[recipe.key] = population_of(recipe, parts)
                rows.extend(rows_of(recipe, parts, done, ENGINE, self.populations[recipe.key]))

            self.steps.add(f"{self.name}: {recipe.name}", 5.0 if recipe.source == "textbook" else 1.5, run)

    def plan_evidence(self) -> None:
        """Append the comparison of regularisations, if the source has one and its data are found."""
        methods = methods_of(self.name)
        parts = self.data_sets.football
        if not methods or parts is None:
            return
        networks: list[list[FitResult]] = []
        for method in methods:

            def train(callback: Callback, method: Method = method) -> None:
                networks.append(train_networks(self.name, method, parts, self.seeds))

            self.steps.add(f"{self.name}: {counted(self.seeds, 'seed')} of {method.name}", 0.15 * self.seeds, train)

        def conclude(callback: Callback) -> None:
            self.result.evidence = evaluate(methods, networks, parts)

        self.steps.add(f"{self.name}: conclusions from all seeds", 0.1, conclude)

    def plan_functions(self) -> None:
        """Append the recipes on the course's functions."""
        rows = self.result.rows.setdefault(FUNCTIONS, [])
        if self.name == "gradients":
            self.steps.add("gradients: the course's functions", 0.2, lambda callback: rows.extend(course_gradient_rows()))
        # These functions keep one mask for all steps, and the chapter does not publish its mask.
        recipes = [recipe for recipe in of_source(self.name) if not recipe.draws_masks]
        for recipe, parts in self._with_data(recipes, rows):

            def run(callback: Callback, recipe: Recipe = recipe, parts: Parts = parts) -> None:
                done = run_on_functions(recipe, parts, callback)
                rows.extend(rows_of(recipe, parts, done, FUNCTIONS, self.populations[recipe.key]))

            self.steps.add(f"{self.name}: {recipe.name} on the course's functions", 8.0, run)

    def _with_data(self, recipes: list[Recipe], rows: list[Row]) -> Iterator[tuple[Recipe, Parts]]:
        """Yield the recipes whose data are found, with them; append a row for each of the others."""
        for recipe in recipes:
            parts = self.data_sets.of(recipe)
            if parts is None:
                rows.append(not_run(recipe.name, self.data_sets.missing))
            else:
                yield recipe, parts
