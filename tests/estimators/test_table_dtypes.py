"""Columns of pandas' rarer types predict as their plain equivalents do, and intervals are categories."""

import datetime as dt
import decimal
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import wellfit
from wellfit import WellfitClassifier
from wellfit.store import from_bytes, to_bytes
from wellfit.study.default_network import FIXED

ROWS = 60
DRAW = np.random.default_rng(0)
X = DRAW.normal(10, 3, ROWS)
COUNT = DRAW.integers(0, 6, ROWS)
WORD = np.resize(np.array(["red", "green", "blue"], dtype=object), ROWS)
TRUTH = DRAW.random(ROWS) > 0.5
GAP = np.arange(ROWS) % 7 == 0
DAY = pd.Series(pd.date_range("2024-01-30", periods=ROWS, freq="D"))
SPAN = pd.Series(pd.to_timedelta(COUNT, unit="h"))
Y = np.where(X + COUNT > 13, "yes", "no")
CUT = pd.cut(pd.Series(X), 4)
MONTH = DAY.dt.to_period("M")


def arrow(values, kind):
    return pd.Series(pd.array(pa.array(values, type=kind, from_pandas=True), dtype=pd.ArrowDtype(kind)))


def with_gaps(values):
    return [None if gap else value for gap, value in zip(GAP, values, strict=True)]


# What a column holds in a plain type, and in a rarer one.
PAIRS = {
    "sparse numbers": (COUNT.astype(float), pd.arrays.SparseArray(COUNT.astype(float))),
    "sparse numbers with gaps": (np.where(GAP, np.nan, X), pd.arrays.SparseArray(np.where(GAP, np.nan, X))),
    "sparse truth values": (TRUTH, pd.arrays.SparseArray(TRUTH)),
    "bytes": (COUNT, COUNT.astype(np.uint8)),
    "nullable bytes": (COUNT, pd.array(COUNT, dtype="UInt8")),
    "nullable whole numbers with gaps": (with_gaps(COUNT), pd.array(with_gaps(COUNT), dtype="Int64")),
    "nullable numbers that hold nan": (np.where(GAP, np.nan, X), pd.arrays.FloatingArray(np.where(GAP, np.nan, X), np.zeros(ROWS, bool))),
    "nullable truth values with gaps": (with_gaps(TRUTH), pd.array(with_gaps(TRUTH), dtype="boolean")),
    "half precision": (X.astype(np.float16).astype(float), X.astype(np.float16)),
    "Arrow half precision": (X.astype(np.float16).astype(float), arrow(X.astype(np.float16), pa.float16())),
    "Arrow numbers with gaps": (with_gaps(X), arrow(with_gaps(X), pa.float64())),
    "Arrow truth values with gaps": (with_gaps(TRUTH), arrow(with_gaps(map(bool, TRUTH)), pa.bool_())),
    "decimals": (X.round(2), [decimal.Decimal(f"{x:.2f}") for x in X]),
    "Arrow decimals": (X.round(2), arrow([decimal.Decimal(f"{x:.2f}") for x in X], pa.decimal128(10, 2))),
    "text": (WORD, pd.array(WORD, dtype="string[python]")),
    "text with gaps": (with_gaps(WORD), pd.array(with_gaps(WORD), dtype="string[python]")),
    "Arrow text with gaps": (with_gaps(WORD), arrow(with_gaps(WORD), pa.large_string())),
    "Arrow dictionary of text": (WORD, arrow(pa.array(WORD).dictionary_encode(), pa.dictionary(pa.int64(), pa.string()))),
    "Arrow dictionary of numbers": (
        pd.Categorical(COUNT),
        arrow(pa.array(COUNT).dictionary_encode(), pa.dictionary(pa.int64(), pa.int64())),
    ),
    "ordered categories": (pd.Categorical(COUNT), pd.Categorical(COUNT, ordered=True)),
    "categories of numbers": (pd.Categorical(COUNT.astype(str)), pd.Categorical(COUNT)),
    "categories of months": (pd.Categorical(MONTH.astype(str)), pd.Categorical(MONTH)),
    "moments of a zone": (DAY, DAY.dt.tz_localize("UTC")),
    "Arrow moments of a zone": (DAY, arrow(DAY.dt.tz_localize("UTC"), pa.timestamp("us", tz="UTC"))),
    "Arrow days": (DAY, arrow(DAY.dt.date, pa.date32())),
    "periods": (MONTH.dt.to_timestamp(), MONTH),
    "Arrow spans of time": (SPAN, arrow(SPAN, pa.duration("s"))),
    "Arrow times of day": ([f"{hour:02d}:30" for hour in COUNT], arrow([dt.time(hour, 30) for hour in COUNT], pa.time64("us"))),
    "Arrow nothing": ([None] * ROWS, arrow([None] * ROWS, pa.null())),
    "intervals": (CUT.astype(str), pd.arrays.IntervalArray(CUT.to_numpy())),
    "intervals of whole numbers": ([f"({low}, {low + 1}]" for low in COUNT], pd.arrays.IntervalArray.from_breaks(np.arange(7)).take(COUNT)),
    "intervals with gaps": (
        with_gaps(CUT.astype(str)),
        pd.arrays.IntervalArray.from_tuples(with_gaps([(one.left, one.right) for one in CUT])),
    ),
    "intervals as objects": (CUT.astype(str), pd.Series(list(CUT), dtype=object)),
    "categories of intervals": (CUT.astype(str), CUT),
    "categories of intervals with gaps": (with_gaps(CUT.astype(str)), CUT.mask(GAP)),
}
INTERVALS = [name for name in PAIRS if "intervals" in name]


