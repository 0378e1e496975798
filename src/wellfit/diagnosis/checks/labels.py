"""Whether labels are noisy, and whether rare classes are learned."""

from __future__ import annotations

import numpy as np

from wellfit.diagnosis.checks.propagation import some_rows
from wellfit.diagnosis.checks.severity import write_down
from wellfit.diagnosis.finding import Finding, NotApplicable
from wellfit.diagnosis.subject import Subject
from wellfit.engines.types import Array
from wellfit.judge.intervals import wilson

__all__ = ["check_class_imbalance", "check_label_noise"]

MAJORITY, NEAR = 0.75, 0.9
MOST_ROWS, FEWEST_ROWS, SUREST = 2000, 100, 0.3
# Without planted noise 17 open tables gave 0.45 at most of the second, with a fifth of the labels wrong 0.52 at least.
MOST_NOISE, FLATNESS = 0.05, 0.5
TREES = 60


def check_class_imbalance(subject: Subject) -> Finding:
    """Look for an accuracy that is hardly better than always predicting the majority class."""
    if not subject.is_classification:
        raise NotApplicable("the target is a number")
    train, dev = (part[:, 0].astype(np.int64) for part in (subject.Y_train, subject.Y_dev))
    shares = np.bincount(train, minlength=len(subject.classes)) / len(train)
    usual = int(shares.argmax())
    constant, error = float(np.mean(dev != usual)), float(np.mean(subject.errors_dev))
    rare = dev != usual
    recall = 1 - float(np.mean(subject.errors_dev[rare])) if rare.any() else float("nan")
    bad = bool(shares[usual] >= MAJORITY and error >= NEAR * constant)
    return write_down(
        "class_imbalance",
        bad,
        "The rare classes are hardly learned" if bad else "The model beats the majority class",
        f"{100 * shares[usual]:.1f} % of the training rows are {subject.classes[usual]}; always predicting it is wrong on "
        f"{100 * constant:.1f} % of the dev rows, {subject.name} on {100 * error:.1f} %; its recall on the other classes is "
        f"{100 * recall:.0f} %.",
        numbers={"majority": shares[usual], "majority_error": constant, "error": error, "recall_of_others": recall},
        threshold=f"a class of {100 * MAJORITY:g} % or more, and an error under {100 * (1 - NEAR):.0f} % below the majority's: accuracy "
        "then hides that rare classes are missed",
        remedy="Weight the classes (class_weight='balanced'), move the decision threshold, and judge by recall or balanced accuracy.",
        reference="He & Garcia 2009",
    )


def check_label_noise(subject: Subject) -> Finding:
    """Estimate the share of wrong labels from the held-out rows that a forest is surest of."""
    if not subject.is_classification:
        raise NotApplicable("the target is a number")
    rows = some_rows(len(subject.inputs_train), MOST_ROWS)
    if len(rows) < FEWEST_ROWS:
        raise NotApplicable(f"a search for wrong labels needs at least {FEWEST_ROWS} rows")
    inputs, labels = subject.inputs_train[rows], subject.Y_train[rows, 0].astype(np.int64)
    found, sureness = _out_of_bag(inputs, labels)
    wrong = found != labels
    surest = np.argsort(-sureness, kind="stable")[: max(1, int(SUREST * len(rows)))]
    share, overall = float(wrong[surest].mean()), float(wrong.mean())
    low = wilson(share, len(surest)).low
    # Classes that overlap are confused where the forest is unsure; wrong labels lie everywhere.
    bad = low > MOST_NOISE and share > FLATNESS * overall
    return write_down(
        "label_noise",
        bad,
        "Labels look wrong" if bad else "Labels look right",
        f"Of the held-out rows that a forest is surest of ({len(surest):,} of {len(rows):,}), {100 * share:.1f} % have another label; "
        f"of all rows {100 * overall:.1f} %.",
        numbers={"estimated_share": share, "at_least": low, "error_overall": overall, "rows": len(rows)},
        threshold=f"significantly over {100 * MOST_NOISE:g} %, and over {100 * FLATNESS:g} % of the overall share: overlapping classes are "
        "confused where they overlap, wrong labels are everywhere",
        remedy="Review rows whose labels a model is sure are wrong; until then use label smoothing, early stopping or more L2.",
        reference="Northcutt, Jiang & Chuang 2021",
    )


def _out_of_bag(inputs: Array, labels: Array) -> tuple[Array, Array]:
    """Return a forest's out-of-bag predictions, and how sure it is."""
    from sklearn.ensemble import ExtraTreesClassifier

    # Leaves of several rows: a single wrong label must not make a neighbourhood of its own.
    forest = ExtraTreesClassifier(TREES, min_samples_leaf=5, bootstrap=True, oob_score=True, random_state=0).fit(inputs, labels)
    probabilities = np.nan_to_num(forest.oob_decision_function_)
    return forest.classes_[probabilities.argmax(axis=1)], probabilities.max(axis=1)
