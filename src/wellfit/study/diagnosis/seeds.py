"""How far another seed would have led: networks of the same spec on the same rows, whose errors differ by their seeds alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract import Array, Outcome
from wellfit.study.diagnosis.inside import NetworkInside, forward
from wellfit.study.diagnosis.subject import Subject
from wellfit.study.intervals import Spread, pooled_spread
from wellfit.training.population import Member, fit_many

__all__ = ["SEEDS", "SeedErrors", "seed_errors"]

SEEDS = 4  # beside the network itself


@dataclass(frozen=True, eq=False)
class SeedErrors:
    """Errors of networks that differ by their seeds.

    Parameters
    ----------
    train, dev : array of shape (networks,)
        Errors of each, alone.
    averaged : int
        How many of them the model averages: 1 for a single network.
    """

    train: NDArray[np.float64]
    dev: NDArray[np.float64]
    averaged: int

    @property
    def train_spread(self) -> Spread:
        """Of the training error, and so of the bias."""
        return pooled_spread([self.train])

    @property
    def dev_spread(self) -> Spread:
        """Of the dev error."""
        return pooled_spread([self.dev])

    @property
    def gap_spread(self) -> Spread:
        """Of dev error less training error."""
        return pooled_spread([self.dev - self.train])


def seed_errors(
    subject: Subject,
    *,
    retrain: bool = True,
    seconds: float = np.inf,
    seed: int = 0,
    n_jobs: int | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> SeedErrors | None:
    """Return errors of a network's brothers: those that a model averages, or else some that are trained for this.

    Parameters
    ----------
    subject : Subject
        The model.
    retrain : bool
        Whether networks may be trained.
    seconds : float
        When training has to be over; networks that are not ready by then do not count.
    seed : int
        Draws the seeds.
    n_jobs : int, optional
        Networks trained at once; None: one for each core.
    should_stop : callable, optional
        True ends training.

    Returns
    -------
    SeedErrors or None
        None where there are fewer than two networks: the model is none of wellfit's, diverged, or there was no time.
    """
    inside = subject.network
    if inside is None or "diverged" in inside.outcomes:
        return None
    if len(inside.parameters) > 1:
        return _errors_of(subject, [(parameters, True) for parameters in inside.parameters], len(inside.parameters))
    if not retrain:
        return None
    trained = _brothers(subject, inside, seconds, seed, n_jobs, should_stop)
    return _errors_of(subject, [(inside.parameters[0], True), *trained], 1)


def _brothers(
    subject: Subject, inside: NetworkInside, seconds: float, seed: int, n_jobs: int | None, should_stop: Callable[[], bool] | None
) -> list[tuple[Array, bool]]:
    """Train some, and return their parameters and whether they came to their end."""
    until = time.perf_counter() + seconds

    def is_over() -> bool:
        return time.perf_counter() > until or (should_stop is not None and should_stop())

    members = [Member(inside.spec, int(number)) for number in np.random.SeedSequence(seed).generate_state(SEEDS)]
    results = fit_many(
        members,
        subject.inputs_train,
        subject.Y_train,
        dev=(subject.inputs_dev, subject.Y_dev),
        n_jobs=n_jobs,
        should_stop=is_over,
    )
    return [(result.parameters, result.outcome not in (Outcome.INTERRUPTED, Outcome.DIVERGED)) for result in results]


def _errors_of(subject: Subject, networks: Sequence[tuple[Array, bool]], averaged: int) -> SeedErrors | None:
    """Return the errors of those that are whole and give finite numbers."""
    assert subject.network is not None
    found = []
    for parameters, is_whole in networks:
        outputs = [forward([(subject.network.spec, parameters)], part) for part in (subject.inputs_train, subject.inputs_dev)]
        if is_whole and all(np.isfinite(part).all() for part in outputs):
            pairs = zip(outputs, (subject.Y_train, subject.Y_dev), strict=True)
            found.append([subject.metric.total(subject.metric.row_errors(part, truth)) for part, truth in pairs])
    if len(found) < 2:
        return None
    train, dev = np.array(found).T
    return SeedErrors(train, dev, averaged)
