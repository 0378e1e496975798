"""Bias, variance and the verdict in words."""

from __future__ import annotations

from wellfit.judge.metric import ABOVE, Metric
from wellfit.study.diagnosis.bias import TARGET, BiasVariance

__all__ = ["bias_words", "variance_words", "verdict_words"]


def bias_words(metric: Metric, measured: BiasVariance) -> str:
    """Return the bias in words.

    Parameters
    ----------
    metric : Metric
        Writes numbers.
    measured : BiasVariance
        What was measured.

    Returns
    -------
    str
        Without a full stop.
    """
    name, above = measured.reference_name, measured.above_reference
    what, error = (name, metric.show(measured.reference.estimate)) if name == TARGET else (f"what {name} reaches", None)
    compared = metric.compared(above, what, ABOVE)
    none = "none: " if above.estimate <= 0 else ""
    return f"{none}the training {metric.name} is {compared}, {error or metric.error_words(measured.reference)}"


def variance_words(metric: Metric, measured: BiasVariance) -> str:
    """Return the variance in words.

    Parameters
    ----------
    metric : Metric
        Writes numbers.
    measured : BiasVariance
        What was measured.

    Returns
    -------
    str
        Without a full stop.
    """
    compared = metric.compared(measured.variance, f"the training {metric.name}", ABOVE)
    return f"{'none seen: ' if measured.variance.estimate <= 0 else ''}the dev {metric.name} is {compared}"


def verdict_words(metric: Metric, measured: BiasVariance) -> str:
    """Return the verdict in one sentence; where the intervals support none, what they are too wide for.

    Parameters
    ----------
    metric : Metric
        Writes numbers.
    measured : BiasVariance
        What was measured.

    Returns
    -------
    str
        Without a full stop.
    """
    verdict, gap, above = measured.verdict, measured.variance, measured.above_reference
    if verdict.word == "underfits":
        also = f"; and high variance, another {metric.show_difference(gap.estimate)} to the dev rows" if verdict.has_variance else ""
        return f"underfits: high bias, {metric.show_difference(above.estimate)} above {measured.reference_name}{also}"
    if verdict.word == "overfits":
        return f"overfits: high variance, {metric.show_difference(gap.estimate)} from training to dev rows"
    if verdict.word == "fits":
        return f"fits: neither bias nor variance reaches {metric.show_difference(verdict.margin)}"
    return f"undecided: {verdict.reason}"
