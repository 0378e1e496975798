"""The severity of each check, which orders faults, and how checks make findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wellfit.diagnosis.finding import FAULT, FINE, Finding

__all__ = ["SEVERITY", "write_down"]

# Causes come before their consequences: unscaled inputs saturate units, saturated units starve the layers below, and a starved network
# looks as if its rate were too low. What makes the errors themselves worthless (a wrong gradient, a leak) comes before all that.
SEVERITY: Mapping[str, float] = {
    "gradient_check": 1.0,
    "dropout_at_prediction": 0.98,
    "leakage": 0.96,
    "duplicates": 0.94,
    "equal_units": 0.92,
    "target_scale": 0.90,
    "feature_scales": 0.88,
    "exploding_gradients": 0.86,
    "diverging_cost": 0.84,
    "learning_rate_too_high": 0.80,
    "saturated_units": 0.76,
    "dead_relus": 0.74,
    "vanishing_gradients": 0.72,
    "shifted_dev": 0.66,
    "label_noise": 0.62,
    "class_imbalance": 0.58,
    "batch_size": 0.56,
    "learning_rate_too_low": 0.54,
    "learning_rate_range": 0.50,
    "small_dev_set": 0.46,
}


def write_down(
    name: str,
    is_fault: bool,
    title: str,
    evidence: str,
    *,
    numbers: Mapping[str, Any],
    threshold: str,
    remedy: str,
    reference: str,
) -> Finding:
    """Return a finding with the place among the others that its check has."""
    if is_fault:
        return Finding(name, title, FAULT, evidence, numbers, threshold, remedy, reference, SEVERITY[name])
    return Finding(name, title, FINE, evidence, numbers, threshold, "", reference)
