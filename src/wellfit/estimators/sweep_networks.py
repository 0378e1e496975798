"""The networks of a sweep: prepared one by one, trained as one population, scored as they come in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from numbers import Integral
from traceback import format_exc
from typing import TYPE_CHECKING, Any

import numpy as np

from wellfit.engines.layout import Layout
from wellfit.engines.types import Outcome
from wellfit.estimators.call import Call
from wellfit.estimators.callbacks import ready_copy
from wellfit.estimators.running import has_not_converged
from wellfit.estimators.sweep_candidates import Candidate
from wellfit.estimators.sweep_folds import PreparedFold, Tables
from wellfit.estimators.sweep_scores import Scoring, overflows_of
from wellfit.events import Event, NetworkEnd
from wellfit.training.arrays import check_data_fits
from wellfit.training.result import FitResult
from wellfit.training.tasks import Task, at_once, interruption_error, run_tasks

if TYPE_CHECKING:
    from wellfit.estimators.sweep_progress import ProgressPrinter

__all__ = ["Entry", "Networks", "work"]

# Of networks that wait for their turn, or for their results to be put away; each has some vectors of its parameters' length.
BYTES_AT_ONCE = 2**30
VECTORS = 7


@dataclass
class Entry:
    """One candidate in one fold."""

    candidate: int  # numbers of the candidate and of the fold
    part: int
    # What scikit-learn's searches keep of a fit: scores, times, and the error if there was one.
    record: dict[str, Any] = field(default_factory=dict)
    call: Call | None = None  # what is trained; None if it cannot be
    rows: int = 0  # how many it is trained on
    epochs: int = 0  # how many it was trained for at most
    outcome: Outcome | None = None  # how its training ended so far
    has_not_converged: bool = False  # whether it was to stop by itself, and used up its epochs
    result: FitResult | None = None  # where training has got to; None, too, where it will not be resumed

    @property
    def diverged(self) -> bool:
        """Whether the network diverged."""
        return self.outcome is Outcome.DIVERGED

    @property
    def is_scored(self) -> bool:
        """Whether there is a score, or an error in its place."""
        return "test_scores" in self.record


class Networks:
    """All networks of a sweep."""

    def __init__(self, candidates: Sequence[Candidate], tables: Tables, scoring: Scoring, n_jobs: int | None) -> None:
        self.candidates, self.tables, self.scoring, self.n_jobs = candidates, tables, scoring, n_jobs
        self.entries: dict[tuple[int, int], Entry] = {}
        self._drawer = np.random.RandomState(0)
        self.interruption_error: BaseException = KeyboardInterrupt()

    def of(self, candidates: Iterable[int]) -> list[Entry]:
        """Return the entries of some candidates, fold by fold; those that are new are prepared."""
        parts = range(len(self.tables.problem.splits))
        wanted = [(candidate, part) for candidate in candidates for part in parts]
        for place in wanted:
            if place not in self.entries:
                self.entries[place] = self._prepared(*place)
        return [self.entries[place] for place in wanted]

    def _prepared(self, number: int, part: int) -> Entry:
        """Return what is to be trained, or why it cannot be."""
        entry, begin = Entry(number, part), time.perf_counter()
        candidate = self.candidates[number]
        try:
            prepared = self._prepared_fold(entry)
            network = ready_copy(candidate.network, dict(prepared.columns))
            network.random_state = self._generator(candidate.network.random_state)
            call = Call(network, prepared.fold, prepared.targets(network), spec_for=candidate.spec_for)
            network.random_state = candidate.network.random_state
            check_data_fits(call.spec, call.data)
            entry.call, entry.rows = call, len(call.data.rows)
        except Exception:
            if self.scoring.error_score == "raise":
                raise
            failure = self.scoring.of_failure
            entry.record = {"fit_error": format_exc(), "test_scores": failure, "score_time": 0.0}
            if self.tables.problem.train_scores:
                entry.record["train_scores"] = deepcopy(failure)
        entry.record["fit_time"] = time.perf_counter() - begin
        return entry

    def _generator(self, random_state: Any) -> Any:
        """Return what draws a network's start, as a fit of its own would find it."""
        if isinstance(random_state, np.random.RandomState):
            return deepcopy(random_state)
        if isinstance(random_state, Integral) and 0 <= int(random_state) < 2**32:
            # Fifty times faster than making a generator, which would take longer than all else that is prepared.
            self._drawer.seed(int(random_state))
            return self._drawer
        return random_state

    def _prepared_fold(self, entry: Entry) -> PreparedFold:
        candidate = self.candidates[entry.candidate]
        return self.tables.prepared(entry.part, candidate.setting, candidate.transformers)

    # === Training ===

    def train(self, entries: Sequence[Entry], epochs: Callable[[int], int] | None, progress: ProgressPrinter | None) -> bool:
        """Train networks side by side, the longest first, and score each when it is done; return False if some were interrupted."""
        # epochs: from `max_iter`, how many epochs from the first on are to be done by then; None: all.
        trained = sorted((entry for entry in entries if entry.call is not None), key=lambda entry: -work(entry))
        for entry in trained:
            entry.record.pop("test_scores", None)
        while trained:
            some = trained[: self._most_at_once(trained)]
            if not self._train_some(some, epochs, progress):
                return False
            trained = trained[len(some) :]
        return True

    def _most_at_once(self, entries: Sequence[Entry]) -> int:
        """Return how many networks may wait for their turn, or for their results to be put away, in the memory that they take."""
        largest = max(Layout.of(entry.call.spec.network).size for entry in entries if entry.call is not None)
        return max(4 * at_once(self.n_jobs), BYTES_AT_ONCE // (VECTORS * 8 * largest))

    def _train_some(self, entries: Sequence[Entry], epochs: Callable[[int], int] | None, progress: ProgressPrinter | None) -> bool:
        """Train as many networks as memory may hold; return whether all were trained."""

        def take(place: int, result: FitResult) -> None:
            entry = entries[place]
            if result.outcome is not Outcome.INTERRUPTED and not entry.is_scored:
                self._take(entry, result)
                if progress is not None:
                    progress.add(entry)
                if epochs is None:
                    entry.call = entry.result = None

        def follow(event: Event) -> None:
            if isinstance(event, NetworkEnd):
                take(event.index, event.result)

        tasks = [_task(entry, epochs) for entry in entries]
        engines = [entry.call.engine for entry in entries if entry.call is not None]
        for entry, task in zip(entries, tasks, strict=True):
            entry.epochs = task.spec.training.epochs if epochs is None else epochs(task.spec.training.epochs)
        results = run_tasks(tasks, n_jobs=self.n_jobs, engine=engines[0], callback=follow)
        # A result that came while an interruption was on its way was not reported.
        for place, result in enumerate(results):
            take(place, result)
        is_whole = all(entry.is_scored for entry in entries)
        if not is_whole:
            self.interruption_error = interruption_error(results, "any candidate was trained in all folds")
        return is_whole

    def _take(self, entry: Entry, result: FitResult) -> None:
        """Keep a network's result, and its scores."""
        call, record = entry.call, entry.record
        assert call is not None, "only what could be prepared is trained"
        seconds = result.seconds
        if entry.result is not None and _is_resumable(call):
            result = replace(result, history=entry.result.history.followed_by(result.history))
        begin = time.perf_counter()
        candidate, prepared = self.candidates[entry.candidate], self._prepared_fold(entry)
        with overflows_of(result.diverged):
            scores = {"test_scores": self.scoring.score(call, result, prepared.test, prepared, candidate)}
            scores["score_time"] = time.perf_counter() - begin
            if prepared.train is not None:
                scores["train_scores"] = self.scoring.score(call, result, prepared.train, prepared, candidate)
        # All of it at the end: after Ctrl-C in the midst of scoring the same result is taken once more.
        entry.result, entry.outcome, entry.has_not_converged = result, result.outcome, has_not_converged(result)
        record.update(scores, fit_error=None, fit_time=record["fit_time"] + seconds)


def work(entry: Entry) -> float:
    """Return what training a network takes, in no unit: weights times rows times epochs."""
    assert entry.call is not None, "there is a network"
    weights = sum(fan_in * fan_out for fan_in, fan_out in entry.call.spec.network.layers)
    return float(weights) * len(entry.call.data.rows) * entry.call.spec.training.epochs


def _is_resumable(call: Call) -> bool:
    """Return whether training can be resumed with the same bits; L-BFGS begins anew."""
    return call.spec.training.optimizer.name != "lbfgs"


def _task(entry: Entry, epochs: Callable[[int], int] | None) -> Task:
    """Return what is to be trained now."""
    call = entry.call
    assert call is not None, "only what could be prepared is trained"
    if epochs is None:
        return call.task
    wanted = epochs(call.spec.training.epochs)
    if entry.result is None or not _is_resumable(call):
        return replace(call.task, epochs=wanted)
    done = entry.result.state
    return replace(call.task, parameters=None, state=done, epochs=max(0, wanted - done.epoch))
