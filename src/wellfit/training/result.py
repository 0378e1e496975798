"""The result of a run, and its history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from wellfit.engines.types import Array, Outcome, Rows, State, Trace
from wellfit.plurals import counted
from wellfit.render.blocks import Fact, Facts, Page, Section
from wellfit.render.result import Result
from wellfit.render.settings import settings_table, versions
from wellfit.render.words import capital, layers
from wellfit.spec import Spec

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FitResult", "History", "Recorder"]

AnyArray = TypeVar("AnyArray", Array, Rows)


@dataclass(frozen=True)
class History:
    """How a run went: the cost of every epoch, the rest at the epochs that were recorded.

    A spec records as often as `Training.record_every` says, by default 1,000 times at most.

    Parameters
    ----------
    cost : array of shape (epochs,)
        Mean training cost of each epoch, penalties included.
    record_epoch : int array of shape (records,)
        Epochs, from 1, at whose end the values below were taken.
    dev_cost, dev_error, train_error : array of shape (records,)
        Mean loss on the dev rows without penalties; the errors (1 - accuracy, or 1 - R^2) on dev rows and on as many training
        rows. All nan without dev rows.
    learning_rate : array of shape (records,)
        The rate of the epoch's last step; nan for L-BFGS, which chooses its own.
    gradient_norms : array of shape (records, layers)
        Euclidean norm of the gradient of each layer's weights at the epoch's last step.
    """

    cost: Array
    record_epoch: Rows
    dev_cost: Array
    dev_error: Array
    train_error: Array
    learning_rate: Array
    gradient_norms: Array

    @property
    def epochs(self) -> int:
        """Epochs that the history covers."""
        return len(self.cost)

    def followed_by(self, later: History) -> History:
        """Return this history with a later run's behind it, its epochs counted on.

        Parameters
        ----------
        later : History
            Of the same network; its epochs count from 1.

        Returns
        -------
        History
        """
        pairs = {name: np.concatenate([getattr(self, name), getattr(later, name)]) for name in self.__dataclass_fields__}
        pairs["record_epoch"] = np.concatenate([self.record_epoch, later.record_epoch + self.epochs])
        return History(**pairs)

    def to_frame(self) -> pd.DataFrame:
        """Return the history as a table with one row an epoch.

        Returns
        -------
        pandas.DataFrame
            Columns ``epoch, cost, dev_cost, dev_error, train_error, learning_rate, gradient_norm_1, ...``; values that were not
            recorded at an epoch are nan.
        """
        import pandas as pd

        columns = {name: getattr(self, name) for name in ("dev_cost", "dev_error", "train_error", "learning_rate")}
        for layer in range(self.gradient_norms.shape[1]):
            columns[f"gradient_norm_{layer + 1}"] = self.gradient_norms[:, layer]
        frame = pd.DataFrame({"epoch": np.arange(1, self.epochs + 1), "cost": self.cost})
        return frame.merge(pd.DataFrame({"epoch": self.record_epoch, **columns}), on="epoch", how="left")


@dataclass(frozen=True, repr=False)
class FitResult(Result):
    """One trained network.

    Parameters
    ----------
    spec : Spec
        What was trained, and how.
    seed : int
        What drew its initial parameters, shuffles and dropout masks.
    parameters : array of shape (size,)
        The best epoch's where the spec monitors dev rows, else the last; always finite.
    history : History
        The epochs of this run (not of a run that it resumed).
    outcome : Outcome
        Converged, stopped early, epochs used up, interrupted or diverged.
    epochs : int
        Epochs done since the first step ever.
    best_epoch : int
        The epoch, from 1, whose parameters these are; 0 for the initial ones.
    dev_cost, dev_error : float
        On the dev rows, with these parameters; nan without dev rows.
    state : State
        Where the run ended; `fit` can resume from it.
    seconds : float
        Wall time of this run.
    message : str
        One sentence about how it ended.
    lost : str
        Why it was not trained though it was not interrupted: "the scheduler was lost"; empty otherwise.
    """

    spec: Spec
    seed: int
    parameters: Array
    history: History
    outcome: Outcome
    epochs: int
    best_epoch: int
    dev_cost: float
    dev_error: float
    state: State
    seconds: float
    message: str
    lost: str = ""

    @property
    def diverged(self) -> bool:
        """Whether the cost or a parameter stopped being finite."""
        return self.outcome is Outcome.DIVERGED

    def blocks(self, whole: bool = False) -> Page:
        """Return how the run ended, and with what."""
        facts = [
            Fact("layers", layers(self.spec.network), counted(self.parameters.size, "weight and bias", "weights and biases")),
            Fact("outcome", self.outcome.name.lower().replace("_", " "), f"in {self.seconds:.3g} s", "bad" if self.diverged else ""),
            Fact("epochs", f"{self.epochs:,}", f"the parameters are those of epoch {self.best_epoch:,}"),
        ]
        if np.isfinite(self.dev_cost):
            facts.append(Fact("dev cost", f"{self.dev_cost:.4g}", f"dev error {self.dev_error:.4g}"))
        sections = [Section("The network", [Facts(facts)])]
        if whole:
            everything = {"spec": self.spec.to_dict(), "seed": self.seed, "versions": versions()}
            sections.append(Section("All settings, to reproduce the run", [settings_table("All settings", everything)]))
        return Page("A trained network", capital(self.message), sections)


class Recorder:
    """Collects traces, piece by piece, without copying what it already has each time."""

    def __init__(self, layers: int) -> None:
        self._epochs = 0
        self._records = 0
        self._cost: Array = np.empty(16)
        self._epoch_numbers: Rows = np.empty(16, dtype=np.int64)
        # dev_cost, dev_error, train_error, learning_rate, then a norm for each layer.
        self._values: Array = np.empty((16, 4 + layers))

    def add(self, piece: Trace) -> None:
        """Append the trace of one call of an engine, whose epochs follow those before."""
        self._cost = _with_room(self._cost, self._epochs, len(piece.cost))
        self._cost[self._epochs : self._epochs + len(piece.cost)] = piece.cost
        self._epochs += len(piece.cost)
        new = slice(self._records, self._records + len(piece.record_epoch))
        self._epoch_numbers = _with_room(self._epoch_numbers, self._records, len(piece.record_epoch))
        self._values = _with_room(self._values, self._records, len(piece.record_epoch))
        self._epoch_numbers[new] = piece.record_epoch
        for column, values in enumerate((piece.dev_cost, piece.dev_error, piece.train_error, piece.learning_rate)):
            self._values[new, column] = values
        self._values[new, 4:] = piece.gradient_norms
        self._records = new.stop

    def trace(self) -> Trace:
        """Return all that was added, as views."""
        values = self._values[: self._records]
        dev_cost, dev_error, train_error, learning_rate = values[:, :4].T
        numbers = self._epoch_numbers[: self._records]
        return Trace(self._cost[: self._epochs], numbers, dev_cost, dev_error, train_error, learning_rate, values[:, 4:])

    def history(self, first_epoch: int, last_epoch: int) -> History:
        """Return the epochs after the first `first_epoch`, up to the last, in arrays of their own; they count from 1 again."""
        seen = self.trace()
        kept = {name: getattr(seen, name)[seen.record_epoch <= last_epoch] for name in History.__dataclass_fields__ if name != "cost"}
        kept["record_epoch"] -= first_epoch
        return History(cost=seen.cost[: last_epoch - first_epoch].copy(), **kept)


def _with_room(array: AnyArray, used: int, more: int) -> AnyArray:
    """Return the array, or one of at least twice its length where `more` rows do not fit behind those used."""
    if used + more <= len(array):
        return array
    longer = np.empty((max(2 * len(array), used + more), *array.shape[1:]), dtype=array.dtype)
    longer[:used] = array[:used]
    return longer
