"""Networks trained for a diagnosis on some of the training rows and evaluated on the dev rows, within the time limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from wellfit.diagnosis.finding import NotApplicable
from wellfit.diagnosis.inside import NetworkInside, forward
from wellfit.diagnosis.subject import Subject
from wellfit.engines.types import Array, Outcome, Rows
from wellfit.events import Callback, stop_at
from wellfit.judge.metric import Rowwise
from wellfit.spec import Member, Spec
from wellfit.training.population import fit_many

__all__ = ["Trained", "look_at", "member", "network_of", "train", "watches_dev_rows"]

# What is held out of a network's own training rows where its training watches such rows: scikit-learn's validation_fraction.
HELD_OUT = 0.1
MOST_TRAINING_ROWS = 2_000  # looked at for a training error


class Trained(NamedTuple):
    """What a network got wrong."""

    dev: Rowwise  # (dev rows,): as from `Metric.row_errors`; all nan where the network diverged
    train: float  # error on rows that it was trained on; nan where it diverged


def network_of(subject: Subject) -> NetworkInside:
    """Return what is inside a subject's model."""
    if subject.network is None:
        raise NotApplicable("it needs to train networks, and the model is not one of wellfit's")
    return subject.network


def watches_dev_rows(inside: NetworkInside) -> bool:
    """Return whether a network's training stopped, or chose its epoch, by rows that it was not trained on."""
    monitor = inside.spec.training.monitor
    seen = any(np.isfinite(history.dev_cost).any() for history in inside.histories)
    return monitor.startswith("dev_") or (monitor == "auto" and seen)


def member(spec: Spec, seed: int, rows: Rows, watches: bool) -> Member:
    """Return a network to be trained on some of the training rows, in random order.

    The rows that training watches, if any, come out of these: dev rows that chose an epoch would measure it too well.
    """
    if not watches:
        return Member(spec, seed, rows)
    held = max(1, round(HELD_OUT * len(rows)))
    return Member(spec, seed, rows[held:], rows[:held])


def train(
    subject: Subject,
    members: Sequence[Member],
    *,
    until: float,
    n_jobs: int | None = None,
    callback: Callback | None = None,
) -> list[Trained | None]:
    """Train networks, those that matter most first, and look at the dev rows with each; None: it was not ready `until` then."""
    results = fit_many(members, subject.inputs_train, subject.Y_train, n_jobs=n_jobs, callback=stop_at(until, callback))
    looked: list[Trained | None] = []
    for each, result in zip(members, results, strict=True):
        if result.outcome is Outcome.INTERRUPTED:
            looked.append(None)
        elif result.diverged:
            looked.append(_nothing(subject))
        else:
            looked.append(look_at(subject, each.spec, result.parameters, np.asarray(each.rows)))
    return looked


def _nothing(subject: Subject) -> Trained:
    return Trained(np.full(len(subject.Y_dev), np.nan), float("nan"))


def look_at(subject: Subject, spec: Spec, parameters: Array, rows: Rows) -> Trained:
    """Return what a network gets wrong."""
    own = rows[:MOST_TRAINING_ROWS]
    pairs = ((subject.inputs_dev, subject.Y_dev), (subject.inputs_train[own], subject.Y_train[own]))
    outputs = [forward([(spec, parameters)], inputs) for inputs, _ in pairs]
    if not all(np.isfinite(part).all() for part in outputs):
        return _nothing(subject)
    dev, train_errors = (subject.metric.row_errors(part, truth) for part, (_, truth) in zip(outputs, pairs, strict=True))
    return Trained(dev, subject.metric.total(train_errors))
