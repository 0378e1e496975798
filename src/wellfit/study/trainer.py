"""Networks are trained side by side and written into the journal; those that it has are not trained again."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import numpy as np

from wellfit.engines.types import Array, Engine, Outcome, Rows, State, TrainingData
from wellfit.errors import ClusterError
from wellfit.events import Callback, Event, Interrupted, Message, NetworkEnd, Progress, TrialEnd
from wellfit.judge.references import constant_cost
from wellfit.spec import Spec
from wellfit.study.cost_model import CostModel
from wellfit.study.folds import Folds
from wellfit.study.journal import Journal
from wellfit.study.problem import PreparedTable, SearchProblem
from wellfit.study.registry import Network, TrialRegistry
from wellfit.study.requests import Kept, Repeat, TrialRequest, divergence, trial_of
from wellfit.study.trial import Key, Trial
from wellfit.training.arrays import make_data
from wellfit.training.result import FitResult
from wellfit.training.tasks import Task, interruption_error, run_tasks

__all__ = ["Trainer"]

# Looked at for a training error.
MOST_TRAINING_ROWS = 2_000


class Trainer:
    """Trains requested networks on the folds of a problem."""

    def __init__(
        self,
        problem: SearchProblem,
        folds: Folds,
        journal: Journal,
        cost_model: CostModel,
        *,
        seed: int,
        n_jobs: int | None,
        engine: Engine,
        callback: Callback | None,
    ) -> None:
        self.problem, self.folds, self.journal, self.cost_model = problem, folds, journal, cost_model
        self.budget = budget = cost_model.budget
        self.seed, self.n_jobs, self.engine, self.callback = seed, n_jobs, engine, callback
        self._seeds: dict[Repeat, int] = {}
        self.registry = TrialRegistry(folds, self.seed_of, bool(problem.classes))
        for record in journal.records:
            if record["kind"] == "trial":
                self.registry.add(Trial.from_record(record))
        self.kept: dict[Key, Kept] = {}
        self.is_cancelled = False
        # What to raise where nothing can be kept.
        self.interruption_error: BaseException = KeyboardInterrupt()
        # Networks of the plan, where there is no other budget.
        self.planned = budget.trials
        self.has_session = False
        self.round = 0
        self._paused: dict[Network, State] = {}
        self._data: dict[int, TrainingData] = {}
        self._broken_off: list[tuple[TrialRequest, FitResult]] = []
        self._begun = len(self.finished)

    # === Reports ===

    def report(self, event: Event) -> None:
        """Send an event to the user's callback; if it returns True nothing more is trained."""
        if self.callback is not None and self.callback(event):
            self.is_cancelled = True

    def say(self, text: str) -> None:
        """Report a sentence."""
        self.report(Message(text))

    # === What there is ===

    @property
    def trials(self) -> dict[Key, Trial]:
        """All trials of the journal."""
        return self.registry.trials

    @property
    def finished(self) -> set[int]:
        """Numbers of the networks that the journal has."""
        return self.registry.finished

    @property
    def trials_left(self) -> float:
        """Networks that may still be trained; inf without such a budget."""
        return math.inf if self.budget.trials is None else self.budget.trials - len(self.finished)

    def is_over(self) -> bool:
        """Whether the user stopped the search."""
        return self.is_cancelled

    def table(self, part: int) -> PreparedTable:
        """Return the rows as prepared for a fold."""
        return self.problem.prepared(self.folds[part].train)

    def seed_of(self, repeat: Repeat) -> int:
        """Return the seed of a repeat: the same for all networks compared there."""
        if repeat not in self._seeds:
            self._seeds[repeat] = int(np.random.SeedSequence([self.seed, *repeat]).generate_state(1)[0])
        return self._seeds[repeat]

    def found(self, request: TrialRequest) -> Trial | None:
        """Return the trial of a request, if the journal has it."""
        return self.trials.get((request.spec, self.seed_of(request.repeat), request.repeat.fold, request.epochs))

    def data(self, part: int) -> TrainingData:
        """Return the table of a fold as engines take it, its training rows in random order."""
        if part not in self._data:
            table, rows = self.table(part), self.folds[part]
            order = np.random.default_rng([self.seed, part]).permutation(rows.train)
            self._data[part] = make_data(table.X, table.Y, "float32", table.weights, order, rows.dev)
        return self._data[part]

    def seen_rows(self, part: int) -> Rows:
        """Return the training rows of a fold that training errors are measured on."""
        return self.data(part).rows[:MOST_TRAINING_ROWS]

    def open_session(self) -> None:
        """Note in the journal, once, that a process runs the study."""
        if not self.has_session:
            self.has_session = True
            at = datetime.now(UTC).isoformat(timespec="seconds")
            budget = self.budget
            self.journal.append({"kind": "session", "time_budget": budget.seconds, "max_trials": budget.trials, "at": at})

    # === Training ===

    def train(self, requests: Sequence[TrialRequest], until: float = math.inf) -> list[Trial | None]:
        """Train the requested networks that the journal lacks, until a time of the cost model's clock.

        Returns the trials in the order of `requests`; None where there was no time, or no trial, left. Of two requests for one network
        the first is trained.
        """
        todo = self._numbered(requests)
        if todo and not self.is_cancelled:
            tasks = [self._task(request) for request in todo]

            def keep(index: int, result: FitResult) -> None:
                if result.outcome is not Outcome.INTERRUPTED:
                    self._keep(todo[index], result)
                elif math.isfinite(result.dev_cost) and result.epochs:
                    self._broken_off.append((todo[index], result))

            self._run(tasks, keep, until)
        return [self.found(request) for request in requests]

    def again(self, trials: Sequence[Trial], until: float = math.inf) -> list[Kept | None]:
        """Return what is kept of trials.

        Those of an earlier session are trained once more, to the same bits; None where no time is left.
        """
        missing = list({trial.key: trial for trial in trials if trial.key not in self.kept}.values())
        tasks = [Task(trial.spec, self.data(trial.part), trial.seed, epochs=trial.epochs) for trial in missing]

        def keep(index: int, result: FitResult) -> None:
            if result.outcome is not Outcome.INTERRUPTED:
                self.kept[missing[index].key] = Kept(result.parameters, result.history)

        if tasks:
            self._run(tasks, keep, until)
        return [self.kept.get(trial.key) for trial in trials]

    def broken_off(self) -> Trial | None:
        """Return the best network that was broken off: better than none, but no trial that a search could resume from."""
        if not self._broken_off:
            return None
        request, result = min(self._broken_off, key=lambda pair: pair[1].dev_cost)
        trial = self._trial(request, result)
        self.kept[trial.key] = Kept(result.parameters, result.history)
        return trial

    def outputs(self, trial: Trial, rows: Rows) -> Array:
        """Return the outputs of a trial's network, which must be kept, on rows prepared as for its fold."""
        with np.errstate(all="ignore"):
            table = self.table(trial.part)
            found = self.engine.forward(trial.spec, self.kept[trial.key].parameters, table.X[rows])
        return found.astype(np.float64)

    def forget(self, but: Sequence[Trial]) -> None:
        """Free the memory of all networks but those of some trials."""
        names = {trial.key for trial in but}
        self.kept = {key: kept for key, kept in self.kept.items() if key in names}
        self._paused.clear()

    def drop(self, but: Sequence[Spec]) -> None:
        """Free the memory of networks that could have been trained further."""
        specs = set(but)
        self._paused = {network: state for network, state in self._paused.items() if network[0] in specs}

    def run(self, tasks: Sequence[Task], keep: Callable[[int, FitResult], None], until: float) -> None:
        """Train tasks of any table within the time, even where the search was cancelled; `keep` takes each result with its index."""
        cancelled, self.is_cancelled = self.is_cancelled, False
        try:
            self._run(tasks, keep, until, ignores_callback=cancelled)
        finally:
            self.is_cancelled |= cancelled

    def _run(self, tasks: Sequence[Task], keep: Callable[[int, FitResult], None], until: float, *, ignores_callback: bool = False) -> None:
        out_of_time = False

        def is_over() -> bool:
            nonlocal out_of_time
            if not ignores_callback:
                self.report(Progress("training", len(self.finished), self.planned))
            out_of_time |= self.cost_model.elapsed > until
            return out_of_time or self.is_cancelled

        def follow(event: Event) -> bool:
            if isinstance(event, Interrupted):
                self.is_cancelled = True
            elif isinstance(event, NetworkEnd):
                keep(order[event.index], event.result)
            return is_over()

        # A cluster that was lost would be waited for once more.
        if is_over() or isinstance(self.interruption_error, ClusterError):
            return
        # What takes longest goes first, lest it be waited for alone.
        lengths = [self._seconds(task) for task in tasks]
        order = sorted(range(len(tasks)), key=lambda index: -lengths[index])
        start = time.perf_counter()
        results = run_tasks([tasks[index] for index in order], n_jobs=self.n_jobs, engine=self.engine, callback=follow)
        self.cost_model.training += time.perf_counter() - start
        if not out_of_time and any(result.outcome is Outcome.INTERRUPTED for result in results):
            self.is_cancelled = True
            self.interruption_error = interruption_error(results)

    def _seconds(self, task: Task) -> float:
        done = 0 if task.state is None else task.state.epoch
        epochs = task.spec.training.epochs if task.epochs is None else task.epochs
        return self.cost_model.seconds(task.spec, len(task.data.rows), len(task.data.dev_rows), epochs - done)

    def _numbered(self, requests: Sequence[TrialRequest]) -> list[TrialRequest]:
        """Give each new network a number, in the order of the requests, and return what is to be trained."""
        todo: dict[Key, TrialRequest] = {}
        for request in requests:
            seed = self.seed_of(request.repeat)
            network, key = (request.spec, seed, request.repeat.fold), (request.spec, seed, request.repeat.fold, request.epochs)
            if not self.registry.has(network):
                if self.budget.trials is not None and self.registry.count >= self.budget.trials:
                    continue
                self.registry.number(network)
            if key not in self.trials:
                todo.setdefault(key, request)
        return list(todo.values())

    def _task(self, request: TrialRequest) -> Task:
        seed = self.seed_of(request.repeat)
        state = self._paused.get((request.spec, seed, request.repeat.fold))
        epochs = request.epochs - (0 if state is None else state.epoch)
        return Task(request.spec, self.data(request.repeat.fold), seed, state=state, epochs=epochs)

    def _keep(self, request: TrialRequest, result: FitResult) -> None:
        """Write a trained network into the journal, and remember it."""
        trial = self._trial(request, result)
        self.open_session()
        self.journal.append(trial.to_record())
        self.registry.add(trial)
        self.kept[trial.key] = Kept(result.parameters, result.history)
        network, data = (request.spec, result.seed, request.repeat.fold), self.data(request.repeat.fold)
        earlier = self._paused.get(network)
        before = 0 if earlier is None else earlier.epoch
        if result.outcome is Outcome.RUNNING:
            self._paused[network] = result.state
        self.cost_model.learn(request.spec, len(data.rows), len(data.dev_rows), result.epochs - before, result.seconds)
        rate = (len(self.finished) - self._begun) / max(self.cost_model.elapsed, 1e-9)
        left = max(0.0, self.cost_model.left) if self.cost_model.is_timed else None
        self.report(TrialEnd(trial, len(self.finished), self.planned, left, self.registry.best_error, rate))

    def _trial(self, request: TrialRequest, result: FitResult) -> Trial:
        number = self.registry.number((request.spec, result.seed, request.repeat.fold))
        table, rows = self.table(request.repeat.fold), self.folds[request.repeat.fold].train
        scale = 0.0 if self.problem.classes else table.coding.scale
        message = divergence(result, constant_cost(request.spec.training, table.Y[rows], self.problem.table.target.outputs))
        return trial_of(request, result, self._train_error(request, result), scale, number, self.round, message)

    def _train_error(self, request: TrialRequest, result: FitResult) -> float:
        """Return the error on the training rows that are looked at, of the epoch that is kept."""
        if result.diverged:
            return math.nan
        table, rows = self.table(request.repeat.fold), self.seen_rows(request.repeat.fold)
        with np.errstate(all="ignore"):
            outputs = self.engine.forward(request.spec, result.parameters, table.X[rows])
        metric = self.problem.metric_of(table)
        return metric.total(metric.row_errors(outputs, table.Y[rows]))
