"""One network alone, as `MLPClassifier` and `MLPRegressor` train it: predicts from arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, DTypeLike, NDArray

from wellfit.engines.types import Array
from wellfit.errors import DataError, ModelFileError
from wellfit.plurals import counted
from wellfit.render.blocks import Page
from wellfit.render.result import Result
from wellfit.spec import CLASSIFICATION_LOSSES, Spec
from wellfit.store.blocks import network_page
from wellfit.store.members import TrainedNetwork, average_outputs, describe_networks, read_networks, write_networks
from wellfit.store.model import Prediction
from wellfit.table.names import quoted
from wellfit.table.read import is_frame

__all__ = ["NetworkModel", "numeric_rows"]

Label = str | bool | int | float


@dataclass(frozen=True, repr=False)
class NetworkModel(Result):
    """A fitted network, as `wellfit.load` returns it for `MLPClassifier` and `MLPRegressor`.

    It takes numbers as they are: nothing is imputed, coded or scaled.

    Parameters
    ----------
    network : TrainedNetwork
        The network.
    classes : tuple of str, bool, int or float
        The labels in the order of the outputs; for several labels a row, one name each; empty for a regression.
    columns : tuple of str
        Names of the inputs, where they have any.

    Raises
    ------
    DataError
        If classes or columns are not as many as the network's outputs and inputs, or a label has a type that a file cannot hold.
    """

    network: TrainedNetwork
    classes: tuple[Label, ...] = ()
    columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Validate."""
        shape = self.network.spec.network
        strange = [label for label in self.classes if not _is_label(label)]
        if strange:
            raise DataError(f"classes must be text, truth values or finite numbers, found {strange[0]!r} ({type(strange[0]).__name__}).")
        if len({type(label) for label in self.classes}) > 1:
            raise DataError("classes must be of one type: an array would turn numbers beside text into text.")
        needed = 0 if self.task == "regression" else max(2, shape.outputs)
        if len(self.classes) != needed or len(set(self.classes)) != needed:
            raise DataError(f"the network has {counted(needed, 'class', 'classes')}, found labels of {len(set(self.classes))}.")
        if self.columns and (len(self.columns) != shape.inputs or not all(isinstance(name, str) for name in self.columns)):
            raise DataError(f"the network has {counted(shape.inputs, 'input')}, which need a name each, found {len(self.columns)}.")

    @property
    def task(self) -> str:
        """``"classification"`` or ``"regression"``."""
        return "classification" if self.network.spec.training.loss in CLASSIFICATION_LOSSES else "regression"

    @property
    def is_multilabel(self) -> bool:
        """Whether a row may hold several of the classes."""
        return self.network.spec.training.loss == "binary_cross_entropy" and self.network.spec.network.outputs > 1

    @property
    def classes_(self) -> NDArray[Any]:
        """Class labels in the order of the probabilities, as scikit-learn has them; a regression has none."""
        if not self.classes:
            raise AttributeError("a regression has no classes_.")
        return np.array(self.classes)

    @property
    def feature_names_in_(self) -> NDArray[Any]:
        """Names of the inputs, where the training table had any."""
        if not self.columns:
            raise AttributeError("the network was trained on inputs without names.")
        return np.array(self.columns, dtype=object)

    @property
    def n_features_in_(self) -> int:
        """Number of inputs."""
        return self.network.spec.network.inputs

    def __repr__(self) -> str:
        """Return task, inputs and network in one line."""
        what = f"multi-label {self.task}" if self.is_multilabel else self.task
        if self.classes:
            what += f", {counted(len(self.classes), 'class', 'classes')}"
        return f"<NetworkModel: {what}, from {counted(self.n_features_in_, 'input')}; {describe_networks((self.network,))}>"

    def blocks(self, whole: bool = False) -> Page:
        """Return the network, its classes and inputs."""
        return network_page(self, "The network", {}, (), whole)

    def outputs(self, X: ArrayLike, engine: str = "compiled") -> Array:
        """Return the network's outputs.

        Parameters
        ----------
        X : array of shape (rows, inputs), or data frame
            Finite numbers. Of a data frame the columns by name, where the network knows names.
        engine : str
            Which engine computes.

        Returns
        -------
        array of shape (rows, outputs)
            In the network's own dtype.

        Raises
        ------
        DataError
            If a column is missing, or a value is no finite number.
        """
        dtype = self.network.spec.training.dtype
        return average_outputs((self.network,), numeric_rows(X, self.network.spec, self.columns, dtype), engine).astype(dtype)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return a label or a number for each row; 0 and 1 for each of several labels, numbers for each of several targets.

        Parameters
        ----------
        X : array of shape (rows, inputs), or data frame
            As for `outputs`.

        Returns
        -------
        array of shape (rows,) or (rows, outputs)
        """
        return self._decided(self.outputs(X))

    def predict_proba(self, X: ArrayLike) -> Array:
        """Return the probability of each class, or of each label.

        Parameters
        ----------
        X : array of shape (rows, inputs), or data frame
            As for `outputs`.

        Returns
        -------
        array of shape (rows, classes)

        Raises
        ------
        DataError
            If the network predicts numbers.
        """
        if self.task == "regression":
            raise DataError("the network predicts numbers; a regression has no probabilities.")
        return self._probabilities(self.outputs(X))

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy of the predicted labels, or R^2 of the predicted numbers.

        Parameters
        ----------
        X : array of shape (rows, inputs), or data frame
            As for `outputs`.
        y : array-like of shape (rows,) or (rows, outputs)
            The true labels or numbers.
        sample_weight : array-like of shape (rows,), optional
            Weight of each row.

        Returns
        -------
        float
            As `score` of `MLPClassifier` and `MLPRegressor`.
        """
        # Slow to import, and not needed to predict.
        from sklearn.metrics import accuracy_score, r2_score

        measure = r2_score if self.task == "regression" else accuracy_score
        return float(measure(y, self.predict(X), sample_weight=sample_weight))

    def apply(self, table: Any, engine: str = "compiled") -> Prediction:
        """Return all predictions of the network for a table.

        Parameters
        ----------
        table : array or data frame
            As for `outputs`.
        engine : str
            Which engine computes.

        Returns
        -------
        Prediction
        """
        outputs = self.outputs(table, engine)
        return Prediction(self._decided(outputs), self._probabilities(outputs) if self.classes else None, ())

    def _decided(self, outputs: Array) -> NDArray[Any]:
        if self.task == "regression":
            return outputs.ravel() if outputs.shape[1] == 1 else outputs
        if self.is_multilabel:
            return (outputs > 0.5).astype(np.int64)
        codes = outputs.argmax(axis=1) if outputs.shape[1] > 1 else (outputs[:, 0] > 0.5).astype(np.int64)
        labels: NDArray[Any] = self.classes_[codes]
        return labels

    def _probabilities(self, outputs: Array) -> Array:
        return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs

    # === To a file and back ===

    def to_parts(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Return the model as JSON and arrays.

        Returns
        -------
        document : dict
        arrays : dict of str to array
        """
        entries, arrays = write_networks((self.network,))
        return {"networks": entries, "classes": list(self.classes), "columns": list(self.columns)}, arrays

    @classmethod
    def from_parts(cls, document: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> NetworkModel:
        """Make the model from the output of `to_parts`, validating everything.

        Parameters
        ----------
        document : mapping
            JSON.
        arrays : mapping of str to array
            As the file has them.

        Returns
        -------
        NetworkModel

        Raises
        ------
        WellfitError, KeyError, TypeError, ValueError
            If something is missing, or of another kind than `to_parts` writes.
        """
        (network,) = read_networks(document["networks"], arrays)
        classes, columns = document["classes"], document["columns"]
        if not isinstance(classes, list) or not isinstance(columns, list):
            raise ModelFileError("classes and columns must be lists.")
        return cls(network, tuple(classes), tuple(columns))


def numeric_rows(X: Any, spec: Spec, columns: Sequence[str], dtype: DTypeLike) -> NDArray[Any]:
    """Return rows as a network takes them: finite numbers; of a frame the columns by name, where the network knows names."""
    if is_frame(X):
        frame = X if isinstance(X, pd.DataFrame) else X.to_pandas()
        names = list(map(str, frame.columns))
        missing = [name for name in columns if name not in names]
        if missing:
            raise DataError(f"the table lacks {quoted(missing)}, which the network was trained on; add what is missing.")
        X = frame.iloc[:, [names.index(name) for name in columns]] if columns else frame
    try:
        values: NDArray[Any] = X.to_numpy(dtype, na_value=np.nan) if isinstance(X, pd.DataFrame) else np.asarray(X, dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise DataError(f"the network takes numbers alone: {error}; code the categories as it was trained with.") from error
    inputs = spec.network.inputs
    if values.ndim != 2 or values.shape[1] != inputs:
        raise DataError(f"the network takes rows of {counted(inputs, 'number')}, found an array of shape {values.shape}.")
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise DataError(f"row {row + 1}, column {column + 1} is {values[row, column]}; the network takes finite numbers alone.")
    return values


def _is_label(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str | bool) or (isinstance(value, int) and -(2**63) <= value < 2**63)
