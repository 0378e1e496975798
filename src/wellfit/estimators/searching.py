"""Dev rows for the search of an estimator, and its messages and warnings."""

from __future__ import annotations

import dataclasses
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import union_categoricals

from wellfit.engines.types import Array
from wellfit.errors import TrainingWarning
from wellfit.events import Event, Message
from wellfit.plurals import counted
from wellfit.table.table import Table

if TYPE_CHECKING:
    from wellfit.study.study import Study

__all__ = ["plain", "print_message", "warn_of_divergence", "warn_of_interrupt", "with_dev_rows"]


def with_dev_rows(table: Table, frame: pd.DataFrame, values: NDArray[np.float64], given: Array | None, shares: Array | None) -> Table:
    """Return a table with the caller's dev rows behind its own, by which alone its columns are read."""
    rows, more = len(table), len(values)
    weights = None
    if table.weights is not None or given is not None:
        counted = np.ones(more) if given is None else given
        by_class = counted if shares is None else counted * shares[values.astype(np.int64)]
        weights = np.concatenate([np.ones(rows) if table.weights is None else table.weights, by_class])
    target = dataclasses.replace(table.target, values=np.concatenate([table.target.values, values]))
    joined = dataclasses.replace(table, frame=_joined(table.frame, frame), target=target, weights=weights)
    return joined.read(np.arange(rows))


def _joined(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Return one table below the other; no value changes, and columns of the first keep their type where the second lets them."""
    columns = {}
    for name in first.columns:
        one, other = first[name], second[name]
        if isinstance(one.dtype, pd.CategoricalDtype):
            columns[name] = _joined_categories(one, pd.Categorical(other))
            continue
        if one.dtype != other.dtype and not (one.dtype.kind in "iuf" and other.dtype.kind in "iuf"):
            # Not cast: a gap would become a truth value.
            one, other = one.astype(object), other.astype(object)
        columns[name] = pd.concat([one, other], ignore_index=True)
    return pd.DataFrame(columns)


def _joined_categories(one: pd.Series[Any], other: pd.Categorical) -> pd.Series[Any]:
    """Return one column of categories below another, which may be of another type, such as texts below whole numbers."""
    if one.cat.categories.dtype == other.categories.dtype:
        return pd.Series(union_categoricals([one.array, other], ignore_order=True))
    return pd.concat([one.astype(object), pd.Series(other, dtype=object)], ignore_index=True).astype("category")


def plain(value: Any) -> Any:
    """Return one of NumPy's numbers as Python's own, anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


# === Messages and warnings ===


def print_message(event: Event) -> None:
    """Print the messages of a search: the callback of ``verbose``."""
    if isinstance(event, Message):
        print(event.text, flush=True)


def warn_of_divergence(study: Study) -> None:
    """Warn where networks of the default setting diverged; other settings of a search may."""
    plain = [trial for trial in study.trials if trial.change == "plain"]
    diverged = [trial for trial in plain if trial.message]
    if diverged:
        warnings.warn(
            f"{len(diverged):,} of {counted(len(plain), 'network')} diverged and are left out; look for outliers in X and y.",
            TrainingWarning,
            stacklevel=4,
        )


def warn_of_interrupt(study: Study) -> None:
    """Warn that a search was cut short."""
    tried = counted(study.networks, "network")
    warnings.warn(f"Search interrupted after {tried}: the model is the best so far.", TrainingWarning, stacklevel=4)
