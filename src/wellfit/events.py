"""Events of long-running calls: ``callback(event)`` is called with one of these records; returning True stops the work.

One rule everywhere: `fit`, `fit_many`, `search` and `diagnose` have a parameter ``callback``, a function of one event; functions given to
``set_callbacks`` of the networks are such callbacks, too. A callback that returns True stops the work, which keeps the best so far as it
does after Ctrl-C; None and False let it continue. It is called in the thread that called the function. Most
functions send several kinds of events: tell them apart by `isinstance`.

Examples
--------
>>> def show(event):
...     if isinstance(event, Message):
...         print(event.text)
...     return isinstance(event, TrialEnd) and event.trial.dev_error < 0.05  # stops the search
>>> show(Message("Round 1: dropout."))
Round 1: dropout.
False
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from wellfit.study.trial import Trial
    from wellfit.training.result import FitResult, History

__all__ = ["Callback", "EpochEnd", "Event", "Interrupted", "Message", "NetworkEnd", "Progress", "Reporter", "TrialEnd", "stop_at"]


@dataclass(frozen=True, eq=False)
class EpochEnd:
    """Epochs of one network are done: from `fit`, about ten times a second or after every epoch, and from the `MLP*` estimators.

    Parameters
    ----------
    epoch : int
        Epochs done since the first step ever; of an estimator, since this call of its `fit` began.
    network : State or estimator
        From `fit` the `State`, with its `parameters`, which must not be changed or kept; from an estimator a copy of it, ready to predict.
    """

    epoch: int
    network: Any
    _history: Callable[[], History] = field(repr=False)

    @property
    def history(self) -> History:
        """Costs and records of this run so far; computed when first read, because it takes time."""
        return self._history()


@dataclass(frozen=True, eq=False)
class NetworkEnd:
    """A network of a population is trained: from `fit_many`, in order of completion.

    Parameters
    ----------
    index : int
        Its index in the order of `members`.
    result : FitResult
        Its result.
    done, total : int
        Networks trained, and networks in all.
    """

    index: int
    result: FitResult
    done: int
    total: int


@dataclass(frozen=True, eq=False)
class TrialEnd:
    """A trial of a study is finished: from `search`.

    Parameters
    ----------
    trial : Trial
        The network, with its errors.
    done : int
        Networks of the study.
    total : int or None
        Networks that are planned, if their number is limited.
    seconds_left : float or None
        Of the budget in seconds, if there is one.
    best_error : float or None
        The lowest dev error so far: of a network, or with cross-validation of a setting over all folds.
    rate : float
        Networks a second.
    """

    trial: Trial
    done: int
    total: int | None
    seconds_left: float | None
    best_error: float | None
    rate: float


@dataclass(frozen=True)
class Progress:
    """Progress of a stage: sent when it begins and about ten times a second while networks are trained, so that a callback can stop it.

    Parameters
    ----------
    stage : str
        Name of the stage, such as ``"training"``.
    done : float
        How much of it is done.
    total : float or None
        How much there is to do; None if that is not known.
    """

    stage: str
    done: float
    total: float | None


@dataclass(frozen=True)
class Message:
    """A message to print or log: from `search`.

    Parameters
    ----------
    text : str
        Plain text.
    """

    text: str


@dataclass(frozen=True)
class Interrupted:
    """Ctrl-C was pressed: no further network is begun, and those in training end soon; from `fit_many`."""


Event: TypeAlias = EpochEnd | NetworkEnd | TrialEnd | Progress | Message | Interrupted
Callback: TypeAlias = Callable[[Event], bool | None]


class Reporter:
    """Sends events to a callback, if there is one; `stopped` remembers whether it has returned True."""

    def __init__(self, callback: Callback | None) -> None:
        self.callback, self.stopped = callback, False

    def __call__(self, event: Event) -> bool:
        """Send an event; return whether to stop."""
        if self.callback is not None and self.callback(event):
            self.stopped = True
        return self.stopped


def stop_at(deadline: float, callback: Callback | None = None) -> Callback:
    """Return a callback that stops at a time of `time.perf_counter`, or when another callback does."""

    def is_over(event: Event) -> bool:
        return time.perf_counter() > deadline or (callback is not None and bool(callback(event)))

    return is_over
