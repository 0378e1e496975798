"""Callbacks of `fit`: scikit-learn's, from its version 1.9 on, and functions of an event with any version.

A function is called with an `EpochEnd`, whose network is ready to predict, and ends the training by returning True. It is wrapped into
what scikit-learn expects of a callback, so that clones and searches treat both kinds alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from sklearn.base import BaseEstimator

from wellfit.errors import SpecTypeError
from wellfit.events import Callback, EpochEnd

try:
    from sklearn.callback import CallbackSupportMixin, FitCallback, with_callbacks
except ImportError:  # scikit-learn before 1.9
    CallbackSupportMixin, FitCallback, with_callbacks = object, None, lambda method: method

__all__ = ["CallbackSupport", "Callbacks", "EveryEpoch", "with_callbacks"]


class EveryEpoch:
    """A function in the form of scikit-learn's callbacks; its methods are described there, in ``FitCallback``."""

    def __init__(self, function: Callback) -> None:
        self.function = function

    def setup(self, estimator: Any, context: Any) -> None:
        """Prepare nothing."""

    def teardown(self, estimator: Any, context: Any) -> None:
        """Leave nothing behind."""

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Wait for the epoch's end."""

    def on_fit_task_end(self, estimator: Any, context: Any, *, fitted_estimator: Any = None) -> bool:
        """Call the function if it is an epoch that ends; return whether to stop."""
        # The whole of the fit ends with the same call; it alone has tasks below it.
        return context.max_subtasks == 0 and self(fitted_estimator)

    def __call__(self, model: Any) -> bool:
        """Call the function with the copy of an estimator that is ready to predict; return whether to stop."""
        return bool(self.function(EpochEnd(model.n_iter_, model, lambda: model.history_)))


class CallbackSupport(CallbackSupportMixin):  # type: ignore[misc]
    """`set_callbacks`, whatever the version of scikit-learn."""

    def set_callbacks(self, *callbacks: Any) -> Self:
        """Set the callbacks that `fit` calls after every epoch; without arguments, none.

        The engine then does one epoch per call, which slows small networks down and does not change results.

        Parameters
        ----------
        *callbacks : callable, or scikit-learn callback
            A function is called with a `wellfit.types.EpochEnd`, whose `network` is a copy of the estimator with the weights, `n_iter_`,
            `loss_` and `history_` of that epoch, ready to predict; if it returns True, training ends. scikit-learn's callbacks, such
            as ``sklearn.callback.ProgressBar`` and ``ScoringMonitor``, need scikit-learn 1.9 or newer.

        Returns
        -------
        self : object
            The estimator.

        Raises
        ------
        SpecTypeError
            If one is neither.
        """
        ours = [callback if _follows_protocol(callback) else EveryEpoch(_function(callback)) for callback in callbacks]
        if FitCallback is not None:
            super().set_callbacks(*ours)
        elif ours:
            self._skl_callbacks = ours
        else:
            self.__dict__.pop("_skl_callbacks", None)
        return self

    def __sklearn_clone__(self) -> Any:
        """Return a clone with the same callbacks, as scikit-learn 1.9 makes it of itself."""
        twin = BaseEstimator.__sklearn_clone__(self)
        if hasattr(self, "_skl_callbacks"):
            twin._skl_callbacks = self._skl_callbacks
        return twin


class Callbacks:
    """The callbacks of one fit."""

    def __init__(self, estimator: Any, X: Any, y: Any, sample_weight: Any) -> None:
        self.estimator = estimator
        self.facts = {"estimator": estimator, "X": X, "y": y}
        self.facts["metadata"] = None if sample_weight is None else {"sample_weight": sample_weight}
        self.fit_task: Any = None
        self.epoch_task: Any = None
        if FitCallback is not None:
            # Without callbacks, too: the tasks of a search are to hang together.
            self.fit_task = estimator._init_callback_context(max_subtasks=estimator.max_iter)
            self.fit_task.call_on_fit_task_begin(**self.facts)

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(getattr(self.estimator, "_skl_callbacks", ()))

    def begin_epoch(self) -> None:
        """Report to scikit-learn that an epoch begins."""
        if self.fit_task is not None:
            self.epoch_task = self.fit_task.subcontext(task_name="epoch")
            self.epoch_task.call_on_fit_task_begin(**self.facts)

    def end_epoch(self, attributes: Callable[[], dict[str, Any]]) -> bool:
        """Call the callbacks with an estimator made of `attributes`; return whether one wants to stop."""
        if self.epoch_task is not None:
            return bool(self.epoch_task.call_on_fit_task_end(**self.facts, reconstruction_attributes=attributes))
        model = ready_copy(self.estimator, attributes())
        # All are called, even if the first wants to stop.
        answers = [callback(model) for callback in self.estimator._skl_callbacks]
        return any(answers)

    def end(self) -> None:
        """Report to scikit-learn that the fit has ended; the estimator has its attributes."""
        if self.fit_task is not None:
            self.fit_task.call_on_fit_task_end(**self.facts, reconstruction_attributes={})


def ready_copy(estimator: Any, attributes: dict[str, Any]) -> Any:
    """Return a copy of an estimator with fitted attributes of its own; whatever else it has, both share."""
    twin = object.__new__(type(estimator))
    twin.__dict__.update(vars(estimator) | attributes)
    return twin


def _follows_protocol(callback: Any) -> bool:
    # A class has the methods, too, but is no callback yet.
    known = EveryEpoch if FitCallback is None else FitCallback
    return isinstance(callback, known) and not isinstance(callback, type)


def _function(callback: Any) -> Callback:
    if not callable(callback) or isinstance(callback, type):
        raise SpecTypeError(f"callbacks must be functions of an event, or scikit-learn's callbacks, found {callback!r}.")
    function: Callback = callback
    return function
