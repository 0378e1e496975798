"""Bias, variance and the verdict in words."""

from __future__ import annotations

from wellfit.study.diagnosis.bias import TARGET, BiasVariance
from wellfit.study.intervals import Interval
from wellfit.study.metric import Metric

__all__ = ["bias_words", "error_words", "variance_words", "verdict_words"]


def error_words(metric: Metric, error: Interval) -> str:
    """Return an error with its interval.

    Parameters
    ----------
    metric : Metric
        Writes numbers.
    error : Interval
        The error.

    Returns
    -------
    str

    Examples
    --------
    >>> error_words(Metric("classification"), Interval(0.031, 0.026, 0.036))
    '3.1 % (95 %: 2.6 to 3.6)'
    """
    return f"{metric.show(error.estimate)} (95 %: {metric.range(error)})"


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
    reached = (
        f"{name}, {metric.show(measured.reference.estimate)}"
        if name == TARGET
        else f"what {name} reaches, {error_words(metric, measured.reference)}"
    )
    if above.estimate <= 0:
        end = f", {metric.show_difference(above.high)} at most" if above.high > 0 else ""
        where = "at" if above.estimate == 0 else "below"
        return f"none{end}: the training error is {where} {reached}"
    return f"{metric.show_difference(above.estimate)} (95 %: {metric.range(measured.bias)}): the training error is above {reached}"


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
    gap = measured.variance
    ends = f"(95 %: {metric.range(gap, sign=True)})"
    if gap.estimate <= 0:
        return f"none seen {ends}: the dev error is no higher than the training error"
    return f"{metric.show_difference(gap.estimate)} {ends}: the dev error is above the training error"


def verdict_words(metric: Metric, measured: BiasVariance, train_rows: int, dev_rows: int) -> str:
    """Return the verdict in one sentence; where the intervals support none, what they are too wide for.

    Parameters
    ----------
    metric : Metric
        Writes numbers.
    measured : BiasVariance
        What was measured.
    train_rows, dev_rows : int
        Rows of both parts.

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
    if gap.high >= verdict.margin:
        which, rows, difference = "gap", f"the dev set has {dev_rows:,} rows", gap
    else:
        which, rows, difference = "bias", f"the training set has {train_rows:,} rows", above
    least = metric.show_difference(difference.estimate - difference.low)
    found = f"{metric.show_difference(difference.estimate, sign=True)}, 95 %: {metric.range(difference, sign=True)}"
    return (
        f"not decided: {rows}; a {which} under {least} cannot be seen (found {found}; {metric.show_difference(verdict.margin)} would count)"
    )
