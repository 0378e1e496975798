"""Prepare a table: fill its gaps, code its categories, scale its numbers; all learned on the training rows alone.

What is learned is arrays and JSON (`Preparation.to_dict`, `Preparation.arrays`), so a saved model holds no code.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import DTypeLike, NDArray

from wellfit.data.columns import kind_of
from wellfit.data.features import DATE_PARTS, Coded, Scaled, fit_coded, fit_scaled
from wellfit.data.table import nearest, quoted, read_table
from wellfit.errors import DataError, DataWarning, ModelFileError

__all__ = ["Preparation", "Prepared", "fit_preparation"]

MOST_LEVELS = 100  # of one column
MOST_CODED = 2_000  # 0-1 columns in all
MOST_CELLS = 250_000_000  # 0-1 cells of the training rows in all: 1 GB in float32

LEFT_OUT = {
    "empty": "no value in the training rows",
    "constant": "the same value in all training rows",
    "unique": "a different text in every training row",
}


class Prepared(NamedTuple):
    """A prepared table.

    Attributes
    ----------
    X : array of shape (rows, columns)
        C-contiguous, finite.
    notes : list of str
        What was done that the training rows gave no reason for: missing and unknown columns, new categories, new gaps.
    """

    X: NDArray[np.floating]
    notes: list[str]


@dataclass(frozen=True)
class Preparation:
    """How a table becomes numbers, as learned from the training rows.

    Parameters
    ----------
    columns : tuple of Scaled or Coded
        One for each column of the table that is used, in its order.
    left_out : tuple of str
        Columns of the training table that are not used: of no use, or left out on request.
    notes : tuple of str
        What was found and done when it was learned, one sentence each.
    """

    columns: tuple[Scaled | Coded, ...]
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Names of the prepared columns, such as ``age``, ``day: month``, ``colour = red`` and ``colour is missing``."""
        return [name for column in self.columns for name in column.names]

    def transform(self, table: Any, dtype: DTypeLike = np.float32) -> Prepared:
        """Prepare a table by what was learned.

        A missing column counts as gaps, an unknown one is passed over, and both are said. New categories count as the
        other category where training met more than it kept, else as none.

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
            If more than half of the columns are missing, or a cell cannot be used (its column and row are told).
        """
        frame = read_table(table)
        notes = self._compared(frame)
        X = np.empty((len(frame), len(self.names)), dtype=dtype)
        start = 0
        for column in self.columns:
            stop = start + len(column.names)
            notes += column.write(frame[column.name] if column.name in frame.columns else None, X[:, start:stop])
            start = stop
        return Prepared(X, notes)

    def _compared(self, frame: pd.DataFrame) -> list[str]:
        """Return notes on columns that are missing or unknown."""
        used = [column.name for column in self.columns]
        missing = [name for name in used if name not in frame.columns]
        unknown = [name for name in frame.columns if name not in used and name not in self.left_out]
        if 2 * len(missing) > len(used):
            raise DataError(
                f"the table lacks {len(missing)} of the {len(used)} columns of the training table ({quoted(missing)}); "
                f"it has {quoted(frame.columns)}: give a table with the same columns."
            )
        notes = []
        for name in missing:
            near = nearest(name, unknown, 1)
            hint = f" (is it {near[0]!r}?)" if near else ""
            notes.append(f"column {name!r} is missing{hint}: counted as gaps in every row; add it for better predictions.")
        if unknown:
            notes.append(f"not in the training table, and passed over: {quoted(unknown)}.")
        return notes

    def to_dict(self) -> dict[str, Any]:
        """Return all that is no array as a dictionary that `json.dumps` accepts.

        Returns
        -------
        dict
        """
        columns: list[dict[str, Any]] = []
        for column in self.columns:
            if isinstance(column, Scaled):
                columns.append({"name": column.name, "kind": column.kind, "parts": list(column.parts), "gaps": column.gaps})
            else:
                levels = list(column.levels)
                columns.append({"name": column.name, "kind": "category", "levels": levels, "other": column.other, "gaps": column.gaps})
        return {"columns": columns, "left_out": list(self.left_out), "notes": list(self.notes)}

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """Return the learned numbers.

        Returns
        -------
        dict of str to float64 array
            ``fill``, ``mean`` and ``scale``, each with one number for each part of each scaled column, in order.
        """
        scaled = [column for column in self.columns if isinstance(column, Scaled)]
        return {
            name: np.array([number for column in scaled for number in getattr(column, name)], dtype=np.float64)
            for name in ("fill", "mean", "scale")
        }

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
        count = sum(len(column["parts"]) for column in values["columns"] if _is_scaled(column))
        for name in ("fill", "mean", "scale"):
            numbers = arrays.get(name)
            if numbers is None or numbers.shape != (count,) or numbers.dtype != np.float64 or not np.isfinite(numbers).all():
                raise ModelFileError(f"the preparation's {name} must be {count} finite float64 numbers; the file is damaged.")
        if (arrays["scale"] <= 0).any():
            raise ModelFileError("the preparation's scale must be positive; the file is damaged.")
        columns: list[Scaled | Coded] = []
        start = 0
        for number, column in enumerate(values["columns"], start=1):
            if _is_scaled(column):
                stop = start + len(column["parts"])
                fill, mean, scale = (tuple(arrays[name][start:stop].tolist()) for name in ("fill", "mean", "scale"))
                columns.append(Scaled(column["name"], column["kind"], tuple(column["parts"]), fill, mean, scale, column["gaps"]))
                start = stop
            elif _is_coded(column):
                columns.append(Coded(column["name"], tuple(column["levels"]), column["other"], column["gaps"]))
            else:
                raise ModelFileError(f"the preparation's column {number} holds values that no training writes; the file is damaged.")
        if len({column.name for column in columns}) < max(len(columns), 1):
            raise ModelFileError("the preparation must have at least one column, and each name once; the file is damaged.")
        return cls(tuple(columns), tuple(values["left_out"]), tuple(values["notes"]))


