"""A preparation and the networks behind it: predicts from tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wellfit.engines.types import Array
from wellfit.errors import DataError, ModelFileError
from wellfit.maths.calibration import LEAST_TEMPERATURE, MOST_TEMPERATURE, tempered
from wellfit.plurals import counted
from wellfit.render.blocks import Page
from wellfit.render.result import Result
from wellfit.spec import CLASSIFICATION_LOSSES, LOSSES
from wellfit.store.blocks import model_page
from wellfit.store.members import TrainedNetwork, average_outputs, check_weights, describe_networks, read_networks, write_networks
from wellfit.table.coding import TargetCoding
from wellfit.table.preparation.learn import Preparation
from wellfit.table.read import read_table
from wellfit.table.target import column_of, plain_target

__all__ = ["FittedModel", "Prediction"]

_PREPARATION = "preparation."


@dataclass(frozen=True)
class Prediction:
    """The predictions of a model for a table.

    Parameters
    ----------
    values : array of shape (rows,)
        Class labels, or numbers in the units of the target.
    probabilities : array of shape (rows, classes) or None
        In the order of `FittedModel.classes`; None for regression.
    notes : tuple of str
        What was corrected in the table (unused columns, unknown categories), and what to check: values far outside the
        training range, ambiguous decimal signs.
    """

    values: NDArray[Any]
    probabilities: Array | None
    notes: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class FittedModel(Result):
    """A fitted model of a table, as `wellfit.load` returns it: a preparation and networks, whose average Σ w_i f_i predicts.

    Parameters
    ----------
    preparation : Preparation
        Turns a table into inputs, as learned on the training rows.
    target : TargetCoding
        Turns outputs into labels or numbers.
    networks : tuple of TrainedNetwork
        At least one; all take the preparation's inputs.
    about : mapping
        Further facts as JSON: how the model was chosen, its errors.
    temperature : float
        What the log-odds of the probabilities are divided by (see `wellfit.maths.calibration.tempered`); from 0.001 to 1000, and 1
        for a regression.
    threshold : float or None
        Two classes only: the second is predicted where its probability is above this, in [0, 1]; None: above 0.5.
    weights : tuple of float or None
        w_i, the weight of each network in the average: above 0, with a sum of 1; None: all equal.

    Raises
    ------
    DataError
        If there is no network, one does not match the preparation or the target, or the weights, the temperature or the threshold are
        invalid.
    """

    preparation: Preparation
    target: TargetCoding
    networks: tuple[TrainedNetwork, ...]
    about: Mapping[str, Any] = field(default_factory=dict)
    temperature: float = 1.0
    threshold: float | None = None
    weights: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        """Validate."""
        if not self.networks:
            raise DataError("a model needs at least one network, found none.")
        made, valid = self.preparation.width, self._losses()
        for network in self.networks:
            shape, found = network.spec.network, network.spec.training.loss
            if shape.inputs != made:
                raise DataError(f"the network takes {counted(shape.inputs, 'input')}, but the preparation makes {made}.")
            if shape.outputs != self.target.outputs:
                raise DataError(f"the network has {counted(shape.outputs, 'output')}, but the target needs {self.target.outputs}.")
            if found not in valid:
                raise DataError(f"the network's loss must be {' or '.join(valid)} for this target, found {found!r}.")
        if self.weights is not None:
            check_weights(self.weights, len(self.networks))
        self._check_decisions()

    def _losses(self) -> tuple[str, ...]:
        """Losses whose networks give what the target needs: probabilities that sum to 1, or numbers."""
        if not self.classes:
            return tuple(name for name in LOSSES if name not in CLASSIFICATION_LOSSES)
        return ("cross_entropy",) if self.target.outputs > 1 else ("binary_cross_entropy",)

    def _check_decisions(self) -> None:
        """Raise unless temperature and threshold suit the target."""
        number = self.temperature
        if not _is_number(number) or not LEAST_TEMPERATURE <= number <= MOST_TEMPERATURE or (number != 1.0 and not self.classes):
            raise DataError(
                f"the temperature must be a number from {LEAST_TEMPERATURE:g} to {MOST_TEMPERATURE:g}, and 1 for a regression; "
                f"found {number!r}."
            )
        if self.threshold is None:
            return
        if len(self.classes) != 2 or not _is_number(self.threshold) or not 0.0 <= self.threshold <= 1.0:
            raise DataError(f"the threshold must be None, or for two classes a number in [0, 1]; found {self.threshold!r}.")

    @property
    def task(self) -> str:
        """``"classification"`` or ``"regression"``."""
        return self.target.task

    @property
    def classes(self) -> tuple[Any, ...]:
        """Class labels in the order of the probabilities; empty for regression."""
        return tuple(self.target.classes)

    @property
    def classes_(self) -> NDArray[Any]:
        """Class labels in the order of the probabilities, as scikit-learn has them; a regression has none."""
        if not self.classes:
            raise AttributeError("a regression has no classes_.")
        return self.target.labels

    @property
    def feature_names_in_(self) -> NDArray[Any]:
        """Names of the columns that predictions are made from."""
        return np.array([column.name for column in self.preparation.columns], dtype=object)

    @property
    def n_features_in_(self) -> int:
        """Number of columns that predictions are made from."""
        return len(self.preparation.columns)

    def __repr__(self) -> str:
        """Return task, target, columns and networks in one line."""
        what = f"{self.task} of {self.target.name!r}"
        if self.classes:
            what += f", {counted(len(self.classes), 'class', 'classes')}"
        networks = describe_networks(self.networks)
        return f"<FittedModel: {what}, from {counted(self.n_features_in_, 'column')}; {networks}>"

    def blocks(self, whole: bool = False) -> Page:
        """Return the networks, the columns that they predict from, and how to use them."""
        return model_page(self, whole=whole)

    def outputs(self, X: Array, engine: str = "compiled") -> Array:
        """Return the average of the networks' outputs, each by its weight; probabilities by the model's temperature.

        Parameters
        ----------
        X : array of shape (rows, inputs)
            Prepared rows.
        engine : str
            Which engine computes.

        Returns
        -------
        array of shape (rows, outputs)
            Float64. Probabilities for the cross-entropies, else the coded target.

        Raises
        ------
        DataError
            If an output is not finite: the parameters are too large for such rows.
        """
        average = average_outputs(self.networks, X, engine, self.weights)
        return tempered(average, self.temperature) if self.classes else average

    def decide(self, outputs: ArrayLike) -> NDArray[Any]:
        """Return what outputs predict: the likeliest class, for two classes by the threshold; or numbers in the target's units.

        Parameters
        ----------
        outputs : array of shape (rows, outputs)
            As `outputs` gives them.

        Returns
        -------
        array of shape (rows,)

        Raises
        ------
        DataError
            If a number overflows float64.
        """
        if self.threshold is None:
            with np.errstate(over="ignore", invalid="ignore"):
                decided = self.target.decode(outputs)
            if not self.classes and not np.isfinite(decided).all():
                row = int(np.isfinite(decided).argmin()) + 1
                raise DataError(f"the prediction of row {row} is not finite: the target's scale is too large; retrain the model.")
            return decided
        places = (self.target.probabilities(outputs)[:, 1] > self.threshold).astype(np.int64)
        labels: NDArray[Any] = self.target.labels[places]
        return labels

    def apply(self, table: Any, engine: str = "compiled", *, decimal: str | None = None) -> Prediction:
        """Return all predictions of the model for a table.

        Parameters
        ----------
        table : DataFrame, or anything that `wellfit.table.read.read_table` takes
            With the columns that the model was trained on, in any order.
        engine : str
            Which engine computes.
        decimal : str, optional
            As for `predict`.

        Returns
        -------
        Prediction

        Raises
        ------
        DataError
            If a column is missing, or a cell cannot be used.
        """
        X, notes = self.preparation.transform(read_table(table, decimal))
        outputs = self.outputs(X, engine)
        probabilities = self.target.probabilities(outputs) if self.task == "classification" else None
        return Prediction(self.decide(outputs), probabilities, tuple(notes))

    def predict(self, table: Any, *, decimal: str | None = None) -> NDArray[Any]:
        """Return a label or a number for each row.

        Parameters
        ----------
        table : DataFrame, or a file's name
            With the columns that the model was trained on, in any order.
        decimal : str, optional
            ``.`` or ``,``: the decimal sign of numbers in text that could have either, such as 1,234. Default: as the file or the other
            columns show, else that of the training table, with a warning.

        Returns
        -------
        array of shape (rows,)

        Warns
        -----
        DataWarning
            If values lie far outside the training range, or the decimal sign is ambiguous.
        """
        return self.decide(self.outputs(self.preparation.transform(read_table(table, decimal), warn=2).X))

    def predict_proba(self, table: Any, *, decimal: str | None = None) -> Array:
        """Return the probability of each class for each row.

        Parameters
        ----------
        table : DataFrame, or a file's name
            With the columns that the model was trained on, in any order.
        decimal : str, optional
            As for `predict`.

        Returns
        -------
        array of shape (rows, classes)
            In the order of `classes`; rows sum to 1.

        Raises
        ------
        DataError
            If the model predicts numbers.

        Warns
        -----
        DataWarning
            If values lie far outside the training range, or the decimal sign is ambiguous.
        """
        return self.target.probabilities(self.outputs(self.preparation.transform(read_table(table, decimal), warn=2).X))

    def score(self, X: Any, y: Any, sample_weight: ArrayLike | None = None, *, decimal: str | None = None) -> float:
        """Return the accuracy of the predicted labels, or R^2 of the predicted numbers.

        Parameters
        ----------
        X : DataFrame, or a file's name
            With the columns that the model was trained on, in any order.
        y : array-like of shape (rows,)
            The true labels or numbers, without missing values.
        sample_weight : array-like of shape (rows,), optional
            Weight of each row.
        decimal : str, optional
            As for `predict`.

        Returns
        -------
        float
            As scikit-learn's `accuracy_score` and `r2_score`; a label that was not in the training table counts as an error.

        Raises
        ------
        DataError
            If X and y differ in length, y has missing values, or a column is missing.

        Warns
        -----
        DataWarning
            If values lie far outside the training range, or the decimal sign is ambiguous.
        """
        frame = read_table(X, decimal)
        predicted = self.decide(self.outputs(self.preparation.transform(frame, warn=2).X))
        return self.target.score(plain_target(column_of(y), self.task), predicted, sample_weight)

    # === To a file and back ===

    def to_parts(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Return the model as JSON and arrays.

        Returns
        -------
        document : dict
        arrays : dict of str to array
        """
        entries, arrays = write_networks(self.networks)
        document = {
            "preparation": self.preparation.to_dict(),
            "target": self.target.to_dict(),
            "networks": entries,
            "weights": None if self.weights is None else [float(weight) for weight in self.weights],
            "temperature": self.temperature,
            "threshold": self.threshold,
            "about": dict(self.about),
        }
        return document, arrays | {f"{_PREPARATION}{name}": values for name, values in self.preparation.arrays().items()}

    @classmethod
    def from_parts(cls, document: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> FittedModel:
        """Make the model from the output of `to_parts`, of this or an earlier version, validating everything.

        Parameters
        ----------
        document : mapping
            JSON.
        arrays : mapping of str to array
            As the file has them.

        Returns
        -------
        FittedModel

        Raises
        ------
        WellfitError, KeyError, TypeError, ValueError, AttributeError, OverflowError
            If something is missing, or of another kind than `to_parts` writes.
        """
        learned = {name.removeprefix(_PREPARATION): values for name, values in arrays.items() if name.startswith(_PREPARATION)}
        about, weights = document["about"], document.get("weights")
        if not isinstance(about, dict):
            raise ModelFileError("the model's 'about' must be a JSON object.")
        return cls(
            Preparation.from_dict(document["preparation"], learned),
            TargetCoding.from_dict(document["target"]),
            read_networks(document["networks"], arrays),
            about,
            # Format 1 had neither.
            document.get("temperature", 1.0),
            document.get("threshold"),
            # Format 2 had none; JSON has no tuples.
            tuple(weights) if isinstance(weights, list) else weights,
        )


def _is_number(value: Any) -> bool:
    """Tell numbers from truth values; that nan and infinities are no numbers is left to the range, which they fail."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)
