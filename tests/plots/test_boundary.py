"""Planes through tables of any columns, and what any estimator says of them."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

from wellfit.errors import DataError
from wellfit.plots import MOST_POINTS, DecisionBoundaryDisplay, ScatterDisplay
from wellfit.plots.planes import plane_of
from wellfit.plots.responses import response_of

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(60, 4))
Y = np.where(X[:, 0] + X[:, 1] > 0, "yes", "no")
FRAME = pd.DataFrame(
    {
        "age": [20, 30, 41],
        "income": [1.0, np.nan, 3.0],
        "town": pd.Categorical(["Oslo", "Rome", "Rome"]),
        "child": [True, True, False],
        "count": [1, 2, 4],
    }
)
GRID = np.array([[25.5, 0.0], [30.0, 9.0]])


def test_a_slice_holds_the_usual_values_and_keeps_the_kinds_of_columns():
    plane = plane_of(FRAME, ("age", 1), {})
    rows = plane.rows(GRID)
    assert rows["age"].tolist() == [25.5, 30.0]
    assert rows["income"].tolist() == [0.0, 9.0]
    assert rows.dtypes["town"] == FRAME.dtypes["town"]
    assert rows.iloc[0, 2:].tolist() == rows.iloc[1, 2:].tolist() == ["Rome", True, 2]
    assert plane.names == ("age", "income")
    assert plane.held == "Held fixed: town = Rome, child = True, count = 2. The points are all rows, whatever their other columns."
    assert np.array_equal(plane.points[:, 1], FRAME["income"], equal_nan=True)


def test_a_slice_holds_what_the_caller_says():
    plane = plane_of(FRAME, ("age", "income"), {"town": "Oslo", 4: 3.5})
    assert plane.rows(GRID).iloc[0, 2:].tolist() == ["Oslo", True, 3.5]
    assert "count = 3.5" in plane.held
    many = plane_of(X[:, [0, 1, 2, 3, 0, 1, 2, 3]], (0, 1), {})
    assert many.held.count(" = ") == 5
    assert "and 1 more at their median or most frequent value" in many.held


@pytest.mark.parametrize("dtype", ["float32", "int64", "bool", "object"])
def test_arrays_become_arrays(dtype):
    rows = plane_of((X * 9).astype(dtype), (3, 0), {}).rows(GRID)
    assert isinstance(rows, np.ndarray)
    assert rows.dtype == ("float64" if dtype in ("int64", "bool") else dtype)
    assert rows[:, [3, 0]].tolist() == GRID.tolist()
    assert rows[0, 1:3].tolist() == rows[1, 1:3].tolist()


def test_other_frames_come_back_as_what_they_were():
    frame = pl.DataFrame({"a": [1.0, 2.0], "b": [3, 4], "c": ["x", "x"]})
    rows = plane_of(frame, ("a", "b"), {}).rows(GRID)
    assert isinstance(rows, pl.DataFrame)
    assert rows.rows() == [(25.5, 0.0, "x"), (30.0, 9.0, "x")]


def test_the_plane_of_principal_components_goes_there_and_back():
    plane = plane_of(X, "pca", {})
    scaler = StandardScaler().fit(X)
    components = PCA(2).fit(scaler.transform(X))
    assert np.allclose(np.abs(plane.points), np.abs(components.transform(scaler.transform(X))))
    back = scaler.transform(plane.rows(GRID))
    assert np.allclose(np.abs(components.transform(back)), np.abs(GRID))
    assert plane.held.startswith("Held fixed: the other 2 principal components")
    with pytest.raises(DataError, match="held has no meaning"):
        plane_of(X, "pca", {0: 1})


def test_every_way_of_answering_is_understood():
    probability = response_of(LogisticRegression().fit(X, Y), X)
    assert probability.kind == "probability"
    assert probability.classes.tolist() == ["no", "yes"]
    score = response_of(LinearSVC().fit(X, Y), X)
    assert score.kind == "score"
    assert np.array_equal(score.values[:, 1] > score.values[:, 0], LinearSVC().fit(X, Y).predict(X) == "yes")
    kinds = np.array(["a", "b", "c", "d"])[(X[:, 0] > 0) * 2 + (X[:, 1] > 0)]
    pairs = SVC(decision_function_shape="ovo").fit(X, kinds)  # six scores for four classes
    labels = response_of(pairs, X)
    assert labels.kind == "class"
    assert np.array_equal(labels.classes[labels.values.argmax(axis=1)], pairs.predict(X))
    numbers = response_of(LinearRegression().fit(X, X[:, :1]), X)
    assert numbers.kind == "number"
    assert np.allclose(numbers.values, X[:, :1])


def test_the_line_lies_where_the_model_is_undecided():
    model = LogisticRegression().fit(X[:, :2], Y)
    display = DecisionBoundaryDisplay.from_estimator(model, X[:, :2], Y, target="answer")
    lines = np.vstack([path.vertices for item in display.ax_.collections if item.get_array() is not None for path in item.get_paths()])
    assert len(lines) > 10
    assert np.allclose(model.decision_function(lines), 0, atol=0.02)
    assert display.figure_.legends[0].get_title().get_text() == "answer"
    assert np.allclose(display.response.sum(axis=2), 1)


def test_a_gap_in_a_target_takes_no_colours_from_the_others():
    truth = np.where(np.arange(60) == 7, np.nan, 3 * X[:, 0])
    display = DecisionBoundaryDisplay.from_estimator(LinearRegression().fit(X[:, :2], X[:, 0]), X[:, :2], truth, target="price, €")
    low, high = display.ax_.collections[0].get_clim()
    assert low == pytest.approx(min(np.nanmin(truth), display.response.min()))
    assert high == pytest.approx(max(np.nanmax(truth), display.response.max()))


def test_the_picture_says_what_was_held():
    display = DecisionBoundaryDisplay.from_estimator(LogisticRegression().fit(X, Y), X, Y, features=(2, 0))
    words = " ".join(text.get_text() for text in display.ax_.texts).replace("\n", " ")
    assert f"column 1 = {np.median(X[:, 1]):.4g}, column 3 = {np.median(X[:, 3]):.4g}" in words
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("column 2", "column 0")


def test_names_of_columns_reach_the_model():
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = LogisticRegression().fit(frame, Y)  # which warns where names are missing, and warnings are errors here
    assert DecisionBoundaryDisplay.from_estimator(model, frame, Y, features=("a", "b")).names == ("a", "b")


def test_a_scatter_tells_classes_from_numbers():
    classes = ScatterDisplay.from_data(X, Y, features=(1, 3), target="answer")
    assert classes.classes == ["no", "yes"]
    assert [len(points.get_offsets()) for points in classes.ax_.collections] == [np.sum(Y == "no"), np.sum(Y == "yes")]
    assert np.allclose(classes.ax_.collections[0].get_offsets(), X[Y == "no"][:, [1, 3]])
    numbers = ScatterDisplay.from_data(X, X[:, 2], target="price, €")
    assert numbers.figure_.axes[1].get_ylabel() == "price, €"
    assert np.allclose(numbers.ax_.collections[0].get_array(), X[:, 2])
    assert len(ScatterDisplay.from_data(X).ax_.collections) == 1


def test_of_many_rows_a_sample_is_drawn_and_said():
    display = ScatterDisplay.from_data(DRAW.normal(size=(5000, 2)))
    assert len(display.ax_.collections[0].get_offsets()) == MOST_POINTS
    assert display.ax_.get_title(loc="right") == "2,000 of 5,000 rows"


def test_no_two_of_many_classes_look_the_same():
    display = ScatterDisplay.from_data(DRAW.normal(size=(40, 2)), [f"class {code % 20}" for code in range(40)])
    seen = {(str(points.get_facecolor()), points.get_paths()[0].vertices.tobytes()) for points in display.ax_.collections}
    assert len(seen) == 20
