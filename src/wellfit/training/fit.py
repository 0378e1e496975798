"""Training one network: many epochs a call of the engine, short enough for progress and for Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from wellfit.engines.api import get_engine
from wellfit.engines.evaluation import evaluate_by
from wellfit.engines.layout import Layout
from wellfit.engines.types import Array, Engine, Outcome, Plan, State, Trace
from wellfit.engines.watch import look, monitored
from wellfit.errors import SpecError
from wellfit.events import Callback, EpochEnd, Event, Progress
from wellfit.plurals import counted
from wellfit.training.arrays import check_data_fits, make_data
from wellfit.training.interrupts import DelayedInterrupt
from wellfit.training.lbfgs import Hooks, minimise
from wellfit.training.result import FitResult, History, Recorder
from wellfit.training.task import Task
from wellfit.training.threads import one_blas_thread

__all__ = ["FitResult", "History", "fit_network", "make_data"]

DEFAULT_ENGINE = "compiled"
NO_PLAN = Plan()
SECONDS_A_CALL = 0.1


def fit_network(
    task: Task,
    *,
    engine: str | Engine = DEFAULT_ENGINE,
    plan: Plan = NO_PLAN,
    callback: Callback | None = None,
    every_epoch: bool = False,
    stopping_error: Callable[[Array], float] | None = None,
) -> FitResult:
    """Train one network on arrays as an engine takes them; `wellfit.fit` describes the arguments."""
    spec, data = task.spec, task.data
    if not 0 <= task.seed < 2**64:
        raise SpecError(f"seed must lie between 0 and 2^64 - 1, found {task.seed}.")
    check_data_fits(spec, data)
    if (plan.orders is not None or plan.masks is not None) and spec.training.optimizer.name == "lbfgs":
        raise SpecError("plan must be omitted with lbfgs, which uses all rows at once and no dropout.")
    if stopping_error is not None and spec.training.monitor != "none":
        raise SpecError(f"monitor must be 'none' where stopping_error decides on stopping, found {spec.training.monitor!r}.")
    chosen = get_engine(engine) if isinstance(engine, str) else engine
    with one_blas_thread():
        begin = time.perf_counter()
        start = _start(task, chosen)
        limit = spec.training.epochs if task.epochs is None else min(spec.training.epochs, start.epoch + task.epochs)
        run = _Run(task, chosen, start, callback, every_epoch, stopping_error)
        try:
            if spec.training.optimizer.name == "lbfgs":
                run.search(limit)
            # So many epochs a call that it takes about `SECONDS_A_CALL`.
            size = 1
            while run.is_running(limit):
                size, before = min(size, limit - run.state.epoch), time.perf_counter()
                with DelayedInterrupt() as ctrl_c:
                    after, piece = chosen.train(spec, task.seed, run.state, data, plan, size)
                size = 1 if run.sees_every_epoch else max(1, int(size * SECONDS_A_CALL / max(time.perf_counter() - before, 1e-9)))
                run.take(after, piece, is_last=ctrl_c.pressed)
        except KeyboardInterrupt:
            run.interrupted = True
        return run.result(begin)


def _start(task: Task, engine: Engine) -> State:
    """Return the state before the first epoch of this run."""
    size, state = Layout.of(task.spec.network).size, task.state
    given = task.parameters if state is None else state.parameters
    if given is not None and np.shape(given) != (size,):
        raise SpecError(f"parameters must be {counted(size, 'number')} for this network, found shape {np.shape(given)}.")
    if state is None:
        return engine.initial_state(task.spec, task.seed, task.parameters)
    if state.first_moment.shape != (size,):
        raise SpecError(f"state must hold the optimiser's moments, {counted(size, 'number')} each, found shape {state.first_moment.shape}.")
    if task.parameters is not None:
        raise SpecError("parameters and state cannot both be given: a state brings its own parameters; drop one.")
    start = state.copy()
    if start.outcome in (Outcome.EPOCHS_USED_UP, Outcome.INTERRUPTED):
        start.outcome = Outcome.RUNNING
    return start


class _Run:
    """One run from its first epoch to its result."""

    def __init__(
        self,
        task: Task,
        engine: Engine,
        state: State,
        callback: Callback | None,
        every_epoch: bool,
        stopping_error: Callable[[Array], float] | None,
    ) -> None:
        self.spec, self.seed, self.data, self.engine = task.spec, task.seed, task.data, engine
        self.first_epoch = state.epoch
        self.state = state
        self.callback, self.every_epoch, self.stopping_error = callback, every_epoch, stopping_error
        self.recorder = Recorder(len(self.spec.network.layers))
        # `stopped`: the callback returned True; a run that ends with that epoch anyway is not interrupted.
        self.interrupted = self.stopped = False
        self.ending = ""
        self.next_report = time.perf_counter() + SECONDS_A_CALL

    @property
    def sees_every_epoch(self) -> bool:
        """Whether the engine has to return after every epoch."""
        return self.every_epoch or self.stopping_error is not None

    def is_running(self, limit: int) -> bool:
        """Return whether another call of the engine is due: L-BFGS has ended by then, and so has a run that was stopped."""
        if self.interrupted or self.spec.training.optimizer.name == "lbfgs":
            return False
        if self.state.outcome is Outcome.RUNNING and self.state.epoch >= self.spec.training.epochs:
            self.state.outcome = Outcome.EPOCHS_USED_UP
        if self.state.outcome is not Outcome.RUNNING or self.state.epoch >= limit:
            return False
        self.interrupted = self.stopped
        return not self.interrupted

    def take(self, state: State, piece: Trace, *, is_last: bool) -> None:
        """Take over what one call of the engine did; Ctrl-C during the call makes it the last."""
        self._look(state, piece)
        # The state last: after an interrupt in between, the result cuts the history at the state's epoch.
        self.recorder.add(piece)
        self.state = state
        self.interrupted = is_last
        if len(piece.cost):
            self._report_epoch(state)

    def search(self, limit: int) -> None:
        """Let SciPy search."""
        if self.state.outcome is not Outcome.RUNNING:
            return
        if self.state.epoch >= limit:
            self.state.outcome = Outcome.EPOCHS_USED_UP
            return
        hooks = Hooks(self._after_evaluation, self._look, self._after_iteration)
        self.state, self.ending = minimise(self.engine, self.spec, self.seed, self.state, self.data, limit, self.recorder, hooks)
        if self.state.outcome is Outcome.INTERRUPTED:
            self.state.outcome, self.interrupted = Outcome.RUNNING, True

    def _look(self, state: State, piece: Trace) -> None:
        """Compute the stopping error, if there is one, for the epoch that a record was made of."""
        if self.stopping_error is not None and len(piece.record_epoch):
            training, error = self.spec.training, self.stopping_error(state.parameters)
            look(training, "stopping_error", state, error, training.record_every, float(piece.learning_rate[-1]))

    def _report(self, event: Event) -> bool:
        """Send an event; return whether to stop."""
        if self.callback is not None and self.callback(event):
            self.stopped = True
        return self.stopped

    def _report_epoch(self, state: State) -> bool:
        """Report the epochs that are done; return whether to stop."""
        if self.callback is None:
            return False
        recorder, first, last = self.recorder, self.first_epoch, state.epoch
        return self._report(EpochEnd(last, state, lambda: recorder.history(first, last)))

    def _after_iteration(self, state: State) -> bool:
        """Report an iteration of L-BFGS, where it is due; return whether to stop."""
        return (self.every_epoch or self._is_due()) and self._report_epoch(state)

    def _after_evaluation(self, state: State) -> bool:
        """Report about ten times a second how far L-BFGS has got within an iteration; return whether to stop."""
        return self.callback is not None and self._is_due() and self._report(Progress("training", state.epoch, self.spec.training.epochs))

    def _is_due(self) -> bool:
        """Return whether a report is due, and when it is, take the time for the next."""
        now = time.perf_counter()
        is_due = now >= self.next_report
        if is_due:
            self.next_report = now + SECONDS_A_CALL
        return is_due

    # === Result ===

    def result(self, begin: float) -> FitResult:
        """Return the result of the run; `begin` is when it began."""
        state = self.state
        monitor = monitored(self.spec.training, has_dev=len(self.data.dev_rows) > 0)
        keeps_best = (monitor.startswith("dev") or self.stopping_error is not None) and state.best_epoch > 0
        epoch, parameters = (state.best_epoch, state.best_parameters) if keeps_best else (state.epoch, state.parameters)
        dev_cost, dev_error = self._dev_scores(epoch, parameters, monitor)
        return FitResult(
            spec=self.spec,
            seed=self.seed,
            parameters=parameters.copy(),
            history=self.recorder.history(self.first_epoch, state.epoch),
            outcome=Outcome.INTERRUPTED if self.interrupted else state.outcome,
            epochs=state.epoch,
            best_epoch=epoch,
            dev_cost=dev_cost,
            dev_error=dev_error,
            state=state,
            seconds=time.perf_counter() - begin,
            message=self._message(epoch),
        )

    def _dev_scores(self, epoch: int, parameters: Array, monitor: str) -> tuple[float, float]:
        """Return cost and error on the dev rows at an epoch, from the records where it is among them."""
        data, seen = self.data, self.recorder.trace()
        if not len(data.dev_rows):
            return float("nan"), float("nan")
        place = np.flatnonzero(seen.record_epoch == epoch)
        if len(place):
            return float(seen.dev_cost[place[-1]]), float(seen.dev_error[place[-1]])
        cost, error = evaluate_by(self.engine, self.spec, parameters, data.dev_X, data.dev_Y, data.dev_weights, data.dev_rows)
        # The best epoch was in an earlier run: what decided then is in the state, to the bit.
        if epoch > 0 and epoch == self.state.best_epoch:
            cost = self.state.best_score if monitor == "dev_cost" else cost
            error = self.state.best_score if monitor == "dev_error" else error
        return cost, error

    def _message(self, chosen: int) -> str:
        """Return one sentence about how the run ended."""
        training, epoch = self.spec.training, self.state.epoch
        if self.interrupted:
            return f"interrupted after epoch {epoch}."
        if self.state.outcome is Outcome.DIVERGED:
            return f"diverged at epoch {epoch + 1}: the cost or a parameter became infinite; the last finite parameters are kept."
        if self.ending:
            return f"{'converged' if self.state.outcome is Outcome.CONVERGED else 'stopped'} at iteration {epoch}: {self.ending}."
        if self.state.outcome is Outcome.CONVERGED:
            assert training.patience is not None
            return (
                f"converged at epoch {epoch}: the cost fell by less than {training.tolerance:g} over {counted(training.patience, 'epoch')}."
            )
        if self.state.outcome is Outcome.STOPPED_EARLY:
            return f"stopped early at epoch {epoch}: no improvement on the dev rows since epoch {chosen}, whose parameters are kept."
        if self.state.outcome is Outcome.RUNNING:
            return f"{epoch:,} of {counted(training.epochs, 'epoch')} done."
        return f"all {counted(training.epochs, 'epoch')} were used up."
