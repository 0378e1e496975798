"""What a search may spend, and what it trains."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from wellfit.errors import SpecError, SpecTypeError
from wellfit.judge.intervals import Interval
from wellfit.judge.references import Reference
from wellfit.spec import Spec
from wellfit.spec.base import check_whole

__all__ = ["Budget", "Key", "Trial", "ends_of", "interval_of", "plain_number", "reference_of_record"]

# Spec, seed, part and epochs.
Key = tuple[Spec, int, int, int]

LEAST_SECONDS = 1.0


@dataclass(frozen=True)
class Budget:
    """What a study may spend: seconds, trials, or whichever is used up first."""

    # Wall time, at least 1: the table's preparation and the final training on all rows included, compiling not. None: no limit.
    seconds: float | None = None
    trials: int | None = None  # networks trained to be compared, those of earlier sessions of the same study included. None: no limit.
    # When its clock was started, by `time.perf_counter`.
    begin: float = field(default_factory=time.perf_counter, compare=False)

    def __post_init__(self) -> None:
        """Validate."""
        if self.seconds is not None:
            given: Any = self.seconds
            if isinstance(given, bool) or not isinstance(given, int | float):
                raise SpecTypeError(f"time_budget must be a number of seconds, found {given!r} ({type(given).__name__}).")
            if not LEAST_SECONDS <= given < math.inf:
                raise SpecError(f"time_budget must be at least {LEAST_SECONDS:g} second and finite, found {given!r}.")
        if self.trials is not None:
            check_whole("max_trials", self.trials, 1)

    @property
    def is_limited(self) -> bool:
        """Whether seconds or trials are limited; rounds follow the plan only then."""
        return self.seconds is not None or self.trials is not None


@dataclass(frozen=True)
class Trial:
    """One network, as far as it has been trained.

    Parameters
    ----------
    number : int
        Number of the network in the study, from 0, in the planned order.
    round : int
        Its round; 0 is the initial one.
    change : str
        The kind of change tried, such as ``"dropout"``.
    spec : Spec
        What was trained, and how.
    seed : int
        Draws its initial weights, shuffles and masks.
    part : int
        The split it was trained on: 0 with one dev part, else fold + folds * repetition.
    rung : int
        How many comparisons it has survived.
    epochs : int
        Epochs planned so far.
    epochs_done, best_epoch : int
        Epochs done, and the epoch whose parameters are kept.
    outcome : str
        Name of an `Outcome`.
    train_error, dev_error : float
        Error rate, or RMSE in units of the target; nan if it diverged.
    dev_cost : float
        Mean loss on the dev rows.
    seconds : float
        Time of this rung's training, on one thread.
    message : str
        Why it diverged; empty if it did not.
    """

    number: int
    round: int
    change: str
    spec: Spec
    seed: int
    part: int
    rung: int
    epochs: int
    epochs_done: int
    best_epoch: int
    outcome: str
    train_error: float
    dev_error: float
    dev_cost: float
    seconds: float
    message: str = ""

    @property
    def key(self) -> Key:
        """What identifies this training."""
        return self.spec, self.seed, self.part, self.epochs

    def to_record(self) -> dict[str, Any]:
        """Return a line of the journal.

        Returns
        -------
        dict
            JSON; what is not finite is None.
        """
        values = {name: plain_number(getattr(self, name)) for name in self.__dataclass_fields__ if name != "spec"}
        return {"kind": "trial", **values, "spec": self.spec.to_dict()}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Make the trial of a line of the journal.

        Parameters
        ----------
        record : mapping
            As from `to_record`.

        Returns
        -------
        Trial
        """
        values = {name: record[name] for name in cls.__dataclass_fields__ if name not in ("spec", "message")}
        for name in ("train_error", "dev_error", "dev_cost"):
            values[name] = math.nan if values[name] is None else float(values[name])
        # Journals of earlier versions have no messages.
        return cls(spec=Spec.from_dict(record["spec"]), message=record.get("message", ""), **values)


def plain_number(value: Any) -> Any:
    """Return a value as strict JSON has it: None for a number that is not finite."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def ends_of(interval: Interval) -> list[float | None]:
    """Return an interval as the journal has it: estimate, low end and high end, None where one is not finite."""
    return [plain_number(value) for value in (interval.estimate, interval.low, interval.high)]


def interval_of(ends: Sequence[float | None]) -> Interval:
    """Return an interval as the journal has it."""
    estimate, low, high = ends
    return Interval(
        math.nan if estimate is None else float(estimate),
        -math.inf if low is None else float(low),
        math.inf if high is None else float(high),
    )


def reference_of_record(record: Mapping[str, Any]) -> Reference:
    """Return the error that bias is measured from, of the journal's record of references."""
    return Reference(record["asked_name"], interval_of(record["interval"]), each=record["errors"])
