"""How a table becomes numbers, as learned: applied to a table, and as arrays and JSON, so that a saved model holds no code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import DTypeLike, NDArray

from wellfit.data.coded import Binary, Coded
from wellfit.data.encoded import Encoded
from wellfit.data.names import nearest, quoted
from wellfit.data.scaled import Scaled
from wellfit.data.table import read_table
from wellfit.errors import DataError, ModelFileError

__all__ = ["Feature", "Preparation", "Prepared"]

Feature = Scaled | Binary | Coded | Encoded
LEARNED = ("fill", "mean", "scale")


class Prepared(NamedTuple):
    """A prepared table.

    Attributes
    ----------
    X : array of shape (rows, columns)
        C-contiguous, finite.
    notes : list of str
        What was done that the training rows gave no reason for: unknown columns, new categories, new gaps.
    """

    X: NDArray[np.floating]
    notes: list[str]


@dataclass(frozen=True)
class Preparation:
    """How a table becomes numbers, as learned from the training rows.

    Parameters
    ----------
    columns : tuple of Scaled, Binary, Coded or Encoded
        One for each column of the table that is used, in its order.
    left_out : tuple of str
        Columns of the training table that are not used: of no use, or left out on request.
    notes : tuple of str
        What was found and done when it was learned, one sentence each.
    """

    columns: tuple[Feature, ...]
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Names of the prepared columns, such as ``age``, ``day: month``, ``colour = red`` and ``colour is missing``."""
        return [name for column in self.columns for name in column.names]

    @property
    def width(self) -> int:
        """Number of the prepared columns.

        Counted without their names: a file may repeat one long name for so many levels that no memory holds them.
        """
        return sum(column.width for column in self.columns)

    def transform(self, table: Any, dtype: DTypeLike = np.float32) -> Prepared:
        """Prepare a table by what was learned. For the rows it was learned on, see `prepare_table`.

        An unknown column is passed over, and that is said. New categories count as the other category where training met
        more than it kept, as the average of all where categories are encoded by the target, else as none.

        Parameters
        ----------
        table : pandas.DataFrame, or anything that `read_table` takes
            With the columns of the training table, in any order.
        dtype : dtype
            float32 or float64.

        Returns
        -------
        Prepared
            The array and the notes; it unpacks as ``X, notes``.

        Raises
        ------
        DataError
            If a column is missing, or a cell cannot be used (its column and row are told).
        """
        frame = read_table(table)
        notes = self._compared(frame)
        X = np.zeros((len(frame), self.width), dtype=dtype)
        start = 0
        for column in self.columns:
            stop = start + column.width
            notes += column.write(frame[column.name], X[:, start:stop])
            start = stop
        return Prepared(X, notes)

    def _compared(self, frame: pd.DataFrame) -> list[str]:
        """Refuse a table without one of the columns, and return a note on those that are unknown."""
        used = {column.name for column in self.columns}
        missing = [column.name for column in self.columns if column.name not in frame.columns]
        known = used.union(self.left_out)
        unknown = [name for name in frame.columns if name not in known]
        if missing:
            near = nearest(missing[0], unknown, 1)
            hint = f" (is {missing[0]!r} what it calls {near[0]!r}?)" if near else ""
            lacks = f"column {missing[0]!r}" if len(missing) == 1 else f"{len(missing)} columns ({quoted(missing)})"
            raise DataError(
                f"the table lacks {lacks} of the training table{hint}; add {'it' if len(missing) == 1 else 'them'}, "
                f"with empty cells where the values are not known."
            )
        return [f"not in the training table, and passed over: {quoted(unknown)}."] if unknown else []

    def to_dict(self) -> dict[str, Any]:
        """Return all that is no array as a dictionary that `json.dumps` accepts.

        Returns
        -------
        dict
        """
        return {"columns": [column.to_dict() for column in self.columns], "left_out": list(self.left_out), "notes": list(self.notes)}

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """Return the learned numbers.

        Returns
        -------
        dict of str to float64 array
            ``fill``, ``mean`` and ``scale``, each with one number for each part of each scaled column and each prepared column
            of each encoded one, in order; and ``encoding`` where columns are encoded, with one for each of these and category.
        """
        scaled = [column for column in self.columns if isinstance(column, Scaled | Encoded)]
        arrays = {which: [number for column in scaled for number in getattr(column, which)] for which in LEARNED}
        encoded = [column for column in scaled if isinstance(column, Encoded)]
        if encoded:
            arrays["encoding"] = [number for column in encoded for number in column.encoding]
        return {which: np.array(numbers, dtype=np.float64) for which, numbers in arrays.items()}

    @classmethod
    def from_dict(cls, values: Any, arrays: Mapping[str, NDArray[np.float64]]) -> Preparation:
        """Make the preparation from what `to_dict` and `arrays` gave, trusting nothing in it.

        Parameters
        ----------
        values : mapping
            As from `to_dict`.
        arrays : mapping of str to float64 array
            As from `arrays`.

        Returns
        -------
        Preparation

        Raises
        ------
        ModelFileError
            If something is missing, or of another kind than training writes.
        """
        good = isinstance(values, Mapping) and set(values) == {"columns", "left_out", "notes"} and isinstance(values["columns"], list)
        if not good or not (_are_texts(values["left_out"]) and _are_texts(values["notes"])):
            raise ModelFileError("the preparation must have the lists columns, left_out and notes; the file is damaged.")
        sizes = [_size(column) for column in values["columns"]]
        count, encodings = sum(size for size, _ in sizes), sum(encodings for _, encodings in sizes)
        for which in (*LEARNED, "encoding") if encodings else LEARNED:
            expected = encodings if which == "encoding" else count
            numbers = arrays.get(which)
            if numbers is None or numbers.shape != (expected,) or numbers.dtype != np.float64 or not np.isfinite(numbers).all():
                raise ModelFileError(f"the preparation's {which} must be {expected} finite float64 numbers; the file is damaged.")
        if (arrays["scale"] <= 0).any():
            raise ModelFileError("the preparation's scale must be positive; the file is damaged.")
        columns: list[Feature] = []
        start = first = 0
        for number, (column, (size, encodings)) in enumerate(zip(values["columns"], sizes, strict=True), start=1):
            own = {which: arrays[which][start : start + size] for which in LEARNED}
            own["encoding"] = arrays["encoding"][first : first + encodings] if encodings else np.empty(0)
            feature = _feature(column, own)
            if feature is None:
                raise ModelFileError(f"the preparation's column {number} holds values that no training writes; the file is damaged.")
            columns.append(feature)
            start, first = start + size, first + encodings
        if len({column.name for column in columns}) < max(len(columns), 1):
            raise ModelFileError("the preparation must have at least one column, and each name once; the file is damaged.")
        return cls(tuple(columns), tuple(values["left_out"]), tuple(values["notes"]))


# === Checks of what a file holds ===


def _are_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _size(column: Any) -> tuple[int, int]:
    """Return how many learned numbers of each sort, and how many encodings, a column in a file lays claim to."""
    if not isinstance(column, Mapping):
        return 0, 0
    if isinstance(column.get("parts"), list):
        return len(column["parts"]), 0
    outputs, levels = column.get("outputs"), column.get("levels")
    if type(outputs) is int and outputs > 0 and isinstance(levels, list):
        columns = outputs + (column.get("frequency") is True)
        return columns, columns * (len(levels) + (column.get("gaps") is True))
    return 0, 0


def _feature(column: Any, arrays: Mapping[str, NDArray[np.float64]]) -> Feature | None:
    """Return a column of a file; None if it is none that training writes."""
    if not isinstance(column, Mapping):
        return None
    if "parts" in column:
        return Scaled.from_dict(column, arrays)
    if "outputs" in column:
        return Encoded.from_dict(column, arrays)
    return Coded.from_dict(column) or Binary.from_dict(column)
