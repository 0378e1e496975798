"""Targets are coded and decoded without loss."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from wellfit.errors import DataError
from wellfit.estimators.targets import Classes, Numbers

LABELS = st.one_of(
    st.lists(st.integers(-5, 5), min_size=1, max_size=40),
    st.lists(st.booleans(), min_size=1, max_size=40),
    st.lists(st.sampled_from(["a", "bb", "ccc", "ä", ""]), min_size=1, max_size=40),
    st.lists(st.sampled_from([-1.0, 0.0, 3.0]), min_size=1, max_size=40),
)


@given(LABELS, st.sampled_from(["float32", "float64"]))
@pytest.mark.filterwarnings("ignore:The number of unique classes:UserWarning")
def test_classes_come_back_from_their_codes(labels, dtype):
    y = np.array(labels)
    targets = Classes.of(y)
    codes = targets.encode(y, dtype)
    assert codes.dtype == dtype
    assert codes.shape == (len(y), 1)
    assert targets.classes.tolist() == sorted(set(labels))
    if targets.loss == "cross_entropy":
        outputs = np.eye(targets.outputs)[codes[:, 0].astype(int)]
    else:
        assert targets.outputs == 1
        assert set(np.unique(codes)) <= {0.0, 1.0}
        outputs = codes * 0.8 + 0.1
    decoded = targets.decode(outputs)
    assert decoded.tolist() == y.tolist()
    assert decoded.dtype == y.dtype


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=2, max_size=20), st.booleans())
def test_labels_come_back_from_their_codes(rows, as_sparse):
    Y = np.array(rows, dtype=int)
    targets = Classes.of(sparse.csr_matrix(Y) if as_sparse else Y)
    assert (targets.loss, targets.outputs, targets.classes.tolist()) == ("binary_cross_entropy", 3, [0, 1, 2])
    codes = targets.encode(sparse.csr_matrix(Y) if as_sparse else Y, "float64")
    decoded = targets.decode(codes * 0.8 + 0.1)
    assert sparse.issparse(decoded) == as_sparse
    assert np.array_equal(decoded.toarray() if as_sparse else decoded, Y)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20), st.sampled_from([1, 2]))
def test_numbers_keep_their_shape(numbers, columns):
    y = np.column_stack([numbers] * columns) if columns > 1 else np.array(numbers)
    targets = Numbers(columns, "squared_error")
    codes = targets.encode(y, "float64")
    assert codes.shape == (len(numbers), columns)
    assert np.array_equal(targets.decode(codes), y)


def test_what_was_not_learned_is_refused():
    with pytest.raises(DataError, match=r"`y` has classes not in `self.classes_`. `self.classes_` has \[0 1\]. 'y' has \[1 2\]"):
        Classes.of(np.array([0, 1])).encode(np.array([1, 2]), "float64")
    with pytest.raises(DataError, match=r"y must have 3 columns of 0 and 1, found shape \(2, 2\)"):
        Classes(np.arange(3), multilabel=True).encode(np.eye(2), "float64")
    with pytest.raises(DataError, match="y must have 2 columns, as when the network was made, found 1"):
        Numbers(2, "huber").encode(np.zeros(3), "float64")


@pytest.mark.parametrize(
    ("y", "message"),
    [(np.array([0.5, 1.5, 2.25]), "Unknown label type"), (np.array([[1, 2], [3, 4]]), "several classes a row|Unknown label type")],
)
def test_what_is_no_class(y, message):
    with pytest.raises(ValueError, match=message):
        Classes.of(y)
