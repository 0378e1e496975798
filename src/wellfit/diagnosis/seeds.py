"""Variation over seeds: errors of networks of the same spec on the same rows."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from wellfit.diagnosis.inside import NetworkInside, forward
from wellfit.diagnosis.subject import Subject
from wellfit.engines.types import Array, Outcome
from wellfit.events import Callback, stop_at
from wellfit.judge.evaluation import SeedErrors
from wellfit.spec import Member
from wellfit.training.population import fit_many

__all__ = ["SEEDS", "seed_errors"]

SEEDS = 5
# Student's interval of two networks is five times as wide as that of three, and would drown everything else.
FEWEST = 3


def seed_errors(
    subject: Subject,
    *,
    retrain: bool = True,
    seconds: float = np.inf,
    seed: int = 0,
    n_jobs: int | None = None,
    callback: Callback | None = None,
) -> SeedErrors | None:
    """Return errors of networks like the model's: those that it averages, and as many more as make five, trained for this.

    None where there are fewer than three: the model is none of wellfit's, diverged, or there was no time.
    """
    inside = subject.network
    if inside is None or "diverged" in inside.outcomes:
        return None
    networks = list(inside.parameters)
    if retrain and len(networks) < SEEDS:
        networks += _brothers(subject, inside, SEEDS - len(networks), seconds, seed, n_jobs, callback)
    return _errors_of(subject, networks, inside.averaged)


def _brothers(
    subject: Subject,
    inside: NetworkInside,
    count: int,
    seconds: float,
    seed: int,
    n_jobs: int | None,
    callback: Callback | None,
) -> list[Array]:
    """Train some more, and return the parameters of those that came to their end."""
    until = time.perf_counter() + seconds
    members = [Member(inside.spec, int(number)) for number in np.random.SeedSequence(seed).generate_state(count)]
    results = fit_many(
        members,
        subject.inputs_train,
        subject.Y_train,
        eval_set=(subject.inputs_dev, subject.Y_dev),
        n_jobs=n_jobs,
        callback=stop_at(until, callback),
    )
    return [result.parameters for result in results if result.outcome not in (Outcome.INTERRUPTED, Outcome.DIVERGED)]


def _errors_of(subject: Subject, networks: Sequence[Array], averaged: float) -> SeedErrors | None:
    """Return the errors of those that give finite numbers."""
    assert subject.network is not None
    found = []
    for parameters in networks:
        outputs = [forward([(subject.network.spec, parameters)], part) for part in (subject.inputs_train, subject.inputs_dev)]
        if all(np.isfinite(part).all() for part in outputs):
            pairs = zip(outputs, (subject.Y_train, subject.Y_dev), strict=True)
            found.append([subject.metric.total(subject.metric.row_errors(part, truth)) for part, truth in pairs])
    if len(found) < FEWEST:
        return None
    train, dev = np.array(found).T
    return SeedErrors.of(train, dev, averaged)
