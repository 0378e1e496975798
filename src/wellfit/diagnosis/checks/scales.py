"""Whether inputs and target are scaled."""

from __future__ import annotations

import numpy as np

from wellfit.diagnosis.checks.severity import write_down
from wellfit.diagnosis.finding import Finding, NotApplicable
from wellfit.diagnosis.model_adapter import last_step
from wellfit.diagnosis.subject import Subject

__all__ = ["check_feature_scales", "check_target_scale"]

# The cost's curvature goes with the square of a column's size: 30 times the size bends it 900 times as much, so that no rate suits both.
LARGEST = 30.0
# Models of others that minimise by gradients or measure distances; trees do not mind scales.
SENSITIVE = ("neural_network", "svm", "neighbors", "linear_model", "skorch", "keras", "torch", "tensorflow", "gaussian_process")


def check_feature_scales(subject: Subject) -> Finding:
    """Look for input columns far larger or smaller than the others, or than 1."""
    _minds_scales(subject)
    inputs = subject.inputs_train
    sizes = np.sqrt(np.mean(np.square(inputs), axis=0))
    # Columns of 0 and 1, however rare their ones, are as they should be; constant ones say nothing.
    varied = np.array([np.ptp(column) > 0 and not np.isin(column, (0.0, 1.0)).all() for column in inputs.T])
    if not varied.any():
        raise NotApplicable("all columns hold only 0 and 1")
    names, sizes = np.array(subject.column_names)[varied], sizes[varied]
    usual = float(np.median(np.append(sizes, 1.0) if len(sizes) < 2 else sizes))
    large, small = int(sizes.argmax()), int(sizes.argmin())
    too_large = sizes[large] > LARGEST * min(usual, 1.0)
    too_small = usual > LARGEST**2 * sizes[small] or sizes[large] < 1 / LARGEST
    bad = bool(too_large or too_small)
    ratio = float(sizes[large] / sizes[small])
    return write_down(
        "feature_scales",
        bad,
        "Columns are on wildly different scales"
        if bad and ratio > LARGEST
        else "Columns are badly scaled"
        if bad
        else "Columns are scaled",
        f"Root mean squares of columns range from {sizes[small]:.2g} ({names[small]}) to {sizes[large]:.2g} ({names[large]}), "
        f"median {usual:.2g}.",
        numbers={"largest": sizes[large], "smallest": sizes[small], "median": usual, "column": names[large]},
        threshold=f"a column over {LARGEST:g}, or {LARGEST:g} times the median: the cost then curves {LARGEST**2:g} times as much along it",
        remedy="Standardise the columns as learned on the training rows (StandardScaler; WellfitClassifier does this itself).",
        reference="LeCun, Bottou, Orr & Müller 1998, section 4.3",
    )


def check_target_scale(subject: Subject) -> Finding:
    """Look for a regression target far from the size that a fresh network gives."""
    if subject.is_classification:
        raise NotApplicable("the target is a class")
    _minds_scales(subject)
    if subject.network is not None and subject.network.spec.training.loss == "poisson":
        raise NotApplicable("a Poisson network predicts the logarithm of its target")
    if subject.network is None and "neural_network" not in type(last_step(subject.model)).__module__:
        raise NotApplicable("only networks start from outputs of size 1")
    target = subject.Y_train[:, 0]
    spread, size = float(target.std()), float(np.sqrt(np.mean(target**2)))
    bad = size > LARGEST or spread < 1 / LARGEST
    return write_down(
        "target_scale",
        bad,
        "The target is not scaled" if bad else "The target is scaled",
        f"As passed to the network, the target has a mean of {target.mean():.3g} and a standard deviation of {spread:.3g}.",
        numbers={"mean": float(target.mean()), "deviation": spread},
        threshold=f"a root mean square over {LARGEST:g}, or a deviation under 1/{LARGEST:g}: outputs start near 0 with a spread near 1, "
        "and gradients grow with the distance",
        remedy="Standardise the target (TransformedTargetRegressor; WellfitRegressor does this itself).",
        reference="LeCun, Bottou, Orr & Müller 1998, section 4.5",
    )


def _minds_scales(subject: Subject) -> None:
    """Raise for models that are not known to be sensitive to the scale of their inputs."""
    module = type(last_step(subject.model)).__module__
    if subject.network is None and not any(part in module.split(".") for part in SENSITIVE):
        raise NotApplicable(f"{subject.name} is not known to be sensitive to scale")
