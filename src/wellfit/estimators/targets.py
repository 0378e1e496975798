"""Classes and numbers as an engine takes them, and an engine's outputs as users know them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels

from wellfit.engines.types import Array
from wellfit.errors import DataError
from wellfit.plurals import counted

__all__ = ["Classes", "Numbers", "Targets"]


class Targets(Protocol):
    """How the targets of one estimator are coded."""

    @property
    def loss(self) -> str:
        """The spec's name of the loss."""
        ...

    @property
    def outputs(self) -> int:
        """Units of the last layer."""
        ...

    def encode(self, y: Any, dtype: str) -> Array:
        """Return targets of shape (rows, columns), as `TrainingData` takes them."""
        ...

    def decode(self, outputs: Array) -> NDArray[Any]:
        """Return predictions, of outputs (rows, outputs), in the terms of y."""
        ...


@dataclass(frozen=True)
class Classes:
    """Class labels, or labels that each may hold or not."""

    classes: NDArray[Any]  # (classes,): sorted; of a multi-label problem the columns' numbers
    multilabel: bool = False  # whether a row may have several
    sparse: bool = False  # whether multi-label predictions come as a sparse matrix, because the targets did

    @classmethod
    def of(cls, y: Any) -> Classes:
        """Learn the classes of a target."""
        check_classification_targets(y)
        kind = type_of_target(y)
        if kind == "multiclass-multioutput":
            raise DataError("y must hold one class a row, or 0 and 1 for each of several labels, found several classes a row.")
        if kind == "multilabel-indicator":
            return cls(np.arange(y.shape[1]), multilabel=True, sparse=issparse(y))
        return cls(unique_labels(y))

    @property
    def loss(self) -> str:
        """Cross-entropy over more than two classes, else a binary one for each output."""
        return "cross_entropy" if self.outputs > 1 and not self.multilabel else "binary_cross_entropy"

    @property
    def outputs(self) -> int:
        """One output for two classes (or for one), else one each."""
        return len(self.classes) if self.multilabel or len(self.classes) > 2 else 1

    def encode(self, y: Any, dtype: str) -> Array:
        """Return class codes of shape (rows, 1), or labels of shape (rows, labels)."""
        if self.multilabel:
            labels = y.toarray() if issparse(y) else np.asarray(y)
            if labels.ndim != 2 or labels.shape[1] != len(self.classes):
                raise DataError(f"y must have {counted(len(self.classes), 'column')} of 0 and 1, found shape {labels.shape}.")
            return np.asarray(labels != 0, dtype=dtype)
        new = np.setdiff1d(unique_labels(y), self.classes)
        if len(new):
            raise DataError(f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes}. 'y' has {unique_labels(y)}.")
        return np.asarray(np.searchsorted(self.classes, y), dtype=dtype).reshape(-1, 1)

    def decode(self, outputs: Array) -> NDArray[Any]:
        """Return the most probable class of each row, or the labels that are more likely than not."""
        if self.multilabel:
            labels: Any = (outputs > 0.5).astype(int)
            return cast(NDArray[Any], csr_matrix(labels) if self.sparse else labels)
        if len(self.classes) == 1:
            return np.repeat(self.classes, len(outputs))
        codes = outputs.argmax(axis=1) if self.outputs > 1 else (outputs[:, 0] > 0.5).astype(int)
        return cast(NDArray[Any], self.classes[codes])


@dataclass(frozen=True)
class Numbers:
    """Numbers to predict, one or several a row."""

    outputs: int  # how many a row
    loss: str  # the spec's name of the loss

    def encode(self, y: Any, dtype: str) -> Array:
        """Return the targets with one column for each."""
        numbers = np.asarray(y, dtype=dtype).reshape(len(y), -1)
        if numbers.shape[1] != self.outputs:
            raise DataError(f"y must have {counted(self.outputs, 'column')}, as when the network was made, found {numbers.shape[1]}.")
        return numbers

    def decode(self, outputs: Array) -> NDArray[Any]:
        """Return the predictions, flat where there is one a row."""
        return outputs.ravel() if self.outputs == 1 else outputs
