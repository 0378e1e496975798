"""Generated data sets, and those read from files."""

import sys

import h5py
import numpy as np
import pytest
import scipy.io
from sklearn.datasets import make_circles, make_moons
from sklearn.neighbors import KNeighborsClassifier

import wellfit
from wellfit import datasets
from wellfit.errors import DataError

GENERATED = [datasets.circles, datasets.moons, datasets.flower, datasets.spiral]


@pytest.mark.parametrize("make", GENERATED)
def test_shapes_types_and_halves(make):
    X, y = make(rows=151)
    assert (X.shape, X.dtype, y.shape, y.dtype) == ((151, 2), np.float64, (151,), np.int64)
    assert sorted(np.bincount(y)) == [75, 76]


@pytest.mark.parametrize("make", [*GENERATED, datasets.sine])
def test_one_seed_one_set(make):
    first, again, other = make(seed=3), make(seed=3), make(seed=4)
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert (first[0] != other[0]).any()


@pytest.mark.parametrize("make", GENERATED)
def test_classes_can_be_told_apart_but_not_by_a_line(make):
    X, y = make(rows=600, noise=0.02)
    assert KNeighborsClassifier(5).fit(X[:400], y[:400]).score(X[400:], y[400:]) > 0.85  # petals meet in the centre
    line = np.linalg.lstsq(np.column_stack([X, np.ones(600)]), 2.0 * y - 1, rcond=None)[0]
    assert ((np.column_stack([X, np.ones(600)]) @ line > 0) == y).mean() < 0.9


def by_place(X, y):
    order = np.lexsort((np.round(X[:, 0], 9), np.round(X[:, 1], 9), y))
    return X[order]


@pytest.mark.parametrize(("ours", "theirs"), [(datasets.circles, make_circles), (datasets.moons, make_moons)])
def test_without_noise_the_points_are_scikit_learns(ours, theirs):
    np.testing.assert_allclose(by_place(*ours(100, noise=0.0)), by_place(*theirs(100)), atol=1e-12)


def test_noise_has_the_deviation_asked_for():
    X, _ = datasets.circles(20_000, noise=0.05)
    radius = np.hypot(*X.T)
    outer = radius[radius > 0.9] - 1
    assert abs(outer.std() - 0.05) < 0.005
    x, y = datasets.sine(20_000, noise=0.3)
    assert abs((y - np.sin(2 * np.pi * x[:, 0])).std() - 0.3) < 0.01


def test_arms_and_petals():
    assert np.bincount(datasets.spiral(rows=300, arms=3)[1]).tolist() == [100, 100, 100]
    X, y = datasets.flower(rows=800, petals=8, noise=0.0)
    petal = np.floor(np.mod(np.arctan2(X[:, 1], X[:, 0]), 2 * np.pi) / (2 * np.pi / 8))
    np.testing.assert_array_equal(petal % 2, y)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: datasets.circles(1), "rows must be at least 2, found 1"),
        (lambda: datasets.moons(noise=-0.1), "noise must be at least 0, found -0.1"),
        (lambda: datasets.moons(noise=float("nan")), "noise must be at least 0, found nan"),
        (lambda: datasets.flower(petals=5), "petals must be an even number of at least 2, found 5"),
        (lambda: datasets.spiral(arms=1), "arms must be at least 2, found 1"),
        (lambda: datasets.spiral(rows=2, arms=3), "rows must be at least 3, found 2"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(DataError, match=message):
        call()


def test_they_are_reached_as_datasets():
    assert all(callable(getattr(wellfit.datasets, name)) for name in datasets.__all__)


def test_the_built_in_table():
    frame = datasets.breast_cancer()
    assert frame.shape == (569, 31)
    assert frame.columns[-1] == "diagnosis"
    assert frame["diagnosis"].value_counts().to_dict() == {"benign": 357, "malignant": 212}


# === From files ===


def test_football_is_read(tmp_path):
    path = tmp_path / "data.mat"
    X, y = np.array([[0.5, 1], [2, 3]]), np.array([[1], [0]], dtype=np.uint8)
    scipy.io.savemat(path, {"X": X, "y": y, "Xval": X + 1, "yval": 1 - y})
    found = datasets.football(path)
    np.testing.assert_array_equal(found.X_train, X)
    np.testing.assert_array_equal(found.X_test, X + 1)
    assert (found.y_train.tolist(), found.y_test.tolist(), found.y_train.dtype) == ([1, 0], [0, 1], np.int64)


def test_cats_are_read(tmp_path):
    pictures = np.arange(2 * 64 * 64 * 3, dtype=np.uint64).reshape(2, 64, 64, 3).astype(np.uint8)
    for part in ("train", "test"):
        with h5py.File(tmp_path / f"{part}_catvnoncat.h5", "w") as file:
            file[f"{part}_set_x"], file[f"{part}_set_y"] = pictures, np.array([0, 1])
    found = datasets.cats(tmp_path)
    assert found.X_train.shape == (2, 12288)
    np.testing.assert_allclose(found.X_train.reshape(-1, 64, 64, 3) * 255, pictures)
    assert found.y_test.tolist() == [0, 1]


@pytest.mark.parametrize("read", [datasets.football, datasets.cats])
def test_files_that_are_not_there(tmp_path, read):
    with pytest.raises(DataError, match=r"no such file: .*; give the path of your copy"):
        read(tmp_path / "nowhere")


def test_files_of_another_kind(tmp_path):
    for name in ("data.mat", "train_catvnoncat.h5"):
        (tmp_path / name).write_text("nothing of the kind")
    scipy.io.savemat(tmp_path / "other.mat", {"Z": np.eye(2)})
    for name in ("data.mat", "other.mat"):
        with pytest.raises(DataError, match="is not a MATLAB file with X, y, Xval and yval"):
            datasets.football(tmp_path / name)
    with pytest.raises(DataError, match="is not an HDF5 file with train_set_x and train_set_y"):
        datasets.cats(tmp_path)


def test_pictures_need_h5py(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError, match=r"needs h5py: pip install 'h5py>=[\d.]+'\.$"):
        datasets.cats(tmp_path)


def test_loans_are_a_messy_table_that_one_seed_draws():
    frame = datasets.loans(400, seed=3)
    assert list(frame) == ["income", "age", "amount", "months", "job", "purpose", "home", "earlier_loans", "guarantor", "late"]
    assert frame.equals(datasets.loans(400, seed=3))
    assert not frame.equals(datasets.loans(400, seed=4))
    assert 0.02 < frame["income"].isna().mean() < 0.15
    assert 0.01 < frame["job"].isna().mean() < 0.12
    assert set(frame["late"]) == {"yes", "no"}
    assert len(datasets.loans(1)) == 1
    with pytest.raises(DataError, match="rows must be at least 1, found 0"):
        datasets.loans(0)
