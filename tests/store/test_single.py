"""One network alone, in and out of a file: the same bits as the estimator that trained it."""

import numpy as np
import pandas as pd
import pytest

from wellfit import MLPClassifier, MLPRegressor
from wellfit.errors import DataError, SpecTypeError
from wellfit.spec import Network, Spec, Training
from wellfit.store import NetworkModel, TrainedNetwork, load, save

DRAW = np.random.default_rng(3)
X = DRAW.normal(size=(60, 4))
NUMBERS = X @ [1.0, -2.0, 0.5, 0.0]
LEARNED = {"hidden_layer_sizes": (5,), "max_iter": 40, "solver": "lbfgs", "random_state": 0}
TARGETS = {
    "text": np.where(NUMBERS > 0, "yes", "nö"),
    "truth": NUMBERS > 0,
    "whole numbers": np.digitize(NUMBERS, [-1, 1]) + 5,
    "floats": np.digitize(NUMBERS, [-1, 1]) + 5.0,
    "labels": np.column_stack([X[:, 0] > 0, X[:, 1] > 0, X[:, 2] > 1]).astype(int),
}


def kept(estimator, path):
    save(estimator, path)
    return load(path)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("target", TARGETS)
def test_a_classifier_comes_back(target, dtype, tmp_path):
    rows = X.astype(dtype)
    estimator = MLPClassifier(**LEARNED).fit(rows, TARGETS[target])
    model = kept(estimator, tmp_path / "model")
    assert isinstance(model, NetworkModel)
    assert model.predict_proba(rows).tobytes() == estimator.predict_proba(rows).tobytes()
    assert (model.predict(rows) == estimator.predict(rows)).all()
    assert model.predict(rows).dtype.kind == estimator.predict(rows).dtype.kind
    assert list(model.classes) == estimator.classes_.tolist()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("outputs", [1, 2])
def test_a_regressor_comes_back(outputs, tmp_path):
    y = NUMBERS if outputs == 1 else np.column_stack([NUMBERS, X[:, 0]])
    estimator = MLPRegressor(**LEARNED).fit(X, y)
    model = kept(estimator, tmp_path / "model")
    assert model.predict(X).tobytes() == estimator.predict(X).tobytes()
    assert model.predict(X).shape == y.shape
    assert model.classes == ()
    with pytest.raises(DataError, match="a regression has no probabilities"):
        model.predict_proba(X)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_columns_are_found_by_name(tmp_path):
    frame = pd.DataFrame(X, columns=list("abcd"))
    estimator = MLPRegressor(**LEARNED).fit(frame, NUMBERS)
    model = kept(estimator, tmp_path / "model")
    assert model.columns == ("a", "b", "c", "d")
    turned = frame[list("dbca")].assign(more=1)
    assert model.predict(turned).tobytes() == estimator.predict(frame).tobytes()
    assert model.predict(X).tobytes() == estimator.predict(frame).tobytes()
    with pytest.raises(DataError, match="the table lacks 'b', which the network was trained on"):
        model.predict(frame.drop(columns="b"))


@pytest.mark.parametrize("estimator", [MLPClassifier(), MLPRegressor()])
def test_an_estimator_that_is_not_fitted_is_refused(estimator, tmp_path):
    with pytest.raises(SpecTypeError, match=r"found MLP\w+; fit it first"):
        save(estimator, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


# === What cannot be predicted, or be a model ===


def made(outputs=1, loss="squared_error", **more):
    spec = Spec(Network(2, (), outputs), Training(loss=loss, dtype="float64"))
    return NetworkModel(TrainedNetwork(spec, 0, np.arange(3.0 * outputs)), **more)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (np.zeros((2, 3)), r"takes rows of 2 numbers, found an array of shape \(2, 3\)"),
        (np.zeros(2), r"found an array of shape \(2,\)"),
        ([[0.0, 1.0], [2.0, np.nan]], "row 2, column 2 is nan"),
        ([["a", "b"]], "takes numbers alone"),
        (pd.DataFrame({"a": [1.0], "b": ["x"]}), "takes numbers alone"),
    ],
)
def test_rows_that_are_no_numbers(rows, words):
    with pytest.raises(DataError, match=words):
        made().predict(rows)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"classes": ("a", "b")}, "has 0 classes, found labels of 2"),
        ({"loss": "binary_cross_entropy"}, "has 2 classes, found labels of 0"),
        ({"loss": "cross_entropy", "outputs": 3, "classes": ("a", "b", "b")}, "has 3 classes, found labels of 2"),
        ({"loss": "binary_cross_entropy", "classes": (b"a", b"b")}, r"found b'a' \(bytes\)"),
        ({"loss": "binary_cross_entropy", "classes": (1.0, float("nan"))}, "found nan"),
        ({"loss": "binary_cross_entropy", "classes": (1, "a")}, "must be of one type"),
        ({"columns": ("a",)}, "has 2 inputs, which need a name each, found 1"),
    ],
)
def test_models_that_cannot_be(values, words):
    with pytest.raises(DataError, match=words):
        made(**values)
