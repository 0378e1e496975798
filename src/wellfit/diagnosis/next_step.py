"""One tested next step: the most promising remedies are trained beside the unchanged network, and the one that helped is recommended.

The best of several on the same rows is optimistic. So the dev rows are halved many times: what is best on one half
is measured on the other.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.diagnosis.candidates import candidates_for
from wellfit.diagnosis.finding import Finding, NotApplicable, as_json
from wellfit.diagnosis.retraining import Trained, member, network_of, train, watches_dev_rows
from wellfit.diagnosis.subject import Subject
from wellfit.engines.layout import Layout
from wellfit.events import Callback
from wellfit.judge.intervals import Interval, Spread, pooled_spread, student, widened_by_seeds
from wellfit.judge.metric import Metric
from wellfit.judge.verdict import Verdict
from wellfit.plurals import counted
from wellfit.remedies.remedies import Candidate
from wellfit.spec import Spec
from wellfit.training.tasks import at_once

__all__ = ["NextStep", "Tried", "find_next_step"]

Numbers = NDArray[np.float64]

MOST_SEEDS, FEWEST_SEEDS = 5, 2
HALVINGS = 25
FEWEST_DEV_ROWS = 20
PILOT_SHARE = 0.125
FEWEST_ROWS = 50
PLANNED_SHARE = 0.9


@dataclass(frozen=True)
class Tried:
    """The result of a candidate."""

    candidate: Candidate  # the network with a remedy
    gain: Interval  # by how much its dev error is lower than that of the unchanged network, both averaged over the same seeds


@dataclass(frozen=True)
class NextStep:
    """What to do next with a network."""

    metric: Metric  # writes numbers
    tried: tuple[Tried, ...]  # all that was tried and did not diverge, the best first
    gain: Interval  # what choosing the best of them takes off the error, measured on other dev rows than those that it was chosen on
    seeds: int  # networks of each
    # rows, all_rows: training rows that they were trained on, and those that there are
    rows: int
    all_rows: int

    @property
    def recommended(self) -> Candidate | None:
        """The best change that was tried; None if no change helped significantly."""
        return self.tried[0].candidate if self.gain.low > 0 else None

    @property
    def sentence(self) -> str:
        """What to do, how certain that is, and what else was tried."""
        metric = self.metric
        how = f"{counted(self.seeds, 'network')} each" + (
            f" on {self.rows:,} of the {counted(self.all_rows, 'training row')}" if self.rows < self.all_rows else ""
        )
        # As changes of the error, so that signs mean what they do everywhere else: below 0 is better.
        changes = [f"{each.candidate.text} ({metric.show_difference(-each.gain.estimate, sign=True)})" for each in self.tried]
        if self.recommended is None:
            return f"No change that was tried helped significantly; changes of the {metric.name}: {'; '.join(changes)}, with {how}."
        rest = f" Also tried: {'; '.join(changes[1:])}." if changes[1:] else ""
        expected = metric.compared(self.gain.reversed())
        return f"Try {self.recommended.text}: expect the {metric.name} to be {expected}, as tested with {how}.{rest}"

    def to_dict(self) -> dict[str, Any]:
        """Return everything as a dictionary that `json.dumps` accepts."""
        best = self.recommended
        said: dict[str, Any] = as_json(
            {
                "sentence": self.sentence,
                "recommended": None if best is None else {"name": best.change, "text": best.text, "spec": best.spec.to_dict()},
                "gain": _ends(self.gain),
                "tried": [{"name": each.candidate.change, "text": each.candidate.text, "gain": _ends(each.gain)} for each in self.tried],
                "seeds": self.seeds,
                "rows": self.rows,
                "all_rows": self.all_rows,
            }
        )
        return said


def find_next_step(
    subject: Subject,
    verdict: Verdict,
    findings: Sequence[Finding] = (),
    *,
    seconds: float = math.inf,
    seed: int = 0,
    n_jobs: int | None = None,
    callback: Callback | None = None,
) -> NextStep:
    """Train the remedies for a verdict beside the unchanged network (of an average, one), and compare.

    Where the time is short there are fewer seeds, then fewer training rows. NotApplicable: the model is not a wellfit network, or
    there are too few rows or too little time.
    """
    start, rng = time.perf_counter(), np.random.default_rng(seed)
    inside, rows = network_of(subject), len(subject.Y_train)
    if len(subject.Y_dev) < FEWEST_DEV_ROWS or rows < FEWEST_ROWS:
        raise NotApplicable(f"{FEWEST_ROWS} training rows and {FEWEST_DEV_ROWS} dev rows are needed to compare changes")
    own = Candidate("as it is", inside.spec, "the network as it is", watches_dev_rows(inside))
    faults = [finding.name for finding in findings if finding.is_fault]
    arms = [own, *candidates_for(inside, verdict, rows, own.watches, faults)]
    numbers = [int(number) for number in rng.integers(2**32, size=MOST_SEEDS)]

    def trained(candidates: Sequence[Candidate], seeds: int, count: int) -> list[Trained | None]:
        # The same rows in the same order for all of a seed, and seed by seed, so that too little time leaves some of each.
        orders = [np.random.default_rng([seed, number]).permutation(rows)[:count] for number in numbers[:seeds]]
        members = [
            member(arm.spec, number, order, arm.watches)
            for number, order in zip(numbers[:seeds], orders, strict=True)
            for arm in candidates
        ]
        return train(subject, members, until=start + seconds, n_jobs=n_jobs, callback=callback)

    pilot = max(FEWEST_ROWS, round(PILOT_SHARE * rows))
    trained([own], 1, pilot)
    spent = time.perf_counter() - start
    seeds, count = _plan(arms, rows, spent * rows / pilot, PLANNED_SHARE * (seconds - spent), n_jobs)
    found = trained(arms, seeds, count)
    whole = [found[place : place + len(arms)] for place in range(0, len(found), len(arms))]
    whole = [each for each in whole if all(network is not None for network in each)]
    if len(whole) < FEWEST_SEEDS:
        raise NotApplicable("there was too little time to train two networks for any change")
    errors = np.array([[network.dev for network in each if network is not None] for each in whole]).swapaxes(0, 1)
    if np.isnan(errors[0]).any():
        # A network that diverges cannot be averaged; its decisions are wrong where it gives no number.
        errors[0] = subject.errors_dev
    kept = [place for place in range(1, len(arms)) if np.isfinite(errors[place]).all()]
    if not kept:
        raise NotApplicable("all networks that were tried diverged")
    return _judged(subject.metric, [arms[place] for place in kept], errors[0], errors[kept], (count, rows), rng)


def _plan(arms: Sequence[Candidate], rows: int, seconds_each: float, left: float, n_jobs: int | None) -> tuple[int, int]:
    """Return with how many seeds and rows all arms can be trained in the time that is left."""
    base = _work(arms[0].spec)
    a_seed = sum(_work(arm.spec) / base for arm in arms) * seconds_each / at_once(n_jobs)
    if math.isinf(left) or a_seed <= 0:
        return MOST_SEEDS, rows
    seeds = int(np.clip(left / a_seed, 3, MOST_SEEDS))
    share = min(1.0, left / (seeds * a_seed))
    return seeds, max(FEWEST_ROWS, int(share * rows))


def _work(spec: Spec) -> float:
    """Return what training costs, up to a factor that all networks on the same rows share."""
    return float(spec.training.epochs * Layout.of(spec.network).size)


def _judged(
    metric: Metric, arms: Sequence[Candidate], own: Numbers, errors: Numbers, counts: tuple[int, int], rng: np.random.Generator
) -> NextStep:
    """Return what helped; `own` has the shape (seeds, dev rows), `errors` one more axis of candidates before them."""
    spread = pooled_spread([_seed_gains(metric, own, each) for each in errors])
    tried = [Tried(arm, _gain(metric, own, each, spread)) for arm, each in zip(arms, errors, strict=True)]
    tried.sort(key=lambda each: -each.gain.estimate)
    shares = _chosen_on_others(metric, errors.mean(axis=1), rng)
    gain = _gain(metric, own, np.einsum("cr,csr->sr", shares, errors), spread)
    return NextStep(metric, tuple(tried), gain, len(own), *counts)


def _chosen_on_others(metric: Metric, errors: Numbers, rng: np.random.Generator) -> Numbers:
    """Return for each candidate and row how often it is the best on a half of the rows that this row is not in."""
    candidates, rows = errors.shape
    shares = np.zeros((candidates, rows))
    for _ in range(HALVINGS):
        halves = np.array_split(rng.permutation(rows), 2)
        for here, there in (halves, halves[::-1]):
            shares[np.argmin([metric.total(each[there]) for each in errors]), here] += 1 / HALVINGS
    return shares


def _gain(metric: Metric, before: Numbers, after: Numbers, pooled: Spread) -> Interval:
    """Return total(before) - total(after), averaged over seeds, with its interval over rows and seeds; both are (seeds, rows)."""
    rows = before.shape[1]
    gain = _total(metric, before) - _total(metric, after)
    influence = metric.influence(before.mean(axis=0)) - metric.influence(after.mean(axis=0))
    half = student(rows - 1) * float(influence.std(ddof=1)) / math.sqrt(rows)
    if metric.kind.is_share:
        # Where no row changed sides the rows show no spread: as if one more had been judged differently, either way.
        half = max(half, 1.0 / rows)
    # Few seeds alone say little of their spread; those of all candidates together say more, as far as their spreads are alike.
    spread = pooled_spread([_seed_gains(metric, before, after)]) if len(before) >= MOST_SEEDS else pooled
    # The networks that come of it will have other seeds, whose spread adds to that of these.
    return widened_by_seeds(Interval(gain, gain - half, gain + half), spread, max(1, len(before) // 2))


def _seed_gains(metric: Metric, before: Numbers, after: Numbers) -> list[float]:
    return [metric.total(one) - metric.total(other) for one, other in zip(before, after, strict=True)]


def _total(metric: Metric, errors: Numbers) -> float:
    return metric.total(errors.mean(axis=0))


def _ends(interval: Interval) -> dict[str, float]:
    return {"estimate": interval.estimate, "low": interval.low, "high": interval.high}
