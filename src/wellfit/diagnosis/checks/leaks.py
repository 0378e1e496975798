"""Leaks: a column that gives the target away, and dev rows that were trained on."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellfit.diagnosis.checks.propagation import some_rows
from wellfit.diagnosis.checks.raw import raw_columns
from wellfit.diagnosis.checks.severity import write_down
from wellfit.diagnosis.finding import Finding, NotApplicable
from wellfit.diagnosis.subject import Subject
from wellfit.engines.types import Array
from wellfit.plurals import counted

__all__ = ["check_duplicates", "check_leakage", "lone_error"]

MOST_BINS, ROWS_A_BIN = 64, 10
# The most telling columns of 24 open tables leave 0.19 and more.
COPY, NEARLY_A_COPY, DOMINANCE = 0.01, 0.05, 2.0
MOST_DUPLICATES, FEWEST_DUPLICATES = 0.05, 3


def check_leakage(subject: Subject) -> Finding:
    """Look for a single column that predicts the target far better than all others together."""
    raw = raw_columns(subject)
    columns = raw.train.shape[1]
    if columns < 2:
        raise NotApplicable("there is only one column")
    train, dev = some_rows(len(subject.inputs_train), 4000), some_rows(len(subject.inputs_dev), 2000)
    inputs, dev_inputs = _gaps_first(raw.train[train], raw.dev[dev])
    targets, dev_targets = subject.Y_train[train, 0], subject.Y_dev[dev, 0]
    classes = len(subject.classes)
    errors = np.array([lone_error(inputs[:, c], targets, dev_inputs[:, c], dev_targets, classes) for c in range(columns)])
    best = int(errors.argmin())
    others, bad = float("nan"), bool(errors[best] < COPY)
    if errors[best] < NEARLY_A_COPY:
        left = np.arange(columns) != best
        others = _error_without(inputs[:, left], targets, dev_inputs[:, left], dev_targets, classes)
        bad = others > DOMINANCE * max(errors[best], COPY / 2)
    name = raw.names[best]
    others_text = "" if np.isnan(others) else f"; from all others, {100 * others:.1f} %"
    return write_down(
        "leakage",
        bad,
        f"{name} gives the target away" if bad else "No column gives the target away",
        f"From the column {name} alone, a model has {100 * errors[best]:.1f} % of the error of a constant prediction{others_text} (on "
        f"{counted(len(dev), 'dev row')}).",
        numbers={"column": name, "error_left": errors[best], "error_left_by_others": others},
        threshold=f"under {100 * NEARLY_A_COPY:g} % while all others have {DOMINANCE:g} times as much, or under {100 * COPY:g} %: real "
        "causes rarely predict so well",
        remedy=f"Check whether {name} is known before the target; if not, leave it out and train again.",
        reference="Kaufman, Rosset, Perlich & Stitelman 2012",
    )


def _gaps_first(inputs: Array, dev_inputs: Array) -> tuple[Array, Array]:
    """Return both parts with missing values below all others of their column: missingness may predict the target, too."""
    both = np.vstack([inputs, dev_inputs])
    known = np.isfinite(both)
    low = np.where(known, both, np.inf).min(axis=0)
    high = np.where(known, both, -np.inf).max(axis=0)
    below = np.where(np.isfinite(low), low - np.maximum(1.0, high - low), 0.0)
    filled = np.where(known, both, below)
    return filled[: len(inputs)], filled[len(inputs) :]


def lone_error(values: Array, targets: Array, dev_values: Array, dev_targets: Array, classes: int) -> float:
    """Return the error on dev rows of the best step function of one column, as a share of a constant prediction's.

    For numbers errors are squared, and a straight line competes.
    """
    bins = max(2, min(MOST_BINS, len(values) // ROWS_A_BIN))
    edges = np.unique(values)
    if len(edges) > bins:
        edges = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1]))
    else:
        edges = (edges[1:] + edges[:-1]) / 2
    places, dev_places = np.searchsorted(edges, values, side="right"), np.searchsorted(edges, dev_values, side="right")
    if classes:
        counts = np.zeros((len(edges) + 1, classes))
        np.add.at(counts, (places, targets.astype(np.int64)), 1)
        total = counts.sum(axis=0)
        counts[counts.sum(axis=1) == 0] = total
        wrong = float(np.mean(counts.argmax(axis=1)[dev_places] != dev_targets))
        return _share(wrong, float(np.mean(total.argmax() != dev_targets)))
    many = np.bincount(places, minlength=len(edges) + 1)
    sums = np.bincount(places, weights=targets, minlength=len(edges) + 1)
    means = np.where(many > 0, sums / np.maximum(many, 1), targets.mean())
    constant = float(np.mean((dev_targets - targets.mean()) ** 2))
    spread = float(values.var())
    slope = float(np.mean((values - values.mean()) * (targets - targets.mean()))) / spread if spread > 0 else 0.0
    straight = targets.mean() + slope * (dev_values - values.mean())
    return min(_share(float(np.mean((dev_targets - found) ** 2)), constant) for found in (means[dev_places], straight))


def _share(error: float, constant: float) -> float:
    return error / constant if constant > 0 else 1.0


def _error_without(inputs: Array, targets: Array, dev_inputs: Array, dev_targets: Array, classes: int) -> float:
    """Return the error of a forest on other columns, as a share of a constant prediction's."""
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    settings = {"n_estimators": 40, "min_samples_leaf": 2, "random_state": 0}
    if classes:
        found = ExtraTreesClassifier(**settings).fit(inputs, targets).predict(dev_inputs)
        usual = np.bincount(targets.astype(np.int64)).argmax()
        return _share(float(np.mean(found != dev_targets)), float(np.mean(usual != dev_targets)))
    found = ExtraTreesRegressor(**settings).fit(inputs, targets).predict(dev_inputs)
    return _share(float(np.mean((found - dev_targets) ** 2)), float(np.mean((dev_targets - targets.mean()) ** 2)))


