"""A network's error over the number of training rows, and a forecast for more rows."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.diagnosis.finding import NotApplicable, as_json
from wellfit.diagnosis.inside import NetworkInside
from wellfit.diagnosis.power_law import PowerLawDraws, fit_power_law
from wellfit.diagnosis.retraining import Trained, look_at, member, network_of, train, watches_dev_rows
from wellfit.diagnosis.subject import Subject
from wellfit.events import Callback
from wellfit.judge.intervals import LEVEL, Interval
from wellfit.judge.metric import Metric, Rowwise
from wellfit.plots import LearningCurveDisplay
from wellfit.plots.learning import PowerLaw
from wellfit.plurals import counted

__all__ = ["DataForecast", "forecast"]

Numbers = NDArray[np.float64]

SIZES, SEEDS = 8, 5
TIMES = (2, 10)
RANGE = 32  # the largest size over the smallest
SMALLEST, FEWEST_ROWS = 16, 64
DRAWS = 400
FEWEST_SIZES, FEWEST_SEEDS = 4, 3

# Networks side by side hinder each other, and larger sets are less kind to the cache: of the time that is left, so much is planned for.
PLANNED_SHARE = 0.7
PILOT_SECONDS = 0.2


@dataclass(frozen=True, eq=False)
class DataForecast:
    """The error over the number of training rows, and its forecast for more rows."""

    metric: Metric  # writes numbers
    rows: int  # training rows that there are
    sizes: NDArray[np.int64]  # (sizes,): training rows that were tried
    # dev_errors, train_errors: (sizes, seeds): of single networks; nan where one diverged or was not ready in time
    dev_errors: Numbers
    train_errors: Numbers
    law: PowerLawDraws = field(repr=False)  # what was fitted to the dev errors

    def at(self, rows: float) -> Interval:
        """Return the error to expect of a network trained on so many rows, on rows like the dev rows."""
        return self.metric.possible(_percentiles(self.law.errors_at([rows])[:, 0]))

    def gain(self, times: float) -> Interval:
        """Return by how much the error falls with `times` as many training rows; negative values mean that it rises."""
        errors = self.law.errors_at([self.rows, times * self.rows])
        return self.metric.possible(_percentiles(errors[:, 0] - errors[:, 1]), is_difference=True)

    @property
    def now(self) -> Interval:
        """The error to expect with the rows that there are."""
        return self.at(self.rows)

    @property
    def word(self) -> str:
        """``"helps"`` if ten times the rows surely lower it by the margin, ``"hardly helps"`` if twice do not; or ``"undecided"``."""
        far, margin = self.gain(TIMES[-1]), self.metric.margin(self.now.estimate)
        if far.low > 0 and far.estimate >= margin:
            return "helps"
        return "hardly helps" if self.gain(TIMES[0]).high < margin else "undecided"

    @property
    def sentence(self) -> str:
        """All of it in two sentences."""
        said = {
            "helps": "More data would help",
            "hardly helps": "Twice the data would hardly help",
            "undecided": "It is undecided whether more data would help",
        }[self.word]
        metric = self.metric
        parts = [f"{metric.error_words(each)} with {counted(times, 'time')} as many" for times, each in self._forecasts()]
        now = f"{metric.show(self.now.estimate)} with the present {counted(self.rows, 'training row')}"
        return f"{said}: one such network is expected to have an {metric.name} of {now}, {' and '.join(parts)}."

    def _forecasts(self) -> list[tuple[int, Interval]]:
        return [(times, self.at(times * self.rows)) for times in TIMES]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as a dictionary that `json.dumps` accepts."""
        forecasts = {
            str(times): {"rows": times * self.rows, "error": _ends(error), "gain": _ends(self.gain(times))}
            for times, error in self._forecasts()
        }
        law = {name: float(np.median(getattr(self.law, name))) for name in ("floor", "scale", "exponent")} | {"largest": self.law.largest}
        said: dict[str, Any] = as_json(
            {
                "word": self.word,
                "sentence": self.sentence,
                "rows": self.rows,
                "now": _ends(self.now),
                "times": forecasts,
                "sizes": self.sizes,
                "dev_errors": self.dev_errors,
                "train_errors": self.train_errors,
                "law": law,
            }
        )
        return said

    def display(self) -> LearningCurveDisplay:
        """Return the curve as a picture, not drawn yet."""
        places = np.geomspace(self.sizes.min(), TIMES[-1] * self.rows, 40)
        ends = [self.at(place) for place in places]
        errors, low, high = (np.array([getattr(each, name) for each in ends]) for name in ("estimate", "low", "high"))
        law = PowerLaw(places, errors, low, high)
        is_rate = self.metric.task == "classification"
        name = self.metric.name
        return LearningCurveDisplay(self.sizes.astype(np.float64), self.dev_errors, self.train_errors, law, name, is_rate)


