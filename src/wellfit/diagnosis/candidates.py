"""Which remedies are tried as a next step, the most promising first."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from wellfit.diagnosis.inside import NetworkInside
from wellfit.judge.verdict import Verdict
from wellfit.remedies.remedies import BIAS, REMEDIES, VARIANCE, Candidate
from wellfit.remedies.steps import Examined

__all__ = ["MENDED_BY", "MOST_CANDIDATES", "NEXT_STEPS", "candidates_for"]

MOST_CANDIDATES = 3
# A run whose cost fell by this share over its last fifth had not come to its end.
STILL_FALLING = 0.03

# The remedies that helped most on open tables come first.
NEXT_STEPS = {
    VARIANCE: ("l2", "both", "dropout", "early stopping", "smaller"),
    BIAS: ("less regularised", "adam", "relu", "bigger", "longer", "higher rate", "falling rate", "lower rate"),
}
# By the names of findings. Another network does not fix faults of the data.
MENDED_BY = {
    "equal_units": ("initial weights",),
    "exploding_gradients": ("initial weights", "lower rate"),
    "diverging_cost": ("lower rate",),
    "learning_rate_too_high": ("lower rate", "falling rate"),
    "saturated_units": ("relu",),
    "dead_relus": ("lower rate", "leaky relu"),
    "vanishing_gradients": ("relu", "initial weights"),
    "learning_rate_too_low": ("higher rate", "longer"),
}


def candidates_for(inside: NetworkInside, verdict: Verdict, rows: int, watches: bool, faults: Sequence[str] = ()) -> tuple[Candidate, ...]:
    """Return what to try, the most promising first; remedies of faults come before those of the verdict.

    Examples
    --------
    >>> from wellfit.spec import Network, Training
    >>> from wellfit.judge.intervals import Interval
    >>> from wellfit.judge.metric import Metric
    >>> from wellfit.judge.references import Reference
    >>> from wellfit.spec import Spec
    >>> spec = Spec(Network(inputs=4, hidden=(50,)), Training(loss="binary_cross_entropy", monitor="none", patience=None))
    >>> train, dev, bias = Interval(0.1, 0.08, 0.12), Interval(0.2, 0.16, 0.24), Interval(0.0, -0.01, 0.01)
    >>> gap, reference = Interval(0.1, 0.05, 0.15), Reference("the target error", Interval.exactly(0.1))
    >>> verdict = Verdict("overfits", "", train, dev, bias, gap, 0.01, reference, Metric("classification"))
    >>> [candidate.change for candidate in candidates_for(NetworkInside(spec, ()), verdict, 800, False)]
    ['l2', 'both', 'dropout']
    """
    still_falls = any(_falls(history.cost) for history in inside.histories)
    network = Examined(inside.spec, rows, watches, still_falls)
    mending = _made(network, [name for fault in faults for name in MENDED_BY.get(fault, ())])
    worth = [*mending, *_in_turns(*(_made(network, NEXT_STEPS[against]) for against in _against(verdict)))]
    different = {candidate.spec: candidate for candidate in reversed(worth)}
    return tuple(candidate for candidate in worth if different[candidate.spec] is candidate)[:MOST_CANDIDATES]


def _against(verdict: Verdict) -> tuple[str, ...]:
    """Return which of bias and variance counts; if neither or both do, both, the larger first."""
    if verdict.has_bias != verdict.has_variance:
        return (BIAS,) if verdict.has_bias else (VARIANCE,)
    return (BIAS, VARIANCE) if verdict.has_bias or verdict.bias.estimate > verdict.gap.estimate else (VARIANCE, BIAS)


def _made(network: Examined, names: Sequence[str]) -> list[Candidate]:
    """Return the networks that remedies give, where they change anything."""
    found = []
    for name in names:
        step = REMEDIES[name].step
        made = None if step is None else step(network)
        if made is not None and made[1] != network.spec:
            found.append(Candidate(name, made[1], made[0], network.watches or name == "early stopping"))
    return found


def _in_turns(*lists: list[Candidate]) -> list[Candidate]:
    """Return the first of each list, then the second of each, and so on."""
    return [candidate for turn in itertools.zip_longest(*lists) for candidate in turn if candidate is not None]


def _falls(cost: np.ndarray[tuple[int], np.dtype[np.floating]]) -> bool:
    """Whether a cost was still falling in the last fifth of a run."""
    part = max(1, len(cost) // 5)
    if len(cost) < 2 * part + 1:
        return False
    before, last = float(np.mean(cost[-2 * part : -part])), float(np.mean(cost[-part:]))
    return before - last > STILL_FALLING * abs(before)
