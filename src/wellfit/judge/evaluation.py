"""The errors of a network by row, and what they are compared with: the input of a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from wellfit.judge.intervals import Interval, Spread, difference, pooled_spread, row_correlation, widened_by_seeds
from wellfit.judge.metric import Metric, Rowwise
from wellfit.judge.references import Reference, SameRows

__all__ = ["Evaluation", "Intervals", "SeedErrors"]


class SeedErrors(NamedTuple):
    """Errors of networks that differ only in their seeds."""

    train: tuple[Rowwise, ...]  # for each setting an array (seeds,): errors of each network alone; spreads are pooled over settings
    dev: tuple[Rowwise, ...]
    averaged: float  # networks that the errors of the evaluation average; with weights, as many as would vary as much with equal ones

    @classmethod
    def of(cls, train: ArrayLike, dev: ArrayLike, averaged: float) -> SeedErrors:
        """Return the errors of networks of a single setting."""
        return cls((np.asarray(train, dtype=np.float64),), (np.asarray(dev, dtype=np.float64),), averaged)

    @property
    def gap(self) -> tuple[Rowwise, ...]:
        """Dev error - training error of each network."""
        return tuple(dev - train for dev, train in zip(self.dev, self.train, strict=True))


class Intervals(NamedTuple):
    """The errors of an evaluation with their 95 % intervals."""

    train: Interval
    dev: Interval
    bias: Interval  # training error - reference error
    gap: Interval  # dev error - training error


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The errors of a network on training and dev rows, and the reference error that bias is measured from."""

    metric: Metric
    train: Rowwise  # (rows,), as from `Metric.row_errors`: of a network, of an average, or averaged over networks and folds
    dev: Rowwise
    reference: Reference
    seeds: SeedErrors | None = None  # networks that differ by their seeds, where several are known
    same_rows: SameRows | None = None  # errors of the reference on training rows: what makes a row hard for both then cancels out

    def intervals(self) -> Intervals:
        """Return errors and differences with their intervals over rows, widened by the variation over seeds."""
        metric, seeds = self.metric, self.seeds
        train, dev = metric.interval(self.train), metric.interval(self.dev)
        # Training rows and dev rows of one split are separate rows, whose errors vary independently. Of folds they are the same rows,
        # whose errors vary together: the interval of their difference is then too wide rather than too narrow.
        bias, gap = difference(train, self.reference.error), difference(dev, train)
        if self.same_rows is not None:
            own, theirs = self.train[self.same_rows.rows], self.same_rows.errors
            bias = difference(metric.interval(own), metric.interval(theirs), row_correlation(own, theirs))
        if seeds is not None:
            of_train = pooled_spread(seeds.train)
            train, bias = (self._widened(interval, of_train) for interval in (train, bias))
            dev, gap = self._widened(dev, pooled_spread(seeds.dev)), self._widened(gap, pooled_spread(seeds.gap))
        return Intervals(
            metric.possible(train),
            metric.possible(dev),
            metric.possible(bias, is_difference=True),
            metric.possible(gap, is_difference=True),
        )

    def _widened(self, interval: Interval, spread: Spread) -> Interval:
        assert self.seeds is not None
        return widened_by_seeds(interval, spread, self.seeds.averaged)
