"""A range test of the learning rate: short runs from the same start at rates from far too low to far too high."""

from __future__ import annotations

import time

import numpy as np

from wellfit.diagnosis.checks.course import without_own_steps
from wellfit.diagnosis.checks.propagation import constant_cost, opened, some_rows
from wellfit.diagnosis.checks.severity import write_down
from wellfit.diagnosis.finding import Finding, NotApplicable
from wellfit.diagnosis.subject import Subject
from wellfit.engines.api import get_engine
from wellfit.engines.types import Outcome, Rows
from wellfit.events import stop_at
from wellfit.plurals import counted
from wellfit.spec import Member, Schedule, Spec
from wellfit.training.fit import FitResult
from wellfit.training.population import fit_many
from wellfit.training.threads import one_blas_thread

__all__ = ["check_learning_rate_range", "range_test"]

RATES = tuple(float(rate) for rate in np.logspace(-5, 1, 13))
STEPS, FEWEST_EPOCHS, FEWEST_ROWS, MOST_ROWS = 300, 5, 20, 8000
CLEARLY_LOWER, FAR = 0.1, 3.0


def check_learning_rate_range(subject: Subject, seconds: float) -> Finding:
    """Train shortly at many rates, and compare the best of them with the whole training at the network's own."""
    inside = opened(subject)
    without_own_steps(inside.spec)
    own, unit = inside.spec.training.schedule.learning_rate, constant_cost(subject)
    costs = range_test(subject, seconds)
    reached = {rate: cost / unit for rate, cost in costs.items()}
    best = min(reached, key=lambda rate: reached[rate])
    # The whole training had more steps and more rows, these among them: short runs must not be ahead of it.
    own_end = _own_cost(subject) / unit
    lead = min(reached[own], own_end) - reached[best] if best < own else own_end - reached[best]
    far = max(best / own, own / best) >= FAR
    bad = far and lead > CLEARLY_LOWER
    word = "too low" if best > own else "too high"
    return write_down(
        "learning_rate_range",
        bad,
        f"Another learning rate trains better: {best:.1g}" if bad else "The learning rate is in a good range",
        f"In {counted(len(costs), 'short run')} of about {STEPS} steps the rate {best:.1g} reaches "
        f"{counted(reached[best], 'time', spec='.2g')} the cost of a constant prediction "
        f"on held-out rows; the whole training at {own:g} reached {own_end:.2g}" + (f": the rate is {word}." if bad else "."),
        numbers={"own": own, "suggested": best, "own_cost": own_end, "costs": {f"{rate:.3g}": cost for rate, cost in reached.items()}},
        threshold=f"a rate at least {FAR:g} times higher or lower that gains {100 * CLEARLY_LOWER:g} % of a constant prediction's cost in "
        "so few steps",
        remedy=f"Set the learning rate to {best:.1g}.",
        reference="Smith 2017; Bengio 2012, section 3.1.1",
    )


def range_test(subject: Subject, seconds: float) -> dict[float, float]:
    """Return the lowest cost of short runs on training rows kept from them, by their rate; infinite for those that diverge.

    Their cost on the few rows that they go over again and again would tell how fast these are learned by heart.
    """
    inside = opened(subject)
    seen, unseen = _parted(subject)
    own = inside.spec.training.schedule.learning_rate
    rates = sorted({*RATES, own})
    steps_an_epoch = -(-len(seen) // min(inside.spec.training.batch_size or len(seen), len(seen)))
    epochs = max(FEWEST_EPOCHS, -(-STEPS // steps_an_epoch))
    start = inside.initial_parameters[0] if inside.initial_parameters else None
    seed = inside.seeds[0] if inside.seeds else 0
    members = [Member(_at_rate(inside.spec, rate, epochs), seed, parameters=start) for rate in rates]
    if seconds <= 0:
        raise NotApplicable("no time is left for short runs")
    end = time.perf_counter() + seconds
    inputs, targets = subject.inputs_train, subject.Y_train
    kept = (inputs[unseen], targets[unseen])
    results = fit_many(members, inputs[seen], targets[seen], eval_set=kept, callback=stop_at(end))
    if any(result.outcome is Outcome.INTERRUPTED for result in results):
        raise NotApplicable(
            f"{counted(len(rates), 'short run needs', 'short runs need')} more than the "
            f"{counted(seconds, 'second that is', 'seconds that are', '.2g')} left"
        )
    costs = {rate: _end(result) for rate, result in zip(rates, results, strict=True)}
    if not np.isfinite(list(costs.values())).any():
        raise NotApplicable("the short runs diverge at every rate")
    return costs


def _parted(subject: Subject) -> tuple[Rows, Rows]:
    """Return rows to train short runs on, and a third as many to compare them on."""
    rows = some_rows(len(subject.inputs_train), MOST_ROWS)
    if len(rows) < FEWEST_ROWS:
        raise NotApplicable(f"{counted(len(rows), 'training row is', 'training rows are')} too few for short runs")
    unseen = np.arange(len(rows)) % 4 == 0
    return rows[~unseen], rows[unseen]


def _own_cost(subject: Subject) -> float:
    """Return the network's cost, without penalties, on the rows that short runs are compared on; of several the median."""
    inside, (_, rows) = opened(subject), _parted(subject)
    spec = inside.spec.replace(training=inside.spec.training.replace(l2=0.0, l1=0.0, label_smoothing=0.0))
    inputs, targets = subject.inputs_train[rows], subject.Y_train[rows]
    with one_blas_thread():
        engine = get_engine("compiled")
        return float(np.median([engine.loss_and_gradient(spec, 0, parameters, inputs, targets)[0] for parameters in inside.parameters]))


def _at_rate(spec: Spec, rate: float, epochs: int) -> Spec:
    training = spec.training.replace(schedule=Schedule(learning_rate=rate), epochs=epochs, monitor="none", patience=None)
    return spec.replace(training=training)


def _end(result: FitResult) -> float:
    """Return the lowest cost on the rows kept from a run: where it would have been stopped."""
    costs = result.history.dev_cost
    return float("inf") if result.diverged or not np.isfinite(costs).any() else float(np.nanmin(costs))