def forecast(
    subject: Subject,
    *,
    seconds: float = math.inf,
    seed: int = 0,
    n_jobs: int | None = None,
    callback: Callback | None = None,
) -> DataForecast:
    """Train a network (of an average, one) on growing parts of its training rows, and forecast the error with more rows.

    Where the time is too short for all rows, the largest size is smaller, and the model itself is the one that was trained on all.
    NotApplicable: the model is not a wellfit network, or there are too few rows or too little time.
    """
    start = time.perf_counter()
    inside, rows, rng = network_of(subject), len(subject.Y_train), np.random.default_rng(seed)
    if rows < FEWEST_ROWS:
        raise NotApplicable(f"a learning curve needs at least {FEWEST_ROWS} training rows, and there are {rows:,}")
    orders = [rng.permutation(rows) for _ in range(SEEDS)]
    watches = watches_dev_rows(inside)
    numbers = [int(number) for number in rng.integers(2**32, size=SEEDS)]

    def trained(sizes: Sequence[int], seeds: int = SEEDS) -> list[list[Trained | None]]:
        # Seed by seed, so that too little time leaves networks of every size.
        pairs = list(zip(numbers, orders, strict=True))[:seeds]
        members = [member(inside.spec, number, order[:size], watches) for number, order in pairs for size in sizes]
        found = train(subject, members, until=start + seconds, n_jobs=n_jobs, callback=callback)
        return [found[place :: len(sizes)] for place in range(len(sizes))]

    if math.isinf(seconds):
        sizes, seeds = _sizes(rows), SEEDS
    else:
        a_row = _seconds_a_row(trained, rows)
        sizes, seeds = _plan(rows, a_row, PLANNED_SHARE * (start + seconds - time.perf_counter()))
    tried = trained(sizes, seeds)
    if sizes[-1] < rows and "diverged" not in inside.outcomes:
        # The model itself is there already, at a size that there is no time for.
        sizes, tried = [*sizes, rows], [*tried, _itself(subject, inside)]
    return _forecast(subject.metric, rows, np.array(sizes), tried, rng)


def _itself(subject: Subject, inside: NetworkInside) -> list[Trained | None]:
    """Return what the model's own networks get wrong."""
    rows = np.random.default_rng(0).permutation(len(subject.Y_train))
    return [look_at(subject, inside.spec, parameters, rows) for parameters in inside.parameters[:SEEDS]]


