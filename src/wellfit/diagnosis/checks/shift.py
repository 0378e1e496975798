"""Whether dev rows are distributed like training rows."""

from __future__ import annotations

import math

import numpy as np

from wellfit.diagnosis.checks.propagation import some_rows
from wellfit.diagnosis.checks.raw import raw_columns
from wellfit.diagnosis.checks.severity import write_down
from wellfit.diagnosis.finding import Finding, NotApplicable
from wellfit.diagnosis.subject import Subject
from wellfit.engines.types import Array
from wellfit.plurals import counted
from wellfit.training.threads import one_openmp_thread

__all__ = ["check_shifted_dev"]

MOST_ROWS, FEWEST_ROWS, FOLDS = 1500, 20, 2
LARGEST_AREA, DEVIATIONS = 0.6, 3.5
LARGEST_SHIFT, SMALLEST_CHANCE = 0.1, 1e-5


def check_shifted_dev(subject: Subject) -> Finding:
    """Train a classifier to distinguish dev from training rows (adversarial validation), and compare the targets of both."""
    train, dev = some_rows(len(subject.inputs_train), MOST_ROWS), some_rows(len(subject.inputs_dev), MOST_ROWS)
    if len(dev) < FEWEST_ROWS or len(train) < FEWEST_ROWS:
        raise NotApplicable(f"training and dev rows cannot be compared with under {FEWEST_ROWS} rows each")
    raw = raw_columns(subject)
    here, there = raw.train[train], raw.dev[dev]
    area = _area(here, there)
    # Standard error of the area where there is nothing to tell (Mann & Whitney 1947), twice: folds share rows.
    error = math.sqrt((len(train) + len(dev) + 1) / (12 * len(train) * len(dev)))
    columns = _differing(here, there, raw.names)
    in_columns = area > LARGEST_AREA and area > 0.5 + DEVIATIONS * error
    distance, chance = _targets(subject)
    in_target = distance > LARGEST_SHIFT and chance < SMALLEST_CHANCE
    named = ", ".join(f"{name} ({gap:.2f})" for name, gap in columns[:3])
    what = f" They differ most in {named}." if in_columns and columns else ""
    also = f" The target's distribution differs by {distance:.2f} (p = {chance:.0e})." if in_target else ""
    bad = in_columns or in_target
    return write_down(
        "shifted_dev",
        bad,
        "Dev rows are distributed differently" if bad else "Dev rows look like training rows",
        f"A classifier distinguishes dev from training rows with an area under the ROC curve of {area:.2f} (0.50: not at all; "
        f"{len(train):,} and {counted(len(dev), 'row')}).{what}{also}",
        numbers={"area": area, "columns": dict(columns[:10]), "target_distance": distance, "target_chance": chance},
        threshold=f"over {LARGEST_AREA:g} and {DEVIATIONS:g} standard errors above 0.5; or a target whose distribution differs by over "
        f"{LARGEST_SHIFT:g} (Kolmogorov-Smirnov, or total variation)",
        remedy="Draw both parts from the same rows; or, if new data look like the dev rows, train on such rows, too.",
        reference="Lopez-Paz & Oquab 2017; Rabanser, Günnemann & Lipton 2019",
    )


def _area(here: Array, there: Array) -> float:
    """Return the cross-validated area under the curve of a classifier that tells two parts from each other."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    inputs, part = np.vstack([here, there]), np.repeat([0, 1], [len(here), len(there)])
    # float32: what is equal but for rounding must not tell the parts apart.
    inputs = inputs.astype(np.float32)
    model = HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=8, early_stopping=False, random_state=0)
    folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(inputs, part))
    # scikit-learn's boosting fails where a column has no number in the rows that it trains on.
    inputs = inputs[:, np.all([(~np.isnan(inputs[rows])).any(axis=0) for rows, _ in folds], axis=0)]
    if not inputs.shape[1]:
        return 0.5
    with one_openmp_thread():
        found = cross_val_predict(model, inputs, part, cv=folds, method="predict_proba")[:, 1]
    return float(roc_auc_score(part, found))


def _differing(here: Array, there: Array, names: tuple[str, ...]) -> list[tuple[str, float]]:
    """Return columns by the largest distance of their distribution functions, and that distance."""
    gaps = [_distance(here[:, column], there[:, column]) for column in range(here.shape[1])]
    return [(names[column], gaps[column]) for column in np.argsort(gaps)[::-1]]


def _distance(first: Array, second: Array) -> float:
    """Return the Kolmogorov-Smirnov distance of two samples."""
    values = np.concatenate([first, second])
    below = [np.searchsorted(np.sort(part), values, side="right") / len(part) for part in (first, second)]
    return float(np.abs(below[0] - below[1]).max())


def _targets(subject: Subject) -> tuple[float, float]:
    """Return how far the targets of both parts differ, and how likely chance makes them differ as much."""
    from scipy import stats

    train, dev = subject.Y_train[:, 0], subject.Y_dev[:, 0]
    if not subject.is_classification:
        found = stats.ks_2samp(train, dev, method="asymp")
        return float(found.statistic), float(found.pvalue)
    counts = np.array([np.bincount(part.astype(np.int64), minlength=len(subject.classes)) for part in (train, dev)])
    counts = counts[:, counts.sum(axis=0) > 0]
    shares = counts / counts.sum(axis=1, keepdims=True)
    return float(np.abs(shares[0] - shares[1]).sum()) / 2, float(stats.chi2_contingency(counts).pvalue)
