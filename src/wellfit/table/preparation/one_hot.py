"""Columns of categories, coded: one column for two levels, one of 0 and 1 for each of more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.plurals import counted
from wellfit.table.columns import TypedColumn
from wellfit.table.names import quoted

__all__ = ["Binary", "Coded", "fit_coded", "new_cells_notes"]

Matrix = NDArray[np.floating]


@dataclass(frozen=True)
class Binary:
    """A column of two categories: -1 and 1; 0 for gaps and for any other category."""

    name: str
    levels: tuple[str, str]  # sorted; the second is 1
    gaps: bool  # a further column marks gaps with 1

    @property
    def names(self) -> list[str]:
        """Names of the prepared columns."""
        return [f"{self.name} = {self.levels[1]}"] + [f"{self.name} is missing"] * self.gaps

    @property
    def width(self) -> int:
        """Number of the prepared columns."""
        return 1 + self.gaps

    def write(self, column: TypedColumn, out: Matrix) -> list[str]:
        """Write the prepared columns into zeros of shape (n, columns), and return what was done that training gave no reason for."""
        codes, texts = column.values, column.texts
        value_of = {self.levels[0]: -1.0, self.levels[1]: 1.0}
        out[:, 0] = np.array([*(value_of.get(text, 0.0) for text in texts), 0.0])[codes]
        if self.gaps:
            out[:, 1] = codes < 0
        return new_cells_notes(self.name, codes, texts, self.levels, self.gaps, "treated as none of the categories")

    def to_dict(self) -> dict[str, Any]:
        """Return the column as a dictionary that `json.dumps` accepts."""
        return {"name": self.name, "kind": "binary", "levels": list(self.levels), "gaps": self.gaps}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Binary | None:
        """Make the column from what a file holds; None if it is none that training writes."""
        good = set(values) == {"name", "kind", "levels", "gaps"} and are_levels(values["levels"]) and len(values["levels"]) == 2
        if not good or values["kind"] != "binary" or not isinstance(values["name"], str) or not isinstance(values["gaps"], bool):
            return None
        return cls(values["name"], tuple(values["levels"]), values["gaps"])


@dataclass(frozen=True)
class Coded:
    """A column of categories: one 0-1 column for each level."""

    name: str
    levels: tuple[str, ...]  # sorted
    other: bool  # one more column stands for all other levels
    gaps: bool  # a last column marks gaps with 1

    @property
    def names(self) -> list[str]:
        """Names of the prepared columns."""
        ends = [f"{self.name} is another"] * self.other + [f"{self.name} is missing"] * self.gaps
        return [f"{self.name} = {level}" for level in self.levels] + ends

    @property
    def width(self) -> int:
        """Number of the prepared columns."""
        return len(self.levels) + self.other + self.gaps

    def write(self, column: TypedColumn, out: Matrix) -> list[str]:
        """Write the prepared columns into zeros of shape (n, columns), and return what was done that training gave no reason for."""
        codes, texts = column.values, column.texts
        nowhere = out.shape[1]
        place_of = {level: place for place, level in enumerate(self.levels)}
        unknown = len(self.levels) if self.other else nowhere
        places = np.array([*(place_of.get(text, unknown) for text in texts), nowhere - 1 if self.gaps else nowhere])[codes]
        rows = np.flatnonzero(places < nowhere)
        out[rows, places[rows]] = 1.0
        taken = "treated as one other category" if self.other else "treated as none of the categories"
        return new_cells_notes(self.name, codes, texts, self.levels, self.gaps, taken)

    def to_dict(self) -> dict[str, Any]:
        """Return the column as a dictionary that `json.dumps` accepts."""
        return {"name": self.name, "kind": "category", "levels": list(self.levels), "other": self.other, "gaps": self.gaps}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Coded | None:
        """Make the column from what a file holds; None if it is none that training writes."""
        good = (
            set(values) == {"name", "kind", "levels", "other", "gaps"}
            and isinstance(values["name"], str)
            and values["kind"] == "category"
            and are_levels(values["levels"])
            and isinstance(values["other"], bool)
            and isinstance(values["gaps"], bool)
        )
        return cls(values["name"], tuple(values["levels"]), values["other"], values["gaps"]) if good else None


def fit_coded(name: str, codes: NDArray[np.int64], texts: list[str], most_levels: int) -> Binary | Coded:
    """Learn the levels of a column; of more than the most that get a column of their own, the commonest do."""
    gaps = bool((codes < 0).any())
    if len(texts) == 2:
        first, second = sorted(texts)
        return Binary(name, (first, second), gaps)
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    commonest = sorted(range(len(texts)), key=lambda code: (-counts[code], texts[code]))[:most_levels]
    levels = tuple(sorted(texts[code] for code in commonest))
    return Coded(name, levels, len(texts) > len(levels), gaps)


def new_cells_notes(name: str, codes: NDArray[np.int64], texts: list[str], known: tuple[str, ...], gaps: bool, taken: str) -> list[str]:
    """Return sentences on the gaps and the categories of a column that training has not seen; `taken` is what other ones are taken for."""
    notes, seen = [], frozenset(known)
    missing = int(np.count_nonzero(codes < 0))
    if missing and not gaps:
        notes.append(f"column {name!r}: {counted(missing, 'missing value')}, but training had none: treated as none of the categories.")
    cells_of = np.bincount(codes[codes >= 0], minlength=len(texts))
    fresh = [number for number, text in enumerate(texts) if text not in seen and cells_of[number]]
    if fresh:
        cells = int(cells_of[fresh].sum())
        notes.append(
            f"column {name!r}: {counted(cells, 'cell')} with categories unknown from training "
            f"({quoted(texts[number] for number in fresh)}): {taken}."
        )
    return notes


def are_levels(levels: Any) -> bool:
    """Tell whether a file's value can be a column's levels: texts, all different, at least one."""
    return isinstance(levels, list) and all(isinstance(level, str) for level in levels) and len(set(levels)) == len(levels) > 0
