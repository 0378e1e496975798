"""Whether gradients vanish or explode on the way to the first layers, and whether they are correct."""

from __future__ import annotations

import numpy as np

from wellfit.diagnosis.checks.propagation import Propagation, first_propagations, opened, propagations, some_rows
from wellfit.diagnosis.checks.severity import write_down
from wellfit.diagnosis.finding import Finding, NotApplicable
from wellfit.diagnosis.subject import Subject
from wellfit.engines.gradcheck import check_gradients
from wellfit.plurals import counted

__all__ = ["check_exploding_gradients", "check_gradient_check", "check_vanishing_gradients"]

SMALLEST_RATIO = 0.01
LARGEST_RATIO = 100.0
CHECKED_ROWS, CHECKED_PARAMETERS = 30, 60


def check_vanishing_gradients(subject: Subject) -> Finding:
    """Look for a first hidden layer with a far smaller gradient than the last, both at the start and at the end."""
    _check_depth(subject)
    end = _median_ratio(propagations(subject))
    start = _median_ratio(first_propagations(subject))
    bad = end < SMALLEST_RATIO and not start >= SMALLEST_RATIO
    return write_down(
        "vanishing_gradients",
        bad,
        "Gradients vanish towards the first layer" if bad else "Gradients reach the first layer",
        f"The gradient at the first hidden layer is {counted(end, 'time', spec='.2g')} that at the last{_at_start(start)}.",
        numbers={"ratio": end, "ratio_at_start": start, "norms_in_training": _norms(subject)},
        threshold=f"under {SMALLEST_RATIO:g}: the first layer then learns a hundred times slower than the last",
        remedy="Use ReLU, GELU or SiLU with He's initial weights, or fewer layers.",
        reference="Hochreiter 1991; Glorot & Bengio 2010",
    )


def check_exploding_gradients(subject: Subject) -> Finding:
    """Look for gradients that grow from layer to layer on their way back; where the start is known, at the start.

    What a learning rate too high does to a sound network later on is not the fault of its depth.
    """
    _check_depth(subject)
    end, start = _median_ratio(propagations(subject)), _median_ratio(first_propagations(subject))
    ratio = end if np.isnan(start) else start
    bad = ratio > LARGEST_RATIO
    return write_down(
        "exploding_gradients",
        bad,
        "Gradients explode towards the first layer" if bad else "Gradients do not explode",
        f"The gradient at the first hidden layer is {counted(end, 'time', spec='.2g')} that at the last{_at_start(start)}.",
        numbers={"ratio": end, "ratio_at_start": start, "norms_in_training": _norms(subject)},
        threshold=f"over {LARGEST_RATIO:g}: no learning rate then suits both the first layer and the last",
        remedy="Start from smaller weights (initializer='auto' keeps the size of gradients over layers), or use fewer layers.",
        reference="Pascanu, Mikolov & Bengio 2013; He et al. 2015",
    )


def _check_depth(subject: Subject) -> None:
    if len(opened(subject).spec.network.hidden) < 2:
        raise NotApplicable("comparing gradients of layers needs at least two hidden layers")


def _median_ratio(found: list[Propagation]) -> float:
    """Return the size of the cost's derivative at the first hidden layer over that at the last; nan where nothing is known."""
    ratios = []
    for one in found:
        first, last = one.deltas[0], one.deltas[-2]
        ratios.append(first / last if last > 0 else 0.0 if first == 0 else float("inf"))
    return float(np.median(ratios)) if ratios else float("nan")


def _at_start(ratio: float) -> str:
    return "" if np.isnan(ratio) else f", and was {counted(ratio, 'time', spec='.2g')} before the first step"


def _norms(subject: Subject) -> list[float]:
    """Return the median over training of the norm of each layer's weight gradient; empty where none was kept."""
    kept = [history.gradient_norms for history in opened(subject).histories if len(history.record_epoch)]
    return np.median(np.concatenate(kept), axis=0).tolist() if kept else []


def check_gradient_check(subject: Subject) -> Finding:
    """Compare the engine's gradient with finite differences at this network's parameters and rows."""
    inside = opened(subject)
    rows = some_rows(len(subject.inputs_train), CHECKED_ROWS)
    found = check_gradients(
        inside.spec,
        subject.inputs_train[rows],
        subject.Y_train[rows],
        inside.parameters[0],
        sample=CHECKED_PARAMETERS,
        rows=CHECKED_ROWS,
    )
    if not found.passed and found.suspect is None:
        raise NotApplicable(f"gradients cannot be compared here: {found.reason.rstrip('.')}")
    return write_down(
        "gradient_check",
        not found.passed,
        "Gradients agree with the cost" if found.passed else f"The gradient of {found.suspect} is wrong",
        f"Over {counted(found.checked, 'parameter')} and {counted(len(rows), 'row')} the gradient differs from finite differences by a "
        "relative "
        f"{found.relative_distance:.1e}.",
        numbers={"relative_distance": found.relative_distance, "checked": found.checked, "suspect": found.suspect},
        threshold=f"{found.threshold:g} or more: rounding alone stays below it",
        remedy="Do not trust any result of this network; run wellfit check and report its output.",
        reference="Baydin et al. 2018; Griewank & Walther 2008",
    )
