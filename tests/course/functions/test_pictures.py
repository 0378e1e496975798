"""Pictures that the notebooks ask for: into the current axes, whatever the shape and type of the labels."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from wellfit.course import init_utils, opt_utils_v1a, reg_utils
from wellfit.course.functions import pictures
from wellfit.errors import DataError, OutputError

POINTS = np.array([[0.0, 1.0, 0.3, -0.5], [0.0, 1.0, -0.2, 0.4]])
LABELS = np.array([[0, 1, 1, 0]], dtype=np.uint8)


@pytest.fixture
def shown(monkeypatch):
    times = []
    monkeypatch.setattr(plt, "show", lambda: times.append(plt.gcf()))
    return times


@pytest.mark.parametrize("y", [LABELS, LABELS[0], LABELS.astype(bool), LABELS.astype(float)], ids=["uint8", "flat", "bool", "float"])
def test_title_and_limits_set_before_are_kept(y, shown):
    plt.title("a title")
    axes = plt.gca()
    axes.set_xlim([-0.75, 0.40])
    axes.set_ylim([-0.75, 0.65])
    seen = []

    def model(points):
        seen.append(points)
        return (points.sum(axis=1) > 0.5)[np.newaxis]

    reg_utils.plot_decision_boundary(model, POINTS, y)
    assert plt.gca() is axes
    assert axes.get_title() == "a title"
    assert (axes.get_xlim(), axes.get_ylim()) == ((-0.75, 0.40), (-0.75, 0.65))
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x1", "x2")
    assert len(shown) == 1
    (points,) = seen
    assert points.shape == (350 * 320, 2)  # from 1 before the first point to 1 behind the last, a hundredth apart
    np.testing.assert_allclose([points.min(axis=0), points.max(axis=0)], [[-1.5, -1.2], [1.99, 1.99]])
    plt.gcf().canvas.draw()
    colours = axes.collections[-1].get_facecolors()
    assert (colours[0] == colours[3]).all() and (colours[0] != colours[1]).any()


def test_wide_data_do_not_ask_for_all_memory(shown):
    seen = []
    pictures.draw_boundary(lambda points: seen.append(len(points)) or np.zeros(len(points)), POINTS * 1e4, LABELS)
    assert seen[0] <= 1501**2


def test_showing_nowhere_is_quiet():
    init_utils.plot_decision_boundary(lambda points: points[:, 0] > 0, POINTS, LABELS)  # a warning would be an error


@pytest.mark.parametrize(
    ("X", "y", "model", "words"),
    [
        (POINTS.T, LABELS, None, r"X has shape \(4, 2\); expected \(2, examples\)"),
        (POINTS, LABELS[:, :3], None, r"y has shape \(1, 3\), but X has 4 columns"),
        (POINTS, LABELS, lambda points: np.zeros(3), "3 predictions for"),
    ],
)
def test_what_cannot_be_drawn(X, y, model, words, shown):
    with pytest.raises(DataError, match=words):
        pictures.draw_boundary(model, X, y)


def test_loading_draws_the_points(shown):
    init_utils.load_dataset()
    (points,) = plt.gca().collections
    assert len(points.get_offsets()) == 300
    assert shown == []  # the notebook shows it


def test_a_model_draws_its_costs(shown, capsys):
    X, Y = opt_utils_v1a.load_dataset(is_plot=False)
    opt_utils_v1a.model(X, Y, [2, 2, 1], "gd", num_epochs=201)
    (line,) = plt.gca().get_lines()
    assert len(line.get_ydata()) == 3
    assert (plt.gca().get_title(), plt.gca().get_xlabel()) == ("Learning rate = 0.0007", "epochs (in 100s)")
    assert len(shown) == 1
    opt_utils_v1a.model(X, Y, [2, 2, 1], "gd", num_epochs=1, print_cost=False)
    assert len(shown) == 1


def test_without_matplotlib_everything_but_pictures_works(monkeypatch, capsys):
    monkeypatch.setattr(pictures, "is_available", lambda: False)
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.pyplot", None)
    X, Y, _, _ = init_utils.load_dataset()
    init_utils.model(X, Y, num_iterations=1)
    with pytest.raises(OutputError, match="need matplotlib"):
        init_utils.plot_decision_boundary(lambda points: points[:, 0], X, Y)