def fit_preparation(table: Any, rows: NDArray[np.int64] | None = None, *, leave_out: Collection[str] = ()) -> Preparation:
    """Learn how a table becomes numbers, from some of its rows alone.

    Numbers, truth values and dates (as days, month, weekday and hour) are scaled to mean 0 and standard deviation 1, their
    gaps filled with the median and marked in a column of 0 and 1. Categories get a column of 0 and 1 for each level: at most
    100 a column and 2,000 in all, or fewer where they would take over 1 GB; the rarer levels share one.

    Parameters
    ----------
    table : pandas.DataFrame, or anything that `read_table` takes
        The whole table.
    rows : int64 array, optional
        Training rows. Default: all.
    leave_out : collection of str
        Columns that are no inputs: the target, and what groups the rows.

    Returns
    -------
    Preparation

    Raises
    ------
    DataError
        If a cell cannot be used (its column and row are told), or no column is of any use.

    Warns
    -----
    DataWarning
        If columns are left out because they are empty, constant or another text in each row.

    Examples
    --------
    >>> table = pd.DataFrame({"age": [30.0, 50.0, None], "colour": ["red", "blue", "red"], "sick": [0, 1, 1]})
    >>> fit_preparation(table, leave_out=["sick"]).names
    ['age', 'age is missing', 'colour = blue', 'colour = red']
    """
    frame = read_table(table)
    unknown = [name for name in leave_out if name not in frame.columns]
    if unknown:
        raise DataError(f"columns to leave out are not in the table: {quoted(unknown)}.")
    names = [name for name in frame.columns if name not in leave_out]
    if rows is not None and len(rows) == 0:
        raise DataError("no training rows are given; at least one is needed to learn from.")
    training = {name: frame[name] if rows is None else frame[name].iloc[rows] for name in names}
    kinds = {name: kind_of(column) for name, column in training.items()}
    texts = [training[name] for name in names if kinds[name] == "category"]
    most_levels = _most_levels([int(column.nunique()) for column in texts], len(frame) if rows is None else len(rows))

    columns: list[Scaled | Coded] = []
    notes: list[str] = []
    useless: dict[str, list[str]] = {reason: [] for reason in LEFT_OUT}
    feature: Scaled | Coded | str
    for name, column in training.items():
        if kinds[name] == "category":
            feature, seen = fit_coded(column, most_levels)
            if isinstance(feature, Coded) and feature.other:
                notes.append(
                    f"column {name!r} has {seen} categories: the commonest {len(feature.levels)} are kept, the others counted as one."
                )
        else:
            feature = fit_scaled(column, kinds[name])
        if isinstance(feature, str):
            useless[feature].append(name)
        else:
            columns.append(feature)
    for filled, done in ((Scaled, "filled with the median and marked"), (Coded, "made a category of their own")):
        with_gaps = [column.name for column in columns if isinstance(column, filled) and column.gaps]
        if with_gaps:
            notes.append(f"gaps in the training rows of {quoted(with_gaps)}: {done}.")
    for reason, named in useless.items():
        if named:
            notes.append(f"left out, with {LEFT_OUT[reason]}: {quoted(named)}.")
            warnings.warn(notes[-1], DataWarning, stacklevel=2)
    if not columns:
        raise DataError("no column can be used to predict from: each is empty, the same in all training rows, or another text in each.")
    used = {column.name for column in columns}
    return Preparation(tuple(columns), tuple(name for name in frame.columns if name not in used), tuple(notes))


def _most_levels(levels: list[int], rows: int) -> int:
    """Return the most levels a column may keep so that all 0-1 columns together stay within bounds."""
    room = min(MOST_CODED, MOST_CELLS // max(rows, 1))
    most = MOST_LEVELS
    while most > 1 and sum(min(count, most) + 1 for count in levels) > room:
        most -= 1
    return most


# === Checks of what a file holds ===


def _are_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _is_scaled(column: Any) -> bool:
    if not (isinstance(column, dict) and set(column) == {"name", "kind", "parts", "gaps"} and _are_texts(column["parts"])):
        return False
    parts, valid = column["parts"], DATE_PARTS if column["kind"] == "date" else ("value",)
    named = isinstance(column["name"], str) and column["kind"] in ("number", "boolean", "date") and isinstance(column["gaps"], bool)
    return named and len(set(parts)) == len(parts) and set(parts) <= set(valid) and (bool(parts) or column["gaps"])


def _is_coded(column: Any) -> bool:
    if not (isinstance(column, dict) and set(column) == {"name", "kind", "levels", "other", "gaps"} and _are_texts(column["levels"])):
        return False
    flags = isinstance(column["other"], bool) and isinstance(column["gaps"], bool)
    distinct = len(set(column["levels"])) == len(column["levels"]) > 0
    return isinstance(column["name"], str) and column["kind"] == "category" and flags and distinct
