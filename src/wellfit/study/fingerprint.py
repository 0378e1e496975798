"""How runs are identified: a digest of the table, and where two headers differ."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellfit.table.coding import Label

__all__ = ["differences", "digest_of"]

LONGEST_SHOWN, ANOTHER = 40, "is another one"


def digest_of(frame: pd.DataFrame, classes: Sequence[Label], arrays: Iterable[NDArray[Any] | None], groups: pd.Series[Any] | None) -> str:
    """Return a digest of every cell, and of what belongs to the rows."""
    digest = hashlib.sha256(json.dumps([*map(str, frame.columns), *map(str, classes)]).encode())
    for column in (frame[name] for name in frame.columns):
        try:
            cells = pd.util.hash_array(np.asarray(column.astype(object)) if column.dtype.kind == "O" else column.to_numpy())
        except (TypeError, ValueError):
            cells = pd.util.hash_array(column.astype(str).to_numpy(dtype=object))
        digest.update(cells.tobytes())
    for array in arrays:
        digest.update(b"-" if array is None else np.ascontiguousarray(array).tobytes())
    if groups is not None:
        digest.update(pd.util.hash_array(groups.astype(str).to_numpy(dtype=object)).tobytes())
    return digest.hexdigest()


def differences(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """Return the first few differences of two headers, such as ``its seed is 0, not 1``."""
    found = _differences(there, here)
    # A digest follows from all else, and explains nothing where something else differs.
    return ([text for text in found if not text.endswith(ANOTHER)] or found)[:3]


def _differences(there: Any, here: Any, name: str = "") -> list[str]:
    """Return what differs; nested values by the name of what they are in."""
    if there == here:
        return []
    if isinstance(there, Mapping) and isinstance(here, Mapping):
        both = dict.fromkeys([*there, *here])
        return [text for key in both for text in _differences(there.get(key), here.get(key), f"{name} {key}".strip().replace("_", " "))]
    shown = ["none" if value is None else json.dumps(value, ensure_ascii=False) for value in (there, here)]
    return [f"its {name} {ANOTHER}" if max(map(len, shown)) > LONGEST_SHOWN else f"its {name} is {shown[0]}, not {shown[1]}"]