@pytest.fixture(scope="module", autouse=True)
def _tiny_networks():
    """What is tested here is how columns are read."""
    with pytest.MonkeyPatch.context() as patch:
        for task, settings in FIXED.items():
            patch.setitem(FIXED, task, replace(settings, hidden=(3,), fewest_epochs=1, most_epochs=2, members=2))
        yield


def frames_of(name):
    return [pd.DataFrame({"x": X, "column": pd.Series(column)}) for column in PAIRS[name]]


@pytest.mark.filterwarnings("ignore:left out, with no value:wellfit.errors.DataWarning")
@pytest.mark.parametrize("name", PAIRS)
def test_a_column_predicts_as_its_plain_equivalent(name):
    plain, rare = frames_of(name)
    expected, found = (WellfitClassifier(random_state=0, n_jobs=1).fit(frame, Y) for frame in (plain, rare))
    bits = expected.predict_proba(plain).tobytes()
    assert found.model_.preparation.to_dict() == expected.model_.preparation.to_dict()
    assert found.predict_proba(rare).tobytes() == bits
    # One trained on the other's type, and one from a file.
    assert expected.predict_proba(rare).tobytes() == bits
    assert from_bytes(to_bytes(found)).predict_proba(rare).tobytes() == bits


@pytest.mark.parametrize("name", INTERVALS)
def test_intervals_are_categories_in_searches_and_diagnoses(name):
    plain, rare = frames_of(name)
    parameters = []
    for frame in (plain, rare):
        study = wellfit.search(frame, Y, max_trials=2, n_jobs=1)
        parameters.append([network.parameters.tobytes() for network in study.model.networks])
        assert any(column.startswith("column = (") for column in study.model.preparation.names)
    assert parameters[0] == parameters[1]
    model = WellfitClassifier(random_state=0, n_jobs=1).fit(rare, Y)
    diagnosis = wellfit.diagnose(model, rare[:40], Y[:40], rare[40:], Y[40:], retrain=False, n_jobs=1)
    assert not [finding.evidence for finding in diagnosis.findings if "the check failed" in finding.evidence]


def test_an_interval_that_training_did_not_see_is_a_new_category():
    frame = pd.DataFrame({"x": X, "column": CUT})
    model = WellfitClassifier(random_state=0, n_jobs=1).fit(frame, Y).model_
    notes = model.apply(frame.head(2).assign(column=pd.cut(frame["x"].head(2), [-100, 100]))).notes
    assert notes == ("column 'column': 2 cells with categories unknown from training ('(-100, 100]'): treated as none of the categories.",)


@pytest.mark.parametrize("trials", [None, 2])
@pytest.mark.parametrize("as_dev", [str, lambda value: value + 0.5])
def test_dev_rows_may_have_categories_of_another_type(trials, as_dev):
    frame = pd.DataFrame({"x": X, "column": pd.Categorical(COUNT)})
    dev = frame.assign(column=pd.Categorical([as_dev(value) for value in COUNT]))
    model = WellfitClassifier(max_trials=trials, random_state=0, n_jobs=1).fit(frame, Y, eval_set=(dev, Y)).model_
    assert "column = 3" in model.preparation.names