def _seconds_a_row(trained: Callable[[Sequence[int]], object], rows: int) -> float:
    """Return what one more row in each of five networks costs, from networks that are large enough to be timed."""
    # What happens once only is not timed.
    trained([SMALLEST])
    size = max(SMALLEST, rows // 64)
    while True:
        begin = time.perf_counter()
        trained([size])
        took = time.perf_counter() - begin
        if took >= PILOT_SECONDS or 4 * size > rows // 4:
            return took / size
        size *= 4


def _plan(rows: int, seconds_a_row: float, seconds: float) -> tuple[list[int], int]:
    """Return the sizes that there is time for, and the seeds; fewer seeds where all of them would leave only small sizes."""
    for seeds, least in ((SEEDS, rows // 4), (FEWEST_SEEDS, FEWEST_ROWS)):
        for largest in np.geomspace(rows, least, 16):
            sizes = _sizes(int(largest))
            if sum(sizes) * seconds_a_row * seeds / SEEDS <= seconds:
                return sizes, seeds
    return _sizes(FEWEST_ROWS), FEWEST_SEEDS


def _sizes(largest: int) -> list[int]:
    """Return sizes up to the largest, each the same factor above the one before."""
    smallest = max(SMALLEST, largest // RANGE)
    return [int(size) for size in np.unique(np.geomspace(smallest, largest, SIZES).round().astype(int))]


def _forecast(
    metric: Metric, rows: int, sizes: NDArray[np.int64], tried: list[list[Trained | None]], rng: np.random.Generator
) -> DataForecast:
    """Return what networks of several sizes say."""
    dev, own = (np.full((len(sizes), SEEDS), np.nan) for _ in range(2))
    averages: list[Rowwise] = []
    for place, networks in enumerate(tried):
        whole = [(number, each) for number, each in enumerate(networks) if each is not None and not math.isnan(each.train)]
        for number, each in whole:
            dev[place, number], own[place, number] = metric.total(each.dev), each.train
        if whole:
            averages.append(np.mean([each.dev for _, each in whole], axis=0))
    counts = np.isfinite(dev).sum(axis=1)
    kept = counts > 0
    if kept.sum() < FEWEST_SIZES or counts.max() < 2:
        raise NotApplicable(f"only {int(kept.sum())} of {SIZES} sizes could be trained in time and without diverging")
    sizes, dev, own, counts = sizes[kept], dev[kept], own[kept], counts[kept]
    curves = _other_rows(metric, np.stack(averages, axis=1), rng)
    law = fit_power_law(sizes, curves, _deviations(dev, counts), rng)
    return DataForecast(metric, rows, sizes, dev, own, law)


def _other_rows(metric: Metric, errors: Numbers, rng: np.random.Generator) -> Numbers:
    """Return the curve as other dev rows would give it: the same random shares of the rows for all sizes, one set a draw."""
    shape = np.ones(len(errors))
    if metric.kind.is_share:
        # Half a row that is right and half a row that is wrong: no error in n rows is no certainty.
        errors = np.concatenate([errors, np.zeros((1, errors.shape[1])), np.ones((1, errors.shape[1]))])
        shape = np.concatenate([shape, [0.5, 0.5]])
    means = np.empty((DRAWS, errors.shape[1]))
    for draw in range(DRAWS):
        shares = rng.standard_gamma(shape)
        means[draw] = shares @ errors / shares.sum()
    return metric.kind.of_mean(means)


def _deviations(dev: Numbers, counts: NDArray[np.int64]) -> Numbers:
    """Return the standard deviation of the mean at each size, from seeds and drawn rows: one share of the error for all sizes."""
    means = np.nanmean(dev, axis=1)
    safe = np.maximum(means, 1e-12)
    squares = np.nansum(((dev - means[:, None]) / safe[:, None]) ** 2)
    spread = math.sqrt(squares / max(1, int((counts - 1).sum())))
    return np.asarray(spread * means / np.sqrt(counts))


def _percentiles(draws: Numbers) -> Interval:
    """Return the 95 % interval of draws, about their median."""
    outside = (1 - LEVEL) / 2
    low, middle, high = np.quantile(draws, [outside, 0.5, 1 - outside])
    return Interval(float(middle), float(low), float(high))


def _ends(interval: Interval) -> dict[str, float]:
    return {"estimate": interval.estimate, "low": interval.low, "high": interval.high}
