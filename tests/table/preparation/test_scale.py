"""Scaling of numbers, against scikit-learn's and skrub's scalers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.preprocessing import StandardScaler
from skrub import SquashingScaler

from wellfit.errors import SpecError
from wellfit.table.columns import read_column
from wellfit.table.preparation.learn import prepare_table
from wellfit.table.preparation.scale import SCALINGS, Scaled, fit_scaled, mean_and_scale, median_and_scale

NAN = float("nan")

COLUMNS = {
    "normal": np.random.default_rng(0).normal(5, 3, 200),
    "with far ones": np.random.default_rng(1).standard_cauchy(200),
    "mostly the same": np.repeat([0.0, 1.0, 7.0], [80, 15, 5]),
    "two values": np.repeat([0.0, 1.0], [60, 40]),
    "large": np.random.default_rng(2).normal(1e9, 10, 50),
    "tiny": np.random.default_rng(3).normal(0, 1e-7, 50),
}


@pytest.mark.parametrize("case", COLUMNS)
@pytest.mark.parametrize(("scaling", "oracle"), [("standard", StandardScaler), ("squash", SquashingScaler)])
def test_scaled_as_by_the_scalers_of_others(case, scaling, oracle):
    training, later = COLUMNS[case][::2], COLUMNS[case][1::2]
    theirs = oracle().fit(training[:, np.newaxis]).transform(later[:, np.newaxis])
    frame = pd.DataFrame({"a": training})
    ours = prepare_table(frame, scaling=scaling)[0].transform(pd.DataFrame({"a": later}), np.float64).X
    # In units of the spread of a column of 1e9 ± 10, the last bit of its mean is 1e-8.
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-7 if case == "large" else 1e-9)


def test_gaps_are_filled_with_the_median_and_marked_when_squashed():
    frame = pd.DataFrame({"a": [1.0, NAN, 3.0, 100.0, 2.0]})
    theirs = SquashingScaler().fit_transform(frame)
    ours = prepare_table(frame, scaling="squash")[0].transform(frame, np.float64).X
    np.testing.assert_allclose(ours[:, 0], np.nan_to_num(theirs[:, 0]), rtol=1e-12)
    np.testing.assert_array_equal(ours[:, 1], [0, 1, 0, 0, 0])


def test_squashed_values_stay_within_three_however_far_the_cell():
    preparation = prepare_table(pd.DataFrame({"a": [1.0, 2.0, 3.0]}), scaling="squash")[0]
    X, notes = preparation.transform(pd.DataFrame({"a": [1e300, -1.7e308, 2.0]}), np.float64)
    np.testing.assert_allclose(X[:, 0], [3, -3, 0], rtol=1e-9)
    (note,) = notes
    assert "2 of 3 rows (66.7 %) lie far outside the training range" in note


def test_clipped_values_are_the_scaled_ones_near_the_mean_and_end_at_eight():
    frame = pd.DataFrame({"a": np.random.default_rng(0).standard_t(2, 500)})
    plain = prepare_table(frame, scaling="standard")[0].transform(frame, np.float64).X
    clipped = prepare_table(frame, scaling="clip")[0].transform(frame, np.float64).X
    np.testing.assert_allclose(clipped, plain / np.sqrt(1 + (plain / 8) ** 2), rtol=1e-12)
    assert np.abs(plain).max() > 8 > np.abs(clipped).max()
    near = np.abs(plain) < 1
    np.testing.assert_allclose(clipped[near], plain[near], rtol=0.01)


@pytest.mark.parametrize("scaling", ["clip", "squash"])
def test_truth_values_are_never_clipped(scaling):
    column = read_column(pd.Series([True, False, False, False, False], name="a"))
    assert fit_scaled(column, scaling=scaling) == fit_scaled(column, scaling="standard")


def test_an_unknown_scaling_is_refused():
    with pytest.raises(SpecError, match="scaling 'squish' is unknown; did you mean 'squash'"):
        prepare_table(pd.DataFrame({"a": [1, 2]}), scaling="squish")


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (["06:00", "18:30", None], "a"),
        (pd.to_timedelta(["1h", "2h", None]), "a"),
        (["P1D", "P2D", None], "a"),
        (["$1,000.50", "$2", None], "a"),
        (["31.5.2024", "30.5.2024", None], "a: days"),
    ],
)
def test_times_spans_prices_and_dates_are_scaled(values, name):
    frame = pd.DataFrame({"a": values})
    preparation = prepare_table(frame, scaling="standard")[0]
    assert preparation.names[0] == name
    assert preparation.names[-1] == "a is missing"
    np.testing.assert_allclose(np.abs(preparation.transform(frame, np.float64).X[:2, 0]), np.sqrt([1.5, 1.5]), rtol=1e-9)


def test_how_dates_were_written_in_training_is_how_they_are_read():
    preparation = prepare_table(pd.DataFrame({"a": ["5/31/2024", "6/1/2024", "7/2/2024"]}))[0]
    X, notes = preparation.transform(pd.DataFrame({"a": ["6/1/2024", "2024-06-01"]}))
    assert notes == []
    np.testing.assert_array_equal(X[0], X[1])


finite = st.floats(allow_nan=False, allow_infinity=False)


@given(hnp.arrays(np.float64, st.integers(1, 40), elements=finite))
@example(np.array([0.0, -4.7e300, -4.7e300, *[np.finfo(np.float64).max] * 5]))  # quartiles further apart than any number
def test_any_finite_numbers_have_finite_scales(values):
    for middle, scale in (mean_and_scale(values), median_and_scale(values)):
        assert np.isfinite(middle)
        assert np.isfinite(scale)
        assert scale >= 0
        slack = 1e-12 * np.abs(values).max()
        assert values.min() / 2 - slack <= middle / 2 <= values.max() / 2 + slack  # halved: a sum must not overflow


@given(hnp.arrays(np.float64, 8, elements=finite), hnp.arrays(np.float64, 5, elements=finite), st.sampled_from(SCALINGS))
def test_any_finite_numbers_become_finite_ones(training, later, scaling):
    feature = fit_scaled(read_column(pd.Series(training, name="a")), scaling=scaling)
    if isinstance(feature, Scaled):
        out = np.zeros((5, 1))
        feature.write(read_column(pd.Series(later, name="a")), out, [])
        assert np.isfinite(out).all()
    else:
        assert feature == "constant"


@pytest.mark.parametrize("dtype", ["float64", "Float64", "float32", "Float32", "double[pyarrow]"])
def test_a_column_is_prepared_and_stays_as_it_is(dtype):
    plain = pd.DataFrame({"a": [17.99, 8.0, 3.0, -2.5]})
    # A nullable column takes over the memory of the plain one.
    frame, before = plain.astype(dtype), plain.copy()
    preparation = prepare_table(frame)[0]
    first, second = (preparation.transform(frame, np.float64).X for _ in range(2))
    assert first.tobytes() == second.tobytes()
    pd.testing.assert_frame_equal(plain, before)
    pd.testing.assert_frame_equal(frame, before.astype(dtype))
