"""The course's data sets: point by point scikit-learn's, the recipes', and the files'."""

# The published numbers come from NumPy\'s global generator:
# ruff: noqa: NPY002

import numpy as np
import pytest
from sklearn.datasets import make_circles, make_moons

from wellfit.course import ch8_utils, init_utils, opt_utils, opt_utils_v1a, reg_utils
from wellfit.errors import DataError


def test_circles_to_the_last_bit():
    train_X, train_Y, test_X, test_Y = init_utils.load_dataset(is_plot=False)
    for X, Y, rows, seed in ((train_X, train_Y, 300, 1), (test_X, test_Y, 100, 2)):
        np.random.seed(seed)
        points, labels = make_circles(n_samples=rows, noise=0.05)
        np.testing.assert_array_equal(X, points.T)
        np.testing.assert_array_equal(Y, labels.reshape(1, rows))
    assert train_X[:, 0].tolist() == [-0.07741354010048114, 0.8526022642742742]
    assert train_Y[0, :8].tolist() == [1, 0, 1, 1, 0, 0, 1, 0]


@pytest.mark.parametrize("module", [opt_utils, opt_utils_v1a])
def test_moons_to_the_last_bit(module):
    X, Y = module.load_dataset(is_plot=False)
    np.random.seed(3)
    points, labels = make_moons(n_samples=300, noise=0.2)
    np.testing.assert_array_equal(X, points.T)
    np.testing.assert_array_equal(Y, labels.reshape(1, 300))
    assert X[:, :2].tolist() == [[-0.21687013460912397, 0.8050501531955674], [1.0154493742029873, -0.5579733951321297]]


def test_code_after_loading_finds_the_generator_where_it_was():
    opt_utils.load_dataset(is_plot=False)
    found = np.random.rand()
    np.random.seed(3)
    make_moons(n_samples=300, noise=0.2)
    assert found == np.random.rand()


@pytest.mark.parametrize("module", [reg_utils, ch8_utils])
def test_one_name_for_flower_and_spiral(module):
    X, Y = module.load_planar_dataset(1)
    assert X.shape == (2, 400) and Y.shape == (1, 400) and Y.dtype == np.uint8
    np.random.seed(1)
    t = np.linspace(0, 3.12, 200) + np.random.randn(200) * 0.2
    r = 4 * np.sin(4 * t) + np.random.randn(200) * 0.2
    np.testing.assert_array_equal(X[:, :200], [r * np.sin(t), r * np.cos(t)])
    assert not Y[0, :200].any() and Y[0, 200:].all()

    X, Y = module.load_planar_dataset(0.5, seed=2)
    assert X.shape == (2, 50) and Y.shape == (1, 50) and Y.dtype == np.uint8
    np.random.seed(2)
    t = np.linspace(0, 4 * 3.1415, 25)
    r = 0.3 * t**2 + np.random.randn(25) * 0.5
    np.testing.assert_array_equal(X[:, :25], [r * np.cos(t), r * np.sin(t)])
    t = np.linspace(1, 2 * 3.1415 * 2, 25)
    r = 0.2 * t**2 + np.random.randn(25) * 0.5
    np.testing.assert_array_equal(X[:, 25:], [r * np.cos(t), r * np.sin(t)])


@pytest.mark.parametrize("module", [reg_utils, ch8_utils, opt_utils, opt_utils_v1a])
def test_the_football_field(module, course_data):
    train_X, train_Y, test_X, test_Y = module.load_2D_dataset(is_plot=False)
    assert [part.shape for part in (train_X, train_Y, test_X, test_Y)] == [(2, 211), (1, 211), (2, 200), (1, 200)]
    assert train_Y.dtype == test_Y.dtype == np.uint8
    assert (train_Y.sum(), test_Y.sum()) == (106, 87)


def test_cats(course_data):
    for train_X, train_Y, test_X, test_Y, classes in (reg_utils.load_dataset(), init_utils.load_cat_dataset()):
        assert [part.shape for part in (train_X, train_Y, test_X, test_Y)] == [(12288, 209), (1, 209), (12288, 50), (1, 50)]
        assert 0 <= train_X.min() < train_X.max() == 1
        assert [name.decode() for name in classes] == ["non-cat", "cat"]


@pytest.mark.parametrize(("load", "name"), [(reg_utils.load_2D_dataset, "data.mat"), (reg_utils.load_dataset, "train_catvnoncat.h5")])
def test_a_missing_file_is_one_line_with_the_remedy(load, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WELLFIT_DATA", raising=False)
    with pytest.raises(DataError, match=name) as caught:
        load()
    assert "WELLFIT_DATA" in str(caught.value) and "\n" not in str(caught.value)