def check_duplicates(subject: Subject) -> Finding:
    """Look for dev rows that are also training rows, more than columns of few values explain."""
    raw = raw_columns(subject)
    train, dev = _hashes(raw.train), _hashes(raw.dev)
    found = np.isin(dev, train)
    share, inside = float(found.mean()), float(pd.Series(train).duplicated(keep=False).mean())
    # Where some column is continuous, two equal rows are one row twice; else they may be two alike.
    continuous = any(len(np.unique(column)) > len(column) / 2 for column in raw.train.T)
    beyond = share if continuous else share - inside
    bad = beyond > MOST_DUPLICATES and int(found.sum()) >= FEWEST_DUPLICATES
    without = subject.metric.total(subject.errors_dev[~found]) if 0 < found.sum() < len(found) else float("nan")
    effect = "" if np.isnan(without) or not bad else f"; without them the dev error is {subject.metric.show(without)}"
    return write_down(
        "duplicates",
        bad,
        "Dev rows were trained on" if bad else "Dev rows are new",
        f"{int(found.sum()):,} of {counted(len(found), 'dev row')} ({100 * share:.1f} %) are also training rows{effect}.",
        numbers={"share": share, "share_inside_train": inside, "dev_error_without": without},
        threshold=f"over {100 * MOST_DUPLICATES:g} % (where no column is continuous: beyond the share of training rows with a duplicate): "
        "on them the dev error only measures memorisation",
        remedy="Drop duplicates before splitting, or keep rows that belong together in one part (--groups).",
        reference="Kaufman, Rosset, Perlich & Stitelman 2012; Barz & Denzler 2020",
    )


def _hashes(inputs: Array) -> NDArray[np.uint64]:
    """Return a number for each row, the same for rows that are equal but for rounding to float32."""
    rounded = inputs.astype(np.float32) + np.float32(0)
    return np.asarray(pd.util.hash_pandas_object(pd.DataFrame(rounded), index=False), dtype=np.uint64)
