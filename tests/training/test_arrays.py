"""Tables become what engines take, or a clear error."""

import numpy as np
import pytest

from wellfit.errors import DataError
from wellfit.spec import Network, Spec, Training
from wellfit.training.arrays import check_data_fits, make_data

X = np.arange(8.0).reshape(4, 2)
Y = np.array([0.0, 1.0, 1.0, 0.0])


def test_arrays_of_the_right_kind_are_not_copied():
    targets = Y.reshape(-1, 1)
    data = make_data(X, targets, "float64", weights=Y)
    assert data.X is X
    assert data.Y is targets
    assert data.weights is Y
    assert data.dev_X is X
    assert data.rows.tolist() == [0, 1, 2, 3]
    assert data.dev_rows.size == 0


def test_everything_is_brought_to_one_dtype_and_order():
    data = make_data(np.asfortranarray(X), Y.astype(int), "float32", weights=[1, 2, 3, 4], rows=[2, 2, 0], dev_rows=[3])
    assert {array.dtype for array in (data.X, data.Y, data.weights)} == {np.dtype("float32")}
    assert data.X.flags.c_contiguous
    assert data.rows.tolist() == [2, 2, 0]
    assert data.rows.dtype == np.int64


def test_a_dev_table_of_its_own():
    data = make_data(X, Y, "float64", dev=(X + 1, Y))
    assert np.array_equal(data.dev_X, X + 1)
    assert data.dev_rows.tolist() == [0, 1, 2, 3]
    assert data.dev_weights is None
    some = make_data(X, Y, "float64", dev_rows=[1], dev=(X + 1, Y, Y))
    assert some.dev_rows.tolist() == [1]
    assert np.array_equal(some.dev_weights, Y)


def with_value(array, place, value):
    changed = array.astype(object if isinstance(value, str) else float)
    changed[place] = value
    return changed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"X": X[0]}, "X must have rows and columns, found shape"),
        ({"X": X[:0], "Y": Y[:0]}, "X must have rows and columns"),
        ({"Y": Y[:3]}, "X and y must have the same number of rows, found 4 and 3"),
        ({"Y": Y.reshape(2, 2, 1)}, "y must have one value"),
        ({"X": with_value(X, (1, 0), np.nan)}, "X must be finite, found nan in row 1, column 0"),
        ({"X": with_value(X, (3, 1), -np.inf)}, "X must be finite, found -inf in row 3, column 1"),
        ({"X": with_value(X, (2, 0), 1e300), "dtype": "float32"}, "in row 2, column 0, which is too large for float32"),
        ({"Y": with_value(Y, 2, np.nan)}, "y must be finite, found nan in row 2"),
        ({"X": with_value(X, (0, 0), "red")}, "X must hold numbers, found object"),
        ({"weights": Y[:2]}, "sample_weight must have one value a row, 4 in all"),
        ({"weights": [1, -2, 1, 1]}, "sample_weight must be at least 0, found -2 in row 1"),
        ({"rows": []}, "at least one row to train on"),
        ({"rows": [0, 4]}, "rows must lie between 0 and 3, found 4"),
        ({"rows": [0.5]}, "rows must be a list of row numbers, found float64"),
        ({"dev_rows": [-1]}, "dev_rows must lie between 0 and 3, found -1"),
        ({"dev": (X,)}, "eval_set must be .X, y. or .X, y, sample_weight., found 1 item"),
        ({"dev": X}, "eval_set must be .X, y. or .X, y, sample_weight., found ndarray"),
        ({"dev": (X[:, :1], Y)}, "X of eval_set must have 2 columns, as the training X, found 1"),
        ({"dev": (X, with_value(Y, 0, np.inf))}, "y of eval_set must be finite, found inf in row 0"),
    ],
)
def test_bad_tables(arguments, message):
    with pytest.raises(DataError, match=message):
        make_data(**{"X": X, "Y": Y, "dtype": "float64"} | arguments)


@pytest.mark.parametrize(
    ("loss", "outputs", "targets", "message"),
    [
        ("cross_entropy", 3, [0, 1, 2, 3], "y must hold class codes from 0 to 2 for cross_entropy, found 3 in row 3"),
        ("cross_entropy", 3, [0, 1, 0.5, 2], "found 0.5 in row 2"),
        ("cross_entropy", 3, [0, -1, 0, 2], "found -1 in row 1"),
        ("cross_entropy", 3, np.zeros((4, 3)), "y must have 1 column for cross_entropy with 3 outputs, found 3"),
        ("binary_cross_entropy", 1, [0, 1, 2, 0], "y must hold 0 or 1 for binary_cross_entropy, found 2 in row 2, column 0"),
        ("poisson", 1, [0, 1, 2, -3], "y must hold counts of at least 0 for poisson, found -3 in row 3"),
        ("squared_error", 2, [0, 1, 2, 3], "y must have 2 columns for squared_error with 2 outputs, found 1"),
    ],
)
def test_targets_that_a_loss_cannot_take(loss, outputs, targets, message):
    spec = Spec(Network(inputs=2, outputs=outputs), Training(loss=loss, dtype="float64"))
    with pytest.raises(DataError, match=message):
        check_data_fits(spec, make_data(X, targets, "float64"))


def test_tables_that_a_network_cannot_take():
    spec = Spec(Network(inputs=3), Training(loss="squared_error", dtype="float64"))
    with pytest.raises(DataError, match="X must have the network's 3 columns, found 2"):
        check_data_fits(spec, make_data(X, Y, "float64"))
    with pytest.raises(DataError, match="X must be in the spec's dtype float64, found float32"):
        check_data_fits(spec, make_data(X, Y, "float32"))
    narrow = spec.replace(network=Network(inputs=2))
    with pytest.raises(DataError, match="found 0 for every training row"):
        check_data_fits(narrow, make_data(X, Y, "float64", weights=[0, 0, 1, 1], rows=[0, 1]))


def test_dev_targets_are_looked_at_too():
    spec = Spec(Network(inputs=2), Training(loss="binary_cross_entropy", dtype="float64"))
    with pytest.raises(DataError, match="y of eval_set must hold 0 or 1 for binary_cross_entropy, found 7 in row 1"):
        check_data_fits(spec, make_data(X, Y, "float64", dev=(X, [0, 7, 0, 0])))
