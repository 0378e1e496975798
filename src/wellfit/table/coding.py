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
    """How a target's values become numbers: classes by their position, values as (value - mean) / scale."""

    name: str
    task: str  # "classification" or "regression"
    classes: tuple[Label, ...] = ()  # sorted labels, all of one type; empty for a regression
    mean: float = 0.0  # of the training rows; 0 for a classification
    scale: float = 1.0  # standard deviation over the training rows; 1 for a classification

    @property
    def outputs(self) -> int:
        """Units of the network's last layer: one for two classes and for a regression, else one a class."""
        return len(self.classes) if len(self.classes) > 2 else 1

    def encode(self, target: pd.Series[Any], dtype: DTypeLike = np.float32) -> NDArray[np.floating]:
        """Return a target as an engine's column (n, 1), nan for gaps; raise `DataError` at the first unknown label or infinite value."""
        if self.task == "regression":
            return ((as_numbers(target) - self.mean) / self.scale).astype(dtype)[:, np.newaxis]
        found = self._labels_in(target)
        places = self._places(found)
        unknown = np.isnan(places) & ~pd.isna(found)
        if unknown.any():
            row = int(unknown.argmax())
            raise DataError(
                f"target {self.name!r} holds {found[row]!s} in row {row + 1}, which is not one of the classes of the training table: "
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
        """Return the accuracy of predicted labels, or R^2 of predicted numbers, as scikit-learn does; an unknown label counts as wrong."""
        # Slow to import, and not needed to train or to predict.
        from sklearn.metrics import accuracy_score, r2_score

        if len(target) != len(predicted):
            raise DataError(f"X and y must have the same number of rows, found {len(predicted)} and {len(target)}.")
        gaps = target.isna().to_numpy()
        if gaps.any():
            raise DataError(f"y has a missing value in row {int(gaps.argmax()) + 1}; drop rows without a target.")
        if self.task == "regression":
            return float(r2_score(as_numbers(target), predicted, sample_weight=sample_weight))
        truth, found = (self._places(self._labels_in(column)) for column in (target, pd.Series(predicted)))
        return float(accuracy_score(np.nan_to_num(truth, nan=-1.0), found, sample_weight=sample_weight))

    def decode(self, outputs: ArrayLike) -> NDArray[Any]:
        """Return the labels, or float64 values in the target's units, of outputs of shape (n, outputs): probabilities or scaled values."""
        values = self._checked(outputs)
        if self.task == "regression":
            units: NDArray[np.float64] = values[:, 0] * self.scale + self.mean
            return units
        places = (values[:, 0] > 0.5).astype(np.int64) if self.outputs == 1 else values.argmax(axis=1)
        labels: NDArray[Any] = self.labels[places]
        return labels

    def probabilities(self, outputs: ArrayLike) -> NDArray[np.float64]:
        """Return the probabilities of all classes, of shape (n, classes), from outputs of shape (n, outputs)."""
        if self.task == "regression":
            raise DataError(f"target {self.name!r} is a number; a regression has no probabilities.")
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
        """Return the coding as a dictionary that `json.dumps` accepts."""
        return {"name": self.name, "task": self.task, "classes": list(self.classes), "mean": self.mean, "scale": self.scale}

    @classmethod
    def from_dict(cls, values: Any) -> TargetCoding:
        """Make the coding from the values of `to_dict`, which are checked; raise `ModelFileError` if they are invalid."""
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
            raise ModelFileError("the target's coding holds values that training never writes; the file is damaged.")
        if not isinstance(mean, float) or not math.isfinite(mean):
            raise ModelFileError(f"the target's mean must be a finite number, found {mean!r}; the file is damaged.")
        if not isinstance(scale, float) or not LEAST_SPREAD <= scale <= MOST_SPREAD:
            raise ModelFileError(
                f"the target's scale must be a number from {LEAST_SPREAD:g} to {MOST_SPREAD:g}, found {scale!r}; the file is damaged."
            )
        return cls(name, task, tuple(classes), mean, scale)


def check_spread(name: str, scale: float) -> None:
    """Raise `DataError` if a target's standard deviation is too large or too small to divide by, or to save a model with."""
    if not LEAST_SPREAD <= scale <= MOST_SPREAD:
        raise DataError(
            f"target {name!r} has a standard deviation of {scale:.3g} in the training rows; give it in other units, between "
            f"{LEAST_SPREAD:g} and {MOST_SPREAD:g}."
        )


def _is_label(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str | bool) or (isinstance(value, int) and abs(value) < 2**53)
