"""How a table becomes numbers, as learned: applied to a table, and as arrays and JSON, so that a saved model holds no code."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import DTypeLike, NDArray

from wellfit.errors import DataError, DataWarning, ModelFileError
from wellfit.plurals import counted
from wellfit.table.columns import TypedColumn, read_like
from wellfit.table.kinds import Reading
from wellfit.table.names import nearest, quoted
from wellfit.table.numerals import Decimals
from wellfit.table.preparation.by_target import Encoded
from wellfit.table.preparation.one_hot import Binary, Coded
from wellfit.table.preparation.scale import Scaled
from wellfit.table.read import read_table

__all__ = ["Feature", "Preparation", "Prepared"]

Feature = Scaled | Binary | Coded | Encoded
LEARNED = ("fill", "mean", "scale")
RANGE = ("low", "high")


class Prepared(NamedTuple):
    """A prepared table."""

    X: NDArray[np.floating]  # (rows, columns), C-contiguous, finite
    notes: list[str]  # unknown columns, new categories and gaps, values far outside the training range, ambiguous decimal signs


@dataclass(frozen=True)
class Preparation:
    """How a table becomes numbers, as learned on the training rows."""

    columns: tuple[Feature, ...]  # one for each used column, in the table's order
    left_out: tuple[str, ...] = ()  # columns that are useless, or left out on request
    notes: tuple[str, ...] = ()  # one sentence each

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

    def transform(self, table: Any, dtype: DTypeLike = np.float32, *, warn: int = 0) -> Prepared:
        """Prepare a table whose columns may be in any order; for the rows it was learned on, see `prepare_table`.

        Unknown columns are ignored and noted. A new category counts as the other category where training had one, as the average of all
        categories where they are encoded by the target, else as none. `warn` is the stack level of the `DataWarning` about values far
        outside the training range and ambiguous decimal signs; 0 does not warn.
        """
        frame = read_table(table)
        notes = self._compared(frame)
        remarks: list[str] = []
        decimals = Decimals(frame)
        # One column at a time: all of them together would be as large as the table.
        read = (read_like(frame[column.name], _reading_of(column), decimals, remarks) for column in self.columns)
        X, done = self.apply(read, len(frame), dtype, remarks)
        for remark in remarks if warn else ():
            warnings.warn(remark, DataWarning, stacklevel=warn + 1)
        return Prepared(X, notes + done + remarks)

    def apply(self, columns: Iterable[TypedColumn], rows: int, dtype: DTypeLike, remarks: list[str] | None = None) -> Prepared:
        """Prepare columns already read, in the order of `self.columns`; `remarks` receives a sentence for each with values far outside."""
        X = np.zeros((rows, self.width), dtype=dtype)
        notes: list[str] = []
        remarks = [] if remarks is None else remarks
        ranged = sum(isinstance(feature, Scaled) and feature.known > 0 for feature in self.columns)
        start = 0
        for feature, column in zip(self.columns, columns, strict=True):
            out = X[:, start : start + feature.width]
            notes += feature.write(column, out, remarks, ranged) if isinstance(feature, Scaled) else feature.write(column, out)
            start += feature.width
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
            lacks = f"column {missing[0]!r}" if len(missing) == 1 else f"{counted(len(missing), 'column')} ({quoted(missing)})"
            raise DataError(
                f"the table lacks {lacks} of the training table{hint}; add {'it' if len(missing) == 1 else 'them'}, "
                f"with empty cells for unknown values."
            )
        return [f"not in the training table, and ignored: {quoted(unknown)}."] if unknown else []

    def to_dict(self) -> dict[str, Any]:
        """Return all that is no array as a dictionary that `json.dumps` accepts."""
        return {"columns": [column.to_dict() for column in self.columns], "left_out": list(self.left_out), "notes": list(self.notes)}

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """Return the learned numbers."""
        scaled = [column for column in self.columns if isinstance(column, Scaled | Encoded)]
        arrays = {which: [number for column in scaled for number in getattr(column, which)] for which in LEARNED}
        encoded = [column for column in scaled if isinstance(column, Encoded)]
        if encoded:
            arrays["encoding"] = [number for column in encoded for number in column.encoding]
        ranged = [column for column in self.columns if isinstance(column, Scaled) and column.known]
        if ranged:
            arrays |= {which: [number for column in ranged for number in getattr(column, which)] for which in RANGE}
        return {which: np.array(numbers, dtype=np.float64) for which, numbers in arrays.items()}

    @classmethod
    def from_dict(cls, values: Any, arrays: Mapping[str, NDArray[np.float64]]) -> Preparation:
        """Make the preparation from what `to_dict` and `arrays` gave, checked; raise `ModelFileError` if it is invalid."""
        good = isinstance(values, Mapping) and set(values) == {"columns", "left_out", "notes"} and isinstance(values["columns"], list)
        if not good or not (_are_texts(values["left_out"]) and _are_texts(values["notes"])):
            raise ModelFileError("the preparation must have the lists columns, left_out and notes; the file is damaged.")
        sizes = [_size(column) for column in values["columns"]]
        totals = _Size(*(sum(size) for size in zip(*sizes, strict=True))) if sizes else _Size()
        expected = dict.fromkeys(LEARNED, totals.learned) | {"encoding": totals.encodings} | dict.fromkeys(RANGE, totals.ranges)
        own = {which: _numbers(arrays, which, count) for which, count in expected.items()}
        columns: list[Feature] = []
        taken = dict.fromkeys(expected, 0)
        for number, (column, size) in enumerate(zip(values["columns"], sizes, strict=True), start=1):
            parts = {}
            for which in expected:
                start = taken[which]
                taken[which] += size.encodings if which == "encoding" else size.ranges if which in RANGE else size.learned
                parts[which] = own[which][start : taken[which]]
            feature = _feature(column, parts)
            if feature is None:
                raise ModelFileError(f"the preparation's column {number} holds values that training never writes; the file is damaged.")
            columns.append(feature)
        if len({column.name for column in columns}) < max(len(columns), 1):
            raise ModelFileError("the preparation must have at least one column, and each name once; the file is damaged.")
        return cls(tuple(columns), tuple(values["left_out"]), tuple(values["notes"]))


def _reading_of(feature: Feature) -> Reading:
    """Return how the column of a feature was read."""
    return Reading(feature.kind, feature.form) if isinstance(feature, Scaled) else Reading("category")


# === Checks of what a file holds ===


def _are_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


class _Size(NamedTuple):
    """How many learned numbers of each sort, encodings, and ends of ranges of each sort a column in a file lays claim to."""

    learned: int = 0
    encodings: int = 0
    ranges: int = 0


def _size(column: Any) -> _Size:
    if not isinstance(column, Mapping):
        return _Size()
    if isinstance(column.get("parts"), list):
        parts, known = len(column["parts"]), column.get("known", 0)
        if type(known) is not int or not 0 <= known < 2**53:
            raise ModelFileError(f"the preparation's columns must know from 0 to 2^53 rows, found {known!r}; the file is damaged.")
        return _Size(parts, 0, parts if known else 0)
    outputs, levels = column.get("outputs"), column.get("levels")
    if type(outputs) is int and outputs > 0 and isinstance(levels, list):
        columns = outputs + (column.get("frequency") is True)
        return _Size(columns, columns * (len(levels) + (column.get("gaps") is True)))
    return _Size()


def _numbers(arrays: Mapping[str, NDArray[np.float64]], which: str, count: int) -> NDArray[np.float64]:
    """Return the numbers of one sort that a file holds; those that no column claims may be missing."""
    numbers = arrays.get(which) if count or which in LEARNED else np.empty(0)
    if numbers is None or numbers.shape != (count,) or numbers.dtype != np.float64:
        raise ModelFileError(f"the preparation's {which} must be {counted(count, 'float64 number')}; the file is damaged.")
    wrong = ~np.isfinite(numbers) if which != "scale" else ~(np.isfinite(numbers) & (numbers > 0))
    if wrong.any():
        what = "finite and above 0" if which == "scale" else "finite"
        raise ModelFileError(f"the preparation's {which} must be {what}, found {numbers[wrong][0]:g}; the file is damaged.")
    return numbers


def _feature(column: Any, arrays: Mapping[str, NDArray[np.float64]]) -> Feature | None:
    """Return a column of a file; None if it is none that training writes."""
    if not isinstance(column, Mapping):
        return None
    if "parts" in column:
        return Scaled.from_dict(column, arrays)
    if "outputs" in column:
        return Encoded.from_dict(column, arrays)
    return Coded.from_dict(column) or Binary.from_dict(column)
