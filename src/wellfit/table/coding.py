"""How a target stands for numbers that a network can be trained on, and back: what a saved model keeps of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, DTypeLike, NDArray

from wellfit.errors import DataError, ModelFileError
from wellfit.table.cells import as_texts
from wellfit.table.columns import as_numbers
from wellfit.table.names import quoted

__all__ = ["LEAST_SPREAD", "MOST_SPREAD", "Label", "TargetCoding", "check_spread"]

Label = str | bool | int | float

# Standard deviations of a target that float64 can divide by and multiply with, far from where it overflows.
LEAST_SPREAD, MOST_SPREAD = 1e-300, 1e300


@dataclass(frozen=True)
class TargetCoding:
    """How a target's values stand for numbers: classes by their place, values by (value - mean) / scale.

    Parameters
    ----------
    name : str
        The column.
    task : str
        ``classification`` or ``regression``.
    classes : tuple of str, bool, int or float
        The labels in order, all of one type; empty for a regression.
    mean, scale : float
        Of the training rows; 0 and 1 for a classification.
    """

    name: str
    task: str
    classes: tuple[Label, ...] = ()
    mean: float = 0.0
    scale: float = 1.0

    @property
    def outputs(self) -> int:
        """Units of the network's last layer: one for two classes and for a regression, else one a class."""
        return len(self.classes) if len(self.classes) > 2 else 1

    def encode(self, target: pd.Series[Any], dtype: DTypeLike = np.float32) -> NDArray[np.floating]:
        """Return a target as the one column that an engine trains on.

        Parameters
        ----------
        target : pandas.Series of n rows
            Labels or values.
        dtype : dtype
            float32 or float64.

        Returns
        -------
        array of shape (n, 1)
            Places of the classes, or scaled values; nan where the target has a gap.

        Raises
        ------
        DataError
            If a label is none of the classes, or a value is no finite number; the first such row is told.
        """
        if self.task == "regression":
            return ((as_numbers(target) - self.mean) / self.scale).astype(dtype)[:, np.newaxis]
        found = self._labels_in(target)
        places = self._places(found)
        unknown = np.isnan(places) & ~pd.isna(found)
        if unknown.any():
            row = int(unknown.argmax())
            raise DataError(
                f"target {self.name!r} holds {found[row]!s} in row {row + 1}, which is none of the classes of the training table: "
                f"{quoted(self.classes)}."
            )
        return places.astype(dtype)[:, np.newaxis]

    def _labels_in(self, target: pd.Series[Any]) -> NDArray[Any]:
        """Return the labels of a target in the type of the classes; gaps stay gaps."""
        if isinstance(self.classes[0], str):
            codes, texts = as_texts(target)
            labels: NDArray[Any] = np.array([*texts, None], dtype=object)[codes]
            return labels
        return as_numbers(target, "boolean" if isinstance(self.classes[0], bool) else "number")

    def _places(self, labels: NDArray[Any]) -> NDArray[np.float64]:
        """Return the places of labels among the classes; nan for gaps and for labels that are none of them."""
        places = np.full(len(labels), np.nan)
        for place, label in enumerate(self.classes):
            places[labels == label] = place
        return places

    def score(self, target: pd.Series[Any], predicted: NDArray[Any], sample_weight: Any = None) -> float:
        """Return the accuracy of predicted labels, or R^2 of predicted numbers, as scikit-learn does.

        Parameters
        ----------
        target : pandas.Series of n rows
            The truth, without gaps. Labels that are none of the classes count as wrong predictions.
        predicted : array of shape (n,)
            As `decode` gives it.
        sample_weight : array-like of shape (n,), optional
            Weight of each row.

        Returns
        -------
        float

        Raises
        ------
        DataError
            If the numbers of rows differ, or the target has a gap.
        """
        # Slow to import, and not needed to train or to predict.
        from sklearn.metrics import accuracy_score, r2_score

        if len(target) != len(predicted):
            raise DataError(f"X and y must have equally many rows, found {len(predicted)} and {len(target)}.")
        gaps = target.isna().to_numpy()
        if gaps.any():
            raise DataError(f"y has a gap in row {int(gaps.argmax()) + 1}; leave out the rows without a target.")
        if self.task == "regression":
            return float(r2_score(as_numbers(target), predicted, sample_weight=sample_weight))
        truth, found = (self._places(self._labels_in(column)) for column in (target, pd.Series(predicted)))
        return float(accuracy_score(np.nan_to_num(truth, nan=-1.0), found, sample_weight=sample_weight))

    def decode(self, outputs: ArrayLike) -> NDArray[Any]:
        """Return what a network's outputs predict, in the target's own labels or units.

        Parameters
        ----------
        outputs : array of shape (n, outputs)
            Probabilities (one column for two classes), or scaled values.

        Returns
        -------
        array of shape (n,)
            Labels, or float64 values.

        Raises
        ------
        DataError
            If the number of columns is not `outputs`.
        """
        values = self._checked(outputs)
        if self.task == "regression":
            units: NDArray[np.float64] = values[:, 0] * self.scale + self.mean
            return units
        places = (values[:, 0] > 0.5).astype(np.int64) if self.outputs == 1 else values.argmax(axis=1)
        labels: NDArray[Any] = self.labels[places]
        return labels

    def probabilities(self, outputs: ArrayLike) -> NDArray[np.float64]:
        """Return one probability a class.

        Parameters
        ----------
        outputs : array of shape (n, outputs)
            A network's outputs.

        Returns
        -------
        float64 array of shape (n, classes)

        Raises
        ------
        DataError
            If the task is a regression, or the number of columns is not `outputs`.
        """
        if self.task == "regression":
            raise DataError(f"target {self.name!r} is predicted as a number, which has no classes and no probabilities.")
        values = self._checked(outputs)
        return np.hstack([1.0 - values, values]) if self.outputs == 1 else values

    @property
    def labels(self) -> NDArray[Any]:
        """The classes as an array: text, truth values, whole numbers or numbers."""
        if self.classes and isinstance(self.classes[0], str):
            return np.array(self.classes, dtype=object)
        return np.array(self.classes)

    def _checked(self, outputs: ArrayLike) -> NDArray[np.float64]:
        values = np.asarray(outputs, dtype=np.float64)
        if values.ndim != 2 or values.shape[1] != self.outputs:
            raise DataError(f"outputs must have the shape (rows, {self.outputs}), found {values.shape}.")
        return values

    def to_dict(self) -> dict[str, Any]:
        """Return the coding as a dictionary that `json.dumps` accepts.

        Returns
        -------
        dict
        """
        return {"name": self.name, "task": self.task, "classes": list(self.classes), "mean": self.mean, "scale": self.scale}

    @classmethod
    def from_dict(cls, values: Any) -> TargetCoding:
        """Make the coding from a dictionary such as `to_dict` gives, trusting nothing in it.

        Parameters
        ----------
        values : mapping
            Names to values.

        Returns
        -------
        TargetCoding

        Raises
        ------
        ModelFileError
            If a value is missing, or of another kind than `to_dict` writes.
        """
        if not isinstance(values, Mapping) or set(values) != {"name", "task", "classes", "mean", "scale"}:
            raise ModelFileError("the target's coding must have the fields name, task, classes, mean and scale; the file is damaged.")
        name, task, classes = values["name"], values["task"], values["classes"]
        mean, scale = values["mean"], values["scale"]
        good = (
            isinstance(name, str)
            and task in ("classification", "regression")
            and isinstance(classes, list)
            and len({type(label) for label in classes}) <= 1
            and all(_is_label(label) for label in classes)
            and len(set(classes)) == len(classes)
            and len(classes) != 1
            and bool(classes) == (task == "classification")
        )
        if not good:
            raise ModelFileError("the target's coding holds values that no training writes; the file is damaged.")
        if not isinstance(mean, float) or not math.isfinite(mean):
            raise ModelFileError(f"the target's mean must be a finite number, found {mean!r}; the file is damaged.")
        if not isinstance(scale, float) or not LEAST_SPREAD <= scale <= MOST_SPREAD:
            raise ModelFileError(
                f"the target's scale must be a number from {LEAST_SPREAD:g} to {MOST_SPREAD:g}, found {scale!r}; the file is damaged."
            )
        return cls(name, task, tuple(classes), mean, scale)


def check_spread(name: str, scale: float) -> None:
    """Raise unless the values of a target can be divided by their standard deviation, and a model with it can be saved.

    Parameters
    ----------
    name : str
        The target.
    scale : float
        Its standard deviation over the training rows.

    Raises
    ------
    DataError
        If it is too large or too small.
    """
    if not LEAST_SPREAD <= scale <= MOST_SPREAD:
        raise DataError(
            f"target {name!r} has a standard deviation of {scale:.3g} in the training rows; give it in other units, between "
            f"{LEAST_SPREAD:g} and {MOST_SPREAD:g}."
        )


def _is_label(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str | bool) or (isinstance(value, int) and abs(value) < 2**53)
