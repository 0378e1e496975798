"""A plane through a table of any number of columns, whose points become rows that a model can read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellfit.errors import DataError, unknown_name
from wellfit.plots.style import short
from wellfit.plurals import counted

MOST_NAMED = 5


class Plane(NamedTuple):
    """The position of rows in a plane, and the rows that points of the plane stand for."""

    points: NDArray[np.float64]  # (rows, 2): positions of the table's rows
    rows: Callable[[NDArray[np.float64]], Any]  # takes points of shape (n, 2); returns n rows, a frame where the table was one
    names: tuple[str, str]  # labels of the axes
    held: str  # what was held fixed, in words; empty where nothing was


def plane_of(X: Any, features: Sequence[int | str] | str, held: Mapping[int | str, Any]) -> Plane:
    """Return the plane of two columns, the others held fixed, or of the first two principal components (``"pca"``)."""
    frame, rebuild = _as_frame(X)
    if isinstance(features, str):
        if features != "pca":
            raise DataError(f"features must be two columns, or 'pca', found {features!r}.")
        if held:
            raise DataError("held has no meaning with features='pca', which holds no single column; leave it out.")
        return _principal(frame, rebuild)
    if len(features) != 2:
        raise DataError(f"features must be two columns, found {len(features)}.")
    axes = [_index(frame, feature) for feature in features]
    if axes[0] == axes[1]:
        raise DataError(f"features must be two different columns, found {features[0]!r} twice.")
    points = np.column_stack([_numeric(frame, index) for index in axes])
    chosen = {_index(frame, name): value for name, value in held.items()}
    values = {
        index: chosen[index] if index in chosen else _usual(frame.iloc[:, index]) for index in range(frame.shape[1]) if index not in axes
    }
    names = [str(name) for name in frame.columns]

    def rows(grid: NDArray[np.float64]) -> Any:
        found = frame.iloc[np.zeros(len(grid), dtype=int)].reset_index(drop=True)
        for index, value in values.items():
            dtype = None if index in chosen else frame.dtypes.iloc[index]
            found.isetitem(index, pd.array([value] * len(grid), dtype=dtype))
        for axis, index in enumerate(axes):
            found.isetitem(index, grid[:, axis])
        return rebuild(found)

    return Plane(points, rows, (names[axes[0]], names[axes[1]]), _words(names, values))


def _words(names: list[str], values: Mapping[int, Any]) -> str:
    """Return what is held fixed, the first few by name."""
    if not values:
        return ""
    named = [f"{short(names[index], 24)} = {_value(value)}" for index, value in values.items()][:MOST_NAMED]
    more = len(values) - len(named)
    rest = f" and {more} more at their median or most frequent value" if more else ""
    return f"Held fixed: {', '.join(named)}{rest}. The points are all rows, whatever their other columns."


def _value(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, (int, float, np.number)) and not isinstance(value, bool) else short(value, 24)


def _as_frame(X: Any) -> tuple[pd.DataFrame, Callable[[pd.DataFrame], Any]]:
    """Return a table as a frame, and how rows of the frame become a table of the first kind."""
    rebuild: Callable[[pd.DataFrame], Any] = _itself
    if isinstance(X, pd.DataFrame):
        frame = X
    elif hasattr(X, "to_pandas"):
        make = getattr(X, "from_pydict", type(X))  # of pyarrow, or polars
        frame, rebuild = X.to_pandas(), lambda rows: make({name: rows[name].to_numpy() for name in rows})
    else:
        array = X.toarray() if hasattr(X, "toarray") else np.asarray(X)
        if array.ndim != 2:
            raise DataError(f"X must be a table of shape (rows, columns), found shape {array.shape}.")
        if array.dtype.kind in "iub":
            array = array.astype(np.float64)
        frame, rebuild = pd.DataFrame(array, columns=[f"column {index}" for index in range(array.shape[1])]), _values(array.dtype)
    if frame.shape[0] < 1 or frame.shape[1] < 2:
        raise DataError(f"a plane needs at least one row and two columns, found a table of {frame.shape[0]} and {frame.shape[1]}.")
    return frame, rebuild


def _itself(rows: pd.DataFrame) -> Any:
    return rows


def _values(dtype: Any) -> Callable[[pd.DataFrame], Any]:
    return lambda rows: rows.to_numpy(dtype=dtype)


def _index(frame: pd.DataFrame, feature: int | str) -> int:
    """Return the index of a column that is given by name or by number."""
    names = list(frame.columns)
    if feature in names:
        return names.index(feature)
    if isinstance(feature, (int, np.integer)) and 0 <= feature < len(names):
        return int(feature)
    raise DataError(unknown_name("column", feature, [str(name) for name in names][:20]))


def _numeric(frame: pd.DataFrame, index: int) -> NDArray[np.float64]:
    column = frame.iloc[:, index]
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        wanted = [str(name) for name in frame.select_dtypes("number").columns][:5]
        raise DataError(
            f"an axis must be a column of numbers, found {frame.columns[index]!r}; choose features among {', '.join(wanted) or 'others'}."
        ) from None


def _usual(column: pd.Series[Any]) -> Any:
    """Return the median of numbers (of whole ones a whole one), the most frequent of other values; nan or None where there are none."""
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        frequent = column.mode()
        return frequent.iloc[0] if len(frequent) else None
    median = column.median()
    if pd.api.types.is_integer_dtype(column) and not pd.isna(median):
        return int(median)
    return median


def _principal(frame: pd.DataFrame, rebuild: Callable[[pd.DataFrame], Any]) -> Plane:
    """Return the plane through the mean along which standardised columns vary most."""
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    table = np.column_stack([_numeric(frame, index) for index in range(frame.shape[1])])
    whole = np.isfinite(table).all(axis=1)
    if whole.sum() < 2:
        raise DataError(f"principal components need at least 2 complete rows, found {whole.sum()}; choose two columns as features.")
    scaler = StandardScaler().fit(table[whole])
    components = PCA(2, svd_solver="full").fit(scaler.transform(table[whole]))
    points = np.full((len(table), 2), np.nan)
    points[whole] = components.transform(scaler.transform(table[whole]))

    def rows(grid: NDArray[np.float64]) -> Any:
        return rebuild(pd.DataFrame(scaler.inverse_transform(components.inverse_transform(grid)), columns=frame.columns))

    shares = np.nan_to_num(components.explained_variance_ratio_)
    names = (f"principal component 1 ({100 * shares[0]:.0f} % of variance)", f"principal component 2 ({100 * shares[1]:.0f} % of variance)")
    others = f"Held fixed: the other {counted(frame.shape[1] - 2, 'principal component')}, at the mean of all rows."
    held = f"{others} The points are projected onto the plane."
    return Plane(points, rows, names, held if frame.shape[1] > 2 else "")
