"""The fixed network is judged by all of its rows, without a second copy of them."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from wellfit.study import fixed
from wellfit.study.fixed import FIXED, Examples, assemble, judge_average, train_members
from wellfit.table.coding import TargetCoding
from wellfit.table.preparation.learn import prepare_table


def fitted(task, rows, values):
    """Return a small model of three columns, and the examples that it is of."""
    draw = np.random.default_rng(0)
    frame = pd.DataFrame(draw.normal(size=(rows, 3)), columns=["a", "b", "c"])
    codes = np.asarray(values(frame), dtype=np.float64)
    train, dev = np.arange(0, rows - rows // 5), np.arange(rows - rows // 5, rows)
    preparation, X = prepare_table(frame, train, target=codes, classes=2 if task == "classification" else 0)
    examples = Examples(X, codes.astype(np.float32)[:, None], None, train, dev)
    coding = TargetCoding("y", task, ("no", "yes")) if task == "classification" else TargetCoding("y", task, (), 0.0, 2.0)
    settings = dataclasses.replace(FIXED[task], hidden=(4,), fewest_epochs=1, most_epochs=3, members=2)
    return assemble(preparation, coding, train_members(examples, coding, settings, seed=0), examples), examples


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_rows_are_judged_a_part_at_a_time_to_the_same_bits(monkeypatch, task):
    model, examples = fitted(task, 200, lambda frame: frame["a"] > 0 if task == "classification" else frame["a"] + frame["b"])
    expected, seen, outputs = judge_average(model, examples), [], type(model).outputs
    monkeypatch.setattr(type(model), "outputs", lambda self, X: seen.append(len(X)) or outputs(self, X))
    monkeypatch.setattr(fixed, "ROWS_AT_ONCE", 33)
    assert judge_average(model, examples) == expected
    assert seen == [33, 33, 33, 33, 28, 40]


def test_a_class_that_few_rows_would_miss_costs_one_row_of_it_and_not_all_rows(monkeypatch):
    model, examples = fitted("classification", 10_000, lambda frame: np.isin(frame.index, [1, 4, 9_000]))
    asked, fit_references = [], fixed.fit_references
    monkeypatch.setattr(fixed, "fit_references", lambda X, Y, rows, *more: asked.append(rows) or fit_references(X, Y, rows, *more))
    assert judge_average(model, examples) is not None
    (rows,) = asked
    assert 1 in rows
    assert len(rows) < 3_100
