"""What tells one table from another: a digest of all that a search is made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellfit.data.target import Label

__all__ = ["digest_of"]


def digest_of(frame: pd.DataFrame, classes: Sequence[Label], arrays: Iterable[NDArray[Any] | None], groups: pd.Series[Any] | None) -> str:
    """Return a digest of every cell, and of what belongs to the rows.

    Parameters
    ----------
    frame : pandas.DataFrame
        The columns.
    classes : sequence
        Labels of the target's classes.
    arrays : iterable of array or None
        Target, weights, parts; None where there are none.
    groups : pandas.Series or None
        What keeps rows together.

    Returns
    -------
    str
        Hexadecimal.
    """
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
