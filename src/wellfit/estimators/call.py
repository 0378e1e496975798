"""One call of `fit` or `partial_fit`: from checked tables to fitted attributes.

It has three steps: the task is prepared, trained, and its result taken. A sweep does the first for all of its networks,
then trains them all at once, and takes each result as it comes.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from wellfit.engines.layout import Layout
from wellfit.engines.types import Array, Outcome
from wellfit.estimators.callbacks import Callbacks, ready_copy
from wellfit.estimators.initial import draw_seed
from wellfit.estimators.memory import Memory, fingerprint
from wellfit.estimators.parameters import engine_of, takes_steps
from wellfit.estimators.rows import CodedRows, FitRows, check_eval_set, split_off
from wellfit.estimators.running import Printer, one_epoch, warn_of_batch_size
from wellfit.estimators.scoring import StoppingScorer
from wellfit.estimators.targets import Classes, Targets
from wellfit.events import EpochEnd, Event
from wellfit.spec import Spec
from wellfit.training.fit import FitResult, History, fit_network
from wellfit.training.result import Recorder
from wellfit.training.tasks import Task

__all__ = ["Call"]

NO_HISTORY = Recorder(0).history(0, 0)
# Not every solver sets all of these.
CURVES = ("loss_curve_", "best_loss_", "validation_scores_", "best_validation_score_")
OUTPUT_ACTIVATIONS = {"binary_cross_entropy": "logistic", "cross_entropy": "softmax", "poisson": "exp"}


class Call:
    """One call of `fit` or `partial_fit`: from checked tables to fitted attributes.

    Errors of parameters and tables are raised when it is made; the estimator gets its attributes at the end, all of them together.
    """

    def __init__(
        self,
        estimator: Any,
        given: CodedRows,
        targets: Targets,
        *,
        again: bool = False,
        eval_set: Any = None,
        incremental: bool = False,
        spec_for: Callable[..., Spec] | None = None,
    ) -> None:
        self.estimator, self.targets, self.again, self.incremental = estimator, targets, again, incremental
        before: Memory | None = getattr(estimator, "_memory", None) if again else None
        done = 0 if before is None else before.state.epoch
        splits = bool(estimator.early_stopping) and eval_set is None and takes_steps(estimator)
        has_dev = splits or eval_set is not None
        spec = (spec_for or estimator._spec_for)(given.table, targets, has_dev=has_dev, done=0 if incremental else done)
        self.spec = one_epoch(spec, done, getattr(estimator, "t_", 0)) if incremental else spec
        self.engine = engine_of(estimator)
        # In scikit-learn's order: weights, the split, all that training needs. A call that continues uses what was drawn before.
        generator = check_random_state(estimator.random_state)
        parameters = estimator._fitted_parameters(self.spec) if again else estimator._initial_parameters(self.spec, generator)
        splitter = None if before is None else deepcopy(before.splitter)
        if splits and splitter is None:
            splitter = generator
        self.splitter = deepcopy(splitter)
        self.rows = self._rows_of(given, eval_set, splitter if splits else None)
        self.data = self.rows.data(targets, getattr(estimator, "class_weight", None), self.spec.training.dtype)
        self.seed = draw_seed(generator) if before is None else before.seed
        self.decides = fingerprint(self.spec.training.monitor, estimator.scoring, self.data)
        self.start = None if before is None else before.resumed(self.spec, parameters, self.decides)
        self.parameters = parameters if before is None else None
        scored = self.spec.training.monitor == "none"
        self.scorer = StoppingScorer(estimator, self._model_with, self.rows.looked_at) if scored else None

    def _rows_of(self, given: CodedRows, eval_set: Any, splitter: np.random.RandomState | None) -> FitRows:
        """Return the rows with those to look at, if there are to be any."""
        if eval_set is not None:
            return FitRows(given, eval_table=check_eval_set(self.estimator, eval_set, numeric=self.estimator._numeric_targets))
        if splitter is None:
            return FitRows(given)
        labels = given.y if isinstance(self.targets, Classes) and self.targets.outputs == 1 else None
        return FitRows(given, split_off(given, self.estimator.validation_fraction, labels, splitter))

    # === Training: here, or among others ===

    @property
    def task(self) -> Task:
        """Return what is to be trained."""
        return Task(self.spec, self.data, self.seed, self.parameters, self.start, epochs=1 if self.incremental else None)

    def train(self, callbacks: Callbacks | None = None) -> FitResult:
        """Train, and set the fitted attributes."""
        warn_of_batch_size(self.estimator.batch_size, len(self.data.rows))
        printer = Printer(self._scores if self._is_scored else None) if self.estimator.verbose else None
        stopped = False

        def follow(event: Event) -> bool:
            nonlocal stopped
            if isinstance(event, EpochEnd):
                if printer:
                    printer(event.history)
                stopped = self._report(callbacks, event) if callbacks else False
            return stopped

        if callbacks:
            callbacks.begin_epoch()
        result = fit_network(
            self.task,
            engine=self.engine,
            callback=follow if printer or callbacks else None,
            every_epoch=bool(callbacks),
            stopping_error=self.scorer,
        )
        if stopped and result.outcome in (Outcome.INTERRUPTED, Outcome.RUNNING, Outcome.EPOCHS_USED_UP):
            message = f"stopped by a callback after epoch {result.epochs}."
            result = replace(result, outcome=Outcome.STOPPED_EARLY, message=message)
        self.take(result)
        return result

    def _report(self, callbacks: Callbacks, event: EpochEnd) -> bool:
        """Call the estimator's callbacks after an epoch; return whether one wants to stop."""
        state, history = event.network, event.history
        stops = callbacks.end_epoch(lambda: self._attributes(state.parameters, history))
        if not stops and state.outcome is Outcome.RUNNING and state.epoch < self.spec.training.epochs:
            callbacks.begin_epoch()
        return stops

    # === What is kept ===

    def take(self, result: FitResult) -> None:
        """Set the fitted attributes, all of them together."""
        model, history, state = self.estimator, result.history, result.state
        kept = self._attributes(result.parameters, history)
        kept["_memory"] = Memory(self.spec, state, self.seed, self.splitter, self.decides)
        kept["outcome_"] = result.outcome.name.lower()
        earlier = vars(model) if self.again else {}
        kept["t_"] = earlier.get("t_", 0)
        if self.spec.training.optimizer.name != "lbfgs":
            kept["t_"] += history.epochs * len(self.data.rows)
            kept["loss_curve_"] = [*earlier.get("loss_curve_", ()), *history.cost.tolist()]
            kept |= {"best_loss_": state.best_score, "validation_scores_": None, "best_validation_score_": None}
        if self._is_scored:
            scores = [*(earlier.get("validation_scores_") or ()), *self._scores(history)]
            kept |= {"best_loss_": None, "validation_scores_": scores, "best_validation_score_": self._score_of(state.best_score)}
        if "history_" in earlier:
            kept["history_"] = earlier["history_"].followed_by(history)
        if not self.again:
            for stale in CURVES:
                vars(model).pop(stale, None)
        vars(model).update(kept)

    def _attributes(self, parameters: Array, history: History) -> dict[str, Any]:
        """Return what makes an estimator ready to predict with these parameters, and the attributes on its epochs."""
        network, loss = self.spec.network, self.spec.training.loss
        coefs, intercepts = Layout.of(network).coefs_and_intercepts(parameters)
        attributes = {
            "_spec": self.spec,
            "_targets": self.targets,
            "coefs_": coefs,
            "intercepts_": intercepts,
            "n_layers_": len(network.widths),
            "n_outputs_": network.outputs,
            "out_activation_": OUTPUT_ACTIVATIONS.get(loss, "identity"),
            "n_iter_": history.epochs,
            "loss_": float(history.cost[-1]) if history.epochs else float("nan"),
            "history_": history,
        }
        return attributes | ({"classes_": self.targets.classes} if isinstance(self.targets, Classes) else {})

    def _model_with(self, parameters: Array) -> Any:
        """Return a copy of the estimator with these parameters, which predicts from arrays."""
        model = ready_copy(self.estimator, self._attributes(parameters, NO_HISTORY))
        # Arrays have no names, and are not warned of having none.
        vars(model).pop("feature_names_in_", None)
        return model

    # === Scores on the rows that decide ===

    @property
    def _is_scored(self) -> bool:
        """Return whether rows that are not trained on decide on stopping."""
        return self.spec.training.monitor != "cost"

    def _scores(self, seen: History) -> list[float]:
        """Return the scores of all epochs, the higher the better."""
        if self.scorer is not None:
            # An epoch that an interruption cut off after its score is not in the history.
            return self.scorer.scores[: len(seen.cost)]
        scores: list[float] = self._score_of(getattr(seen, self.spec.training.monitor)).tolist()
        return scores

    def _score_of(self, error: Any) -> Any:
        """Return accuracy or R^2; else what is higher where a loss, or a scorer's error, is lower."""
        return 1.0 - error if self.spec.training.monitor == "dev_error" else -error
