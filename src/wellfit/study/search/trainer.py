"""Networks are trained side by side, written into the journal, and not trained again where it already has them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import numpy as np

from wellfit.engines.types import Array, Engine, Outcome, Rows, State, TrainingData
from wellfit.errors import ClusterError
from wellfit.judge.references import constant_cost
from wellfit.spec import Spec
from wellfit.study.search.asks import Ask, Kept, Place, divergence, trial_of
from wellfit.study.search.journal import Journal
from wellfit.study.search.pace import Pace
from wellfit.study.search.parts import Parts
from wellfit.study.search.problem import PreparedTable, SearchProblem
from wellfit.study.search.tally import Network, Tally
from wellfit.study.search.trial import Budget, Key, Listener, Trial
from wellfit.training.arrays import make_data
from wellfit.training.result import FitResult
from wellfit.training.tasks import Task, cut_short, run_tasks

__all__ = ["Trainer"]

# Looked at for a training error.
MOST_TRAINING_ROWS = 2_000


class Trainer:
    """Trains what is asked for, on the parts of a problem.

    Parameters
    ----------
    problem : SearchProblem
        The rows.
    parts : Parts
        Which of them are trained on.
    journal : Journal
        Takes every trial.
    pace : Pace
        Learns how long they take.
    budget : Budget
        How many there may be.
    seed, n_jobs, engine :
        As for `run_search`.
    listener : Listener
        Hears of each.
    should_stop : callable or None
        The user's; once it is True, `is_cancelled` is.
    """

    def __init__(
        self,
        problem: SearchProblem,
        parts: Parts,
        journal: Journal,
        pace: Pace,
        budget: Budget,
        *,
        seed: int,
        n_jobs: int | None,
        engine: Engine,
        listener: Listener,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        self.problem, self.parts, self.journal, self.pace, self.budget = problem, parts, journal, pace, budget
        self.seed, self.n_jobs, self.engine, self.listener, self.should_stop = seed, n_jobs, engine, listener, should_stop
        self._seeds: dict[Place, int] = {}
        self.tally = Tally(parts, self.seed_of, bool(problem.classes))
        for record in journal.records:
            if record["kind"] == "trial":
                self.tally.add(Trial.from_record(record))
        self.kept: dict[Key, Kept] = {}
        self.is_cancelled = False
        # What to raise where nothing can be kept.
        self.cut_short: BaseException = KeyboardInterrupt()
        # Networks of the opening, where there is no other budget.
        self.planned = budget.trials
        self.has_session = False
        self.round = 0
        self._paused: dict[Network, State] = {}
        self._data: dict[int, TrainingData] = {}
        self._broken_off: list[tuple[Ask, FitResult]] = []
        self._begun = len(self.finished)

    # === What there is ===

    @property
    def trials(self) -> dict[Key, Trial]:
        """All that the journal has."""
        return self.tally.trials

    @property
    def finished(self) -> set[int]:
        """Numbers of the networks that the journal has."""
        return self.tally.finished

    @property
    def trials_left(self) -> float:
        """Networks that may still be trained; inf without such a budget."""
        return math.inf if self.budget.trials is None else self.budget.trials - len(self.finished)

    def is_over(self) -> bool:
        """Whether the user wants an end."""
        return self.is_cancelled

    def table(self, part: int) -> PreparedTable:
        """Return the rows as prepared for a part."""
        return self.problem.prepared(self.parts[part].train)

    def seed_of(self, place: Place) -> int:
        """Return the seed of a place: the same for all that are compared there."""
        if place not in self._seeds:
            self._seeds[place] = int(np.random.SeedSequence([self.seed, *place]).generate_state(1)[0])
        return self._seeds[place]

    def found(self, ask: Ask) -> Trial | None:
        """Return the trial of what was asked for, if it is there."""
        return self.trials.get((ask.spec, self.seed_of(ask.place), ask.place.part, ask.epochs))

    def data(self, part: int) -> TrainingData:
        """Return the table of a part as engines take it; its first training rows are any of them."""
        if part not in self._data:
            table, rows = self.table(part), self.parts[part]
            order = np.random.default_rng([self.seed, part]).permutation(rows.train)
            self._data[part] = make_data(table.X, table.Y, "float32", table.weights, order, rows.dev)
        return self._data[part]

    def seen_rows(self, part: int) -> Rows:
        """Return the training rows of a part that all training errors there are measured on."""
        return self.data(part).rows[:MOST_TRAINING_ROWS]

    def open_session(self) -> None:
        """Note in the journal, once, that a process runs the study."""
        if not self.has_session:
            self.has_session = True
            at = datetime.now(UTC).isoformat(timespec="seconds")
            budget = self.budget
            self.journal.append({"kind": "session", "time_budget": budget.seconds, "max_trials": budget.trials, "at": at})

    # === Training ===

    def train(self, asks: Sequence[Ask], until: float = math.inf) -> list[Trial | None]:
        """Train what is asked for and not yet there.

        Parameters
        ----------
        asks : sequence of Ask
            Of two that ask for the same network, the first is trained.
        until : float
            Seconds on the clock of `pace` at which networks under way are broken off.

        Returns
        -------
        list of Trial or None
            In the order of `asks`; None where there was no time, or no trial, left.
        """
        todo = self._numbered(asks)
        if todo and not self.is_cancelled:
            tasks = [self._task(ask) for ask in todo]

            def hear(place: int, result: FitResult) -> None:
                if result.outcome is not Outcome.INTERRUPTED:
                    self._keep(todo[place], result)
                elif math.isfinite(result.dev_cost) and result.epochs:
                    self._broken_off.append((todo[place], result))

            self._run(tasks, hear, until)
        return [self.found(ask) for ask in asks]

    def again(self, trials: Sequence[Trial], until: float = math.inf) -> list[Kept | None]:
        """Return what is kept of trials; those of an earlier session are trained once more, to the same bits.

        Parameters
        ----------
        trials : sequence of Trial
            Finished ones.
        until : float
            As for `train`.

        Returns
        -------
        list of Kept or None
            None where there was no time left.
        """
        missing = list({trial.key: trial for trial in trials if trial.key not in self.kept}.values())
        tasks = [Task(trial.spec, self.data(trial.part), trial.seed, epochs=trial.epochs) for trial in missing]

        def hear(place: int, result: FitResult) -> None:
            if result.outcome is not Outcome.INTERRUPTED:
                self.kept[missing[place].key] = Kept(result.parameters, result.history)

        if tasks:
            self._run(tasks, hear, until)
        return [self.kept.get(trial.key) for trial in trials]

    def broken_off(self) -> Trial | None:
        """Return the best network that was broken off: better than none, but no trial that a search could resume from."""
        if not self._broken_off:
            return None
        ask, result = min(self._broken_off, key=lambda pair: pair[1].dev_cost)
        trial = self._trial(ask, result)
        self.kept[trial.key] = Kept(result.parameters, result.history)
        return trial

    def outputs(self, trial: Trial, rows: Rows) -> Array:
        """Return what a trial's network, which must be kept, says of some rows, prepared as for its part.

        Parameters
        ----------
        trial : Trial
            The network.
        rows : int64 array
            Places in the frame.

        Returns
        -------
        float64 array of shape (rows, outputs)
        """
        with np.errstate(all="ignore"):
            table = self.table(trial.part)
            found = self.engine.forward(trial.spec, self.kept[trial.key].parameters, table.X[rows])
        return found.astype(np.float64)

    def forget(self, but: Sequence[Trial]) -> None:
        """Free the memory of all networks but some.

        Parameters
        ----------
        but : sequence of Trial
            Those to keep.
        """
        names = {trial.key for trial in but}
        self.kept = {key: kept for key, kept in self.kept.items() if key in names}
        self._paused.clear()

    def drop(self, but: Sequence[Spec]) -> None:
        """Free the memory of networks that could have been trained further.

        Parameters
        ----------
        but : sequence of Spec
            Those that still may be.
        """
        specs = set(but)
        self._paused = {network: state for network, state in self._paused.items() if network[0] in specs}

    def run(self, tasks: Sequence[Task], on_result: Callable[[int, FitResult], None], until: float) -> None:
        """Train tasks of any table within the time; a cancelled search trains no less.

        Parameters
        ----------
        tasks : sequence of Task
            What to train.
        on_result : callable
            As for `run_tasks`.
        until : float
            As for `train`.
        """
        cancelled, self.is_cancelled = self.is_cancelled, False
        should_stop, self.should_stop = self.should_stop, None if cancelled else self.should_stop
        try:
            self._run(tasks, on_result, until)
        finally:
            self.is_cancelled |= cancelled
            self.should_stop = should_stop

    def _run(self, tasks: Sequence[Task], on_result: Callable[[int, FitResult], None], until: float) -> None:
        out_of_time = False

        def is_over() -> bool:
            nonlocal out_of_time
            if self.should_stop is not None and self.should_stop():
                self.is_cancelled = True
            out_of_time |= self.pace.elapsed > until
            return out_of_time or self.is_cancelled

        # A cluster that was lost would be waited for once more.
        if is_over() or isinstance(self.cut_short, ClusterError):
            return
        # What takes longest goes first, lest it be waited for alone.
        lengths = [self._seconds(task) for task in tasks]
        order = sorted(range(len(tasks)), key=lambda place: -lengths[place])
        start = time.perf_counter()
        results = run_tasks(
            [tasks[place] for place in order],
            n_jobs=self.n_jobs,
            engine=self.engine,
            on_result=lambda place, result: on_result(order[place], result),
            should_stop=is_over,
            on_interrupt=self.cancel,
        )
        self.pace.training += time.perf_counter() - start
        if not out_of_time and any(result.outcome is Outcome.INTERRUPTED for result in results):
            self.is_cancelled = True
            self.cut_short = cut_short(results)

    def cancel(self) -> None:
        """Train nothing more."""
        self.is_cancelled = True

    def _seconds(self, task: Task) -> float:
        done = 0 if task.state is None else task.state.epoch
        epochs = task.spec.training.epochs if task.epochs is None else task.epochs
        return self.pace.seconds(task.spec, len(task.data.rows), len(task.data.dev_rows), epochs - done)

    def _numbered(self, asks: Sequence[Ask]) -> list[Ask]:
        """Give each new network a number, in the order in which they are asked for, and return what is to be trained."""
        todo: dict[Key, Ask] = {}
        for ask in asks:
            seed = self.seed_of(ask.place)
            network, key = (ask.spec, seed, ask.place.part), (ask.spec, seed, ask.place.part, ask.epochs)
            if not self.tally.has(network):
                if self.budget.trials is not None and self.tally.count >= self.budget.trials:
                    continue
                self.tally.number(network)
            if key not in self.trials:
                todo.setdefault(key, ask)
        return list(todo.values())

    def _task(self, ask: Ask) -> Task:
        seed = self.seed_of(ask.place)
        state = self._paused.get((ask.spec, seed, ask.place.part))
        epochs = ask.epochs - (0 if state is None else state.epoch)
        return Task(ask.spec, self.data(ask.place.part), seed, state=state, epochs=epochs)

    def _keep(self, ask: Ask, result: FitResult) -> None:
        """Write a trained network into the journal, and remember it."""
        trial = self._trial(ask, result)
        self.open_session()
        self.journal.append(trial.to_record())
        self.tally.add(trial)
        self.kept[trial.key] = Kept(result.parameters, result.history)
        network, data = (ask.spec, result.seed, ask.place.part), self.data(ask.place.part)
        earlier = self._paused.get(network)
        before = 0 if earlier is None else earlier.epoch
        if result.outcome is Outcome.RUNNING:
            self._paused[network] = result.state
        self.pace.learn(ask.spec, len(data.rows), len(data.dev_rows), result.epochs - before, result.seconds)
        rate = (len(self.finished) - self._begun) / max(self.pace.elapsed, 1e-9)
        left = max(0.0, self.pace.left) if self.pace.is_timed else None
        self.listener.trained(len(self.finished), self.planned, left, self.tally.best_error, rate)

    def _trial(self, ask: Ask, result: FitResult) -> Trial:
        number = self.tally.number((ask.spec, result.seed, ask.place.part))
        table, rows = self.table(ask.place.part), self.parts[ask.place.part].train
        scale = 0.0 if self.problem.classes else table.coding.scale
        message = divergence(result, constant_cost(ask.spec.training, table.Y[rows], self.problem.table.target.outputs))
        return trial_of(ask, result, self._train_error(ask, result), scale, number, self.round, message)

    def _train_error(self, ask: Ask, result: FitResult) -> float:
        """Return the error on the training rows that are looked at, of the epoch that is kept."""
        if result.diverged:
            return math.nan
        table, rows = self.table(ask.place.part), self.seen_rows(ask.place.part)
        with np.errstate(all="ignore"):
            outputs = self.engine.forward(ask.spec, result.parameters, table.X[rows])
        metric = self.problem.metric_of(table)
        return metric.total(metric.row_errors(outputs, table.Y[rows]))
