"""Underfits, overfits, fits or undecided: a verdict only where the 95 % intervals support it.

bias = training error - reference error; gap (the variance) = dev error - training error. A difference counts once it
reaches the margin of the metric.
"""

from __future__ import annotations

from dataclasses import dataclass

from wellfit.judge.intervals import Interval, difference
from wellfit.judge.metric import ABOVE, Metric

VERDICTS = ("underfits", "overfits", "fits", "undecided")


@dataclass(frozen=True)
class Verdict:
    """What a network's errors say, and why.

    Parameters
    ----------
    word : str
        One of `VERDICTS`.
    reason : str
        One sentence with the numbers that decided.
    bias, gap : Interval
        Training error less reference error; dev error less training error.
    margin : float
        The smallest difference that counts.
    """

    word: str
    reason: str
    bias: Interval
    gap: Interval
    margin: float

    @property
    def has_bias(self) -> bool:
        """Whether the bias is beyond noise, and large enough to matter."""
        return _counts(self.bias, self.margin)

    @property
    def has_variance(self) -> bool:
        """Whether the gap is beyond noise, and large enough to matter."""
        return _counts(self.gap, self.margin)


def judge(
    metric: Metric, train: Interval, gap: Interval, reference: Interval, reference_name: str, bias: Interval | None = None
) -> Verdict:
    """Return the verdict that the intervals support.

    - underfits: the bias lies above 0 with its whole interval, and its estimate reaches the margin;
    - overfits: the same of the gap;
    - fits: the intervals of bias and gap both end below the margin;
    - undecided: all else.

    A network that does both underfits: bias is mended before variance.

    Parameters
    ----------
    metric : Metric
        Gives the margin, and writes numbers.
    train : Interval
        Training error.
    gap : Interval
        Dev error less training error.
    reference : Interval
        The error that is asked for, or that a simple model reaches on the dev rows.
    reference_name : str
        Such as ``"logistic regression"``.
    bias : Interval, optional
        Training error less reference error, where more is known of it than that both were measured on separate rows.

    Returns
    -------
    Verdict

    Examples
    --------
    >>> from wellfit.judge.intervals import wilson
    >>> train, dev = wilson(0.0, 3000), wilson(0.05, 1000)
    >>> judge(Metric("classification"), train, difference(dev, train), wilson(0.06, 1000), "logistic regression").word
    'overfits'
    """
    bias = difference(train, reference) if bias is None else bias
    margin = metric.margin(reference.estimate)
    gap_counts, bias_counts = _counts(gap, margin), _counts(bias, margin)
    least = metric.show_difference(margin)
    gap_text = f"the gap is {metric.difference_words(gap)}"
    bias_text = f"the training {metric.name} is {metric.compared(bias, reference_name, ABOVE)}"
    if bias_counts:
        also = f"; it overfits as well: {gap_text}" if gap_counts else ""
        return Verdict("underfits", f"{bias_text}{also}", bias, gap, margin)
    if gap_counts:
        return Verdict("overfits", gap_text, bias, gap, margin)
    if gap.high < margin and bias.high < margin:
        return Verdict("fits", f"{gap_text}, under the {least} that count; {bias_text}", bias, gap, margin)
    name, text, wide = ("gap", gap_text, gap) if gap.high >= margin else ("bias", bias_text, bias)
    if wide.low > 0:
        why = f"too uncertain to say whether the {name} reaches the {least} that count"
    else:
        why = f"too uncertain: a {name} of 0 and one of {least} are both possible"
    return Verdict("undecided", f"{text}, {why}", bias, gap, margin)


def _counts(interval: Interval, margin: float) -> bool:
    """Whether a difference is both beyond noise and large enough to matter."""
    return interval.low > 0 and interval.estimate >= margin
