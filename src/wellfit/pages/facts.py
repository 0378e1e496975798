"""How pages write numbers, errors and settings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from wellfit.judge.intervals import Interval
from wellfit.judge.metric import Metric
from wellfit.plurals import counted
from wellfit.render.blocks import Bar, Cell, Fact, Tone
from wellfit.spec import Network, Spec

__all__ = ["TONES", "difference_fact", "error_fact", "layers", "rise_bar", "scale_of", "settings_cells"]

TONES: Mapping[str, Tone] = {"fits": "good", "overfits": "fair", "underfits": "fair", "diverged": "bad"}


def error_fact(label: str, metric: Metric, error: Interval, of: tuple[int, str] | None = None) -> Fact:
    """Return an error with its 95 % interval as a card, and of how many rows it is."""
    return Fact(label, metric.show(error.estimate), f"95 %: {metric.range(error)}" + ("" if of is None else f"; {counted(*of)}"))


def difference_fact(label: str, metric: Metric, difference: Interval) -> Fact:
    """Return a difference of two errors with its 95 % interval as a card, both with signs."""
    return Fact(label, metric.show_difference(difference.estimate, sign=True), f"95 %: {metric.range(difference, sign=True)}")


def layers(network: Network) -> str:
    """Return the units of all layers."""
    return " → ".join(str(units) for units in (network.inputs, *network.hidden, network.outputs))


def settings_cells(spec: Spec) -> list[str | Cell]:
    """Return what tells a network from others: layers, λ₂, λ₁, dropout, optimiser and rate, batch, epochs."""
    training = spec.training
    rates = training.dropout if isinstance(training.dropout, tuple) else (training.dropout,)
    dropout = "-".join(f"{rate:.3g}" for rate in dict.fromkeys(rates))
    rate = f"{training.optimizer.name} {training.schedule.learning_rate:.3g}"
    regularised = [f"{training.l2:.3g}", f"{training.l1:.3g}", dropout]
    return [layers(spec.network), *regularised, rate, f"{training.batch_size}", f"{training.epochs}"]


def scale_of(differences: Iterable[Interval]) -> tuple[float, float]:
    """Return the ends of a scale that holds 0 and all finite ends of some intervals."""
    ends = [end for each in differences for end in (each.low, each.high) if math.isfinite(end)]
    return min(0.0, *ends, 0.0), max(0.0, *ends, 0.0)


def rise_bar(rise: Interval, lowest: float, highest: float) -> Cell:
    """Return a bar from 0 to an estimate, with its interval, on a scale that holds 0; ends beyond it are cut off."""
    span = (highest - lowest) or 1.0
    zero, estimate, low, high = (min(1.0, max(0.0, (value - lowest) / span)) for value in (0.0, rise.estimate, rise.low, rise.high))
    return Cell("", bar=Bar(min(zero, estimate), max(zero, estimate), low, high))
