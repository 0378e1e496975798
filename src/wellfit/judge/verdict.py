"""Underfits, overfits, fits or undecided: a verdict only where the 95 % intervals support it.

bias = training error - reference error; gap (the variance) = dev error - training error. A difference counts once it reaches the margin
of the metric, which is measured by the smaller of reference error and dev error: beside a reference that is far off, any gap would look
small.
"""

from __future__ import annotations

from dataclasses import dataclass

from wellfit.judge.blocks import verdict_blocks, verdict_words
from wellfit.judge.evaluation import Evaluation, Intervals
from wellfit.judge.intervals import Interval
from wellfit.judge.metric import ABOVE, Metric
from wellfit.judge.references import Reference
from wellfit.render.blocks import Page, Section
from wellfit.render.result import Result
from wellfit.render.words import capital

__all__ = ["VERDICTS", "Verdict", "judge", "verdict_of"]

VERDICTS = ("underfits", "overfits", "fits", "undecided")


@dataclass(frozen=True)
class Verdict(Result):
    """Whether a network underfits or overfits, and why.

    Parameters
    ----------
    word : str
        One of `VERDICTS`.
    reason : str
        One sentence with the numbers that decided.
    train, dev : Interval
        Training error and dev error.
    bias, gap : Interval
        Training error minus reference error; dev error minus training error.
    margin : float
        The smallest relevant difference.
    reference : Reference
        The error that bias is measured from, and its name.
    metric : Metric
        How errors are measured and written.
    """

    word: str
    reason: str
    train: Interval
    dev: Interval
    bias: Interval
    gap: Interval
    margin: float
    reference: Reference
    metric: Metric

    @property
    def sentence(self) -> str:
        """The verdict in one sentence, without a full stop."""
        return verdict_words(self)

    @property
    def has_bias(self) -> bool:
        """Whether the bias is significant and large enough to matter."""
        return _counts(self.bias, self.margin)

    @property
    def has_variance(self) -> bool:
        """Whether the gap is significant and large enough to matter."""
        return _counts(self.gap, self.margin)

    def blocks(self, whole: bool = False) -> Page:
        """Return the verdict, the errors, and bias and variance."""
        return Page("The verdict", capital(self.sentence), [Section("Bias and variance", verdict_blocks(self))])


def judge(evaluation: Evaluation) -> Verdict:
    """Return the verdict that the intervals of an evaluation support.

    - underfits: the bias lies above 0 with its whole interval, and its estimate reaches the margin;
    - overfits: the same of the gap;
    - fits: the intervals of bias and gap both end below the margin;
    - undecided: all else.

    A network that does both underfits: bias is treated before variance.
    """
    return verdict_of(evaluation.metric, evaluation.intervals(), evaluation.reference)


def verdict_of(metric: Metric, found: Intervals, reference: Reference) -> Verdict:
    """Return the verdict that intervals support; see `judge`."""
    train, dev, bias, gap = found
    margin = metric.margin(min(reference.error.estimate, dev.estimate))
    gap_counts, bias_counts = _counts(gap, margin), _counts(bias, margin)
    least = metric.show_difference(margin)
    gap_text = f"the gap is {metric.difference_words(gap)}"
    bias_text = f"the training {metric.name} is {metric.compared(bias, reference.words, ABOVE)}"
    if bias_counts:
        also = f"; it overfits as well: {gap_text}" if gap_counts else ""
        word, reason = "underfits", f"{bias_text}{also}"
    elif gap_counts:
        word, reason = "overfits", gap_text
    elif gap.high < margin and bias.high < margin:
        word, reason = "fits", f"{gap_text}, under the minimum of {least}; {bias_text}"
    else:
        name, text, wide = ("gap", gap_text, gap) if gap.high >= margin else ("bias", bias_text, bias)
        if wide.low > 0:
            why = f"too uncertain to say whether the {name} reaches {least}"
        else:
            why = f"too uncertain: a {name} of 0 and one of {least} are both possible"
        word, reason = "undecided", f"{text}, {why}"
    return Verdict(word, reason, train, dev, bias, gap, margin, reference, metric)


def _counts(interval: Interval, margin: float) -> bool:
    """Whether a difference is significant and large enough to matter."""
    return interval.low > 0 and interval.estimate >= margin
