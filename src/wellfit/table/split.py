"""Split rows: into training, dev and test parts, a hold-out, or folds; at random, by strata, by groups, or by time."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellfit.errors import DataError, DataWarning
from wellfit.plurals import counted
from wellfit.table.cells import as_texts
from wellfit.table.columns import as_dates, as_numbers, as_spans
from wellfit.table.kinds import reading_of
from wellfit.table.names import quoted
from wellfit.table.numerals import Decimals, read_numbers

__all__ = ["Fold", "Labels", "Rows", "Split", "deal", "gap_message", "hold_out", "k_folds", "share", "split_places"]

Rows = NDArray[np.int64]

GROUP_DRAWS = 20
FROM_PYTHON = "or, from Python, set dev_fraction or test_fraction to 0."


class Fold(NamedTuple):
    """Rows to train on, and dev rows; they share no row."""

    train: Rows
    dev: Rows


class Split(NamedTuple):
    """Rows of three parts, in ascending order; they share no row, and `dev` or `test` is empty where its fraction is 0."""

    train: Rows
    dev: Rows
    test: Rows


class Labels(NamedTuple):
    """What a split is stratified by."""

    codes: Rows  # of shape (n,): which of the names each row has
    names: list[str]


def share(count: int, fraction: float, most: int) -> int:
    """Return the size of a part: a share of the rows, at least one and at most a fixed number; 0 for a fraction of 0."""
    return min(max(round(count * fraction), 1), most) if fraction > 0 else 0


# === A hold-out, and folds ===


def hold_out(
    count: int, fraction: float, most_rows: int, seed: int, labels: Labels | None = None, groups: pd.Series[Any] | None = None
) -> Fold:
    """Hold dev rows out of the rows: stratified, or whole groups; a class with a single row is trained on, with a `DataWarning`."""
    if count < 2:
        raise DataError(f"there is one sample to learn from (n_samples={count}); at least 2 are needed, for training and for choosing.")
    size = share(count, fraction, most_rows)
    if labels is None or groups is not None:
        train, dev, _ = split_places(count, (size, 0), labels, groups, None, seed)
        return Fold(train, dev)
    rows_of = np.bincount(labels.codes, minlength=len(labels.names))
    single = np.flatnonzero(rows_of == 1)
    if len(single):
        names = quoted(labels.names[code] for code in single)
        few = "class" if len(single) == 1 else "classes"
        warnings.warn(f"only one row of {few} {names}: used for training, but not in the dev rows.", DataWarning, stacklevel=4)
    several = np.flatnonzero(rows_of[labels.codes] > 1)
    alone = np.flatnonzero(rows_of[labels.codes] == 1)
    if not len(several):
        raise DataError(f"each of the {counted(count, 'row')} has a class of its own; give several rows of each class.")
    kept = np.flatnonzero(rows_of > 1)
    codes = np.searchsorted(kept, labels.codes[several])
    inside = Labels(codes, [labels.names[code] for code in kept])
    split = split_places(len(several), (min(size, len(several) - 1), 0), inside, None, None, seed)
    return Fold(np.sort(np.concatenate([several[split.train], alone])), several[split.dev])


def k_folds(
    count: int, folds: int, rng: np.random.Generator, codes: Rows | None = None, groups: pd.Series[Any] | None = None
) -> list[Fold]:
    """Return folds of nearly equal size: classes are spread over them evenly, groups stay whole."""
    if groups is not None:
        fold_of = _dealt_groups(groups, folds, rng)
    else:
        fold_of = deal(rng.permutation(count), folds, codes)
    return [Fold(np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)) for fold in range(folds)]


def deal(order: Rows, folds: int, values: NDArray[Any] | None = None) -> Rows:
    """Return the fold of each row: rows are dealt in turn, in a random order; with values, those of equal or near value in turn."""
    if values is not None:
        order = order[np.argsort(values[order], kind="stable")]
    fold_of = np.empty(len(order), dtype=np.int64)
    fold_of[order] = np.arange(len(order)) % min(folds, max(len(order), 1))
    return fold_of


def _dealt_groups(groups: pd.Series[Any], folds: int, rng: np.random.Generator) -> Rows:
    """Deal the largest group first, each to the fold that has the fewest rows."""
    codes = groups.factorize()[0]
    sizes = np.bincount(codes)
    order = rng.permutation(len(sizes))
    fold_of_group, filled = np.empty(len(sizes), dtype=np.int64), [0] * folds
    for group in order[np.argsort(-sizes[order], kind="stable")]:
        fold_of_group[group] = filled.index(min(filled))
        filled[fold_of_group[group]] += int(sizes[group])
    found: Rows = fold_of_group[codes]
    return found


# === Three parts ===


def split_places(
    count: int, sizes: tuple[int, ...], labels: Labels | None, groups: pd.Series[Any] | None, times: pd.Series[Any] | None, seed: int
) -> Split:
    """Split positions 0 to `count` - 1 into train, dev and test, stratified by label; `sizes` are those of dev and test, 0 for none.

    Rows of one group stay together; times order the rows. Both have `count` values without gaps, and their index counts rows of the table.
    Raise `DataError` if there are too few rows, groups or times, or a label is too rare.
    """
    wanted = 1 + sum(size > 0 for size in sizes)
    if count < wanted or count - sum(sizes) < 1:
        raise DataError(
            f"{counted(count, 'row is', 'rows are')} too few to split into {counted(wanted, 'part')}; give more rows, {FROM_PYTHON}"
        )
    rng = np.random.default_rng(seed)
    if times is not None:
        split = _by_time(count, sizes, times)
    elif groups is not None:
        split = _by_groups(sizes, groups, labels, rng)
    elif labels is not None:
        split = _by_strata(count, sizes, labels, rng)
    else:
        order = rng.permutation(count)
        split = _parts(order[: sizes[0]], order[sizes[0] : sum(sizes)], count)
    if labels is not None:
        _say_absent(split, labels)
    return split


def _parts(dev: Rows, test: Rows, count: int) -> Split:
    rest = np.ones(count, dtype=bool)
    rest[dev] = rest[test] = False
    return Split(np.flatnonzero(rest), np.sort(dev), np.sort(test))


def _by_strata(count: int, sizes: tuple[int, ...], labels: Labels, rng: np.random.Generator) -> Split:
    held = [size for size in sizes if size]
    counts = np.bincount(labels.codes, minlength=len(labels.names))
    if held and counts.min() < 2:
        rare = int(counts.argmin())
        are_words = np.isnan(read_numbers(labels.names).values).any()
        instead = " or join it with another class" if are_words else ", join it with another class, or set task (--task) to regression"
        raise DataError(
            f"class {labels.names[rare]!r} has {counts[rare]} row, too few to split: at least 2 are needed; drop its row{instead}."
        )
    left, drawn = counts.copy(), {}
    for number in (1, 0):  # test before dev: where a class has two rows, the second goes to the part that is read last
        share = _allotted(sizes[number], left, counts, 1 if sizes[number] else 0)
        left, drawn[number] = left - share, share
    by_class = [rng.permutation(np.flatnonzero(labels.codes == code)) for code in range(len(counts))]
    dev = [rows[:first] for rows, first in zip(by_class, drawn[0], strict=True)]
    test = [rows[first : first + second] for rows, first, second in zip(by_class, drawn[0], drawn[1], strict=True)]
    return _parts(np.concatenate(dev), np.concatenate(test), count)


def _allotted(size: int, left: Rows, counts: Rows, fewest: int) -> Rows:
    """Return how many rows of each class a part of `size` rows takes: in proportion, by largest remainders.

    Each class keeps a row for training, and gives one to the part where it has one to give, even if the part then grows.
    """
    exact = size * counts / counts.sum()
    share: Rows = np.clip(exact.astype(np.int64), np.minimum(fewest, left - 1), left - 1)
    for code in np.argsort(share - exact, kind="stable"):
        if share.sum() < size and share[code] < left[code] - 1:
            share[code] += 1
    return share


def _by_groups(sizes: tuple[int, ...], groups: pd.Series[Any], labels: Labels | None, rng: np.random.Generator) -> Split:
    """Of several random fillings of test and dev with whole groups, return the one nearest to the sizes and class shares."""
    codes, names = as_texts(groups)
    if codes.min() < 0:
        raise DataError(gap_message(groups, int((codes < 0).argmax())))
    wanted = 1 + sum(size > 0 for size in sizes)
    if len(names) < wanted:
        raise DataError(
            f"column {groups.name!r} has {counted(len(names), 'group')}, too few to split into {counted(wanted, 'part')}; give more, "
            f"{FROM_PYTHON}"
        )
    weights = np.bincount(codes)
    best: tuple[float, Rows] | None = None
    for _ in range(GROUP_DRAWS):
        part_of = _filled(weights, sizes, rng.permutation(len(weights)))[codes]
        found = np.bincount(part_of, minlength=3)
        distance = float(np.abs(found[1:] - np.array(sizes)).sum()) / len(codes)
        if labels is not None:
            shares = np.bincount(labels.codes) / len(codes)
            for part in np.flatnonzero(found):
                inside = np.bincount(labels.codes[part_of == part], minlength=len(shares)) / found[part]
                distance += float(np.abs(inside - shares).sum())
        if best is None or distance < best[0]:
            best = distance, part_of
    assert best is not None
    return _parts(np.flatnonzero(best[1] == 1), np.flatnonzero(best[1] == 2), len(codes))


def _filled(weights: Rows, sizes: tuple[int, ...], order: Rows) -> Rows:
    """Return the part of each group (0 training, 1 dev, 2 test): in their order, groups fill test, then dev, then training."""
    part_of = np.zeros(len(weights), dtype=np.int64)
    for part in (2, 1):
        size = sizes[part - 1]
        if size:
            kept = 1 + (part == 2 and sizes[0] > 0)  # groups that the parts to come cannot do without
            filled = np.cumsum(weights[order[: len(order) - kept]])
            taken = int(np.abs(filled - size).argmin()) + 1
            part_of[order[:taken]] = part
            order = order[taken:]
    return part_of


def _by_time(count: int, sizes: tuple[int, ...], times: pd.Series[Any]) -> Split:
    moments = _moments(times)
    order = np.argsort(moments, kind="stable")
    # Parts may only begin where the time changes.
    borders = np.flatnonzero(np.diff(moments[order])) + 1
    end, starts = count, []
    for number, size in ((1, sizes[1]), (0, sizes[0])):
        start = end
        if size:
            possible = borders[borders < end]
            if number and sizes[0]:
                possible = possible[1:]  # one border is left for dev
            if not len(possible):
                few = f"{counted(len(borders) + 1, 'different moment')}, too few to split by"
                raise DataError(f"column {times.name!r} has {few}; split without it, {FROM_PYTHON}")
            start = int(possible[np.abs(possible - (end - size)).argmin()])
        starts.append(start)
        end = start
    return _parts(order[starts[1] : starts[0]], order[starts[0] :], count)


def _say_absent(split: Split, labels: Labels) -> None:
    """Warn of classes that a part has no row of; a class without training rows cannot be learned."""
    if len(np.unique(labels.codes[split.train])) < 2 <= len(labels.names):
        raise DataError("the training part holds only one class after the split; split at random, or by other groups or times.")
    for part, rows in zip(Split._fields, split, strict=True):
        absent = np.setdiff1d(np.arange(len(labels.names)), labels.codes[rows])
        if len(rows) and len(absent):
            names = quoted(labels.names[code] for code in absent)
            few = "class" if len(absent) == 1 else "classes"
            warnings.warn(f"the {part} part has no rows of {few} {names}.", DataWarning, stacklevel=4)


def _moments(times: pd.Series[Any]) -> NDArray[np.int64]:
    """Return ranks of the moments: equal for equal times, ascending with time."""
    decimals = Decimals(times.to_frame())
    kind, form, note, doubtful = reading_of(times, decimals)
    if doubtful:
        warnings.warn(note, DataWarning, stacklevel=5)
    if kind == "category":
        raise DataError(
            f"column {times.name!r} holds {str(times.iloc[0])!r} in row 1 where times are expected: dates (as 2024-05-31) or numbers."
        )
    values: NDArray[Any]
    if kind == "date":
        values = as_dates(times, form)
    else:
        values = as_spans(times, kind) if kind in ("time", "duration") else as_numbers(times, kind, form, decimals)
    return np.unique(values, return_inverse=True)[1]


def gap_message(column: pd.Series[Any], place: int) -> str:
    """Return the sentence for a gap in a column that the split goes by."""
    row = column.index[place] + 1
    return f"column {column.name!r}, which defines the split, has a missing value in row {row}; fill it or drop the row."
