"""The pictures of the main job: what is on them, and that odd results do not break them."""

import numpy as np
import pytest
from matplotlib.text import Text

from wellfit import plots
from wellfit.plots import Bar, Curves, cost_curves, decision_boundary, gaps, to_png

EPOCHS = np.arange(1, 41)


def runs(level, seeds=3):
    draw = np.random.default_rng(0)
    return [(EPOCHS, level + np.exp(-EPOCHS / 10) * draw.uniform(0.9, 1.1, EPOCHS.size)) for _ in range(seeds)]


def curves(title="L2", chosen=False, **changes):
    return Curves(title, **({"training": runs(0.1), "dev": runs(0.2)} | changes), chosen=chosen)


def text_of(figure):
    return " ".join(text.get_text() for text in figure.findobj(Text))


def visible(figure):
    return [panel for panel in figure.axes if panel.get_visible()]


def test_a_png_is_a_png():
    content = to_png(cost_curves([curves()]))
    assert content.startswith(b"\x89PNG")
    assert content == to_png(cost_curves([curves()]))


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_a_panel_a_kind_and_the_chosen_one_marked(count):
    figure = cost_curves([curves(f"kind {place}", chosen=place == 0) for place in range(count)], "cross-entropy")
    assert len(visible(figure)) == count
    words = text_of(figure)
    assert "kind 0 (chosen)" in words
    assert words.count("(chosen)") == 1
    assert "cross-entropy (log scale)" in words
    assert "range over 3 seeds" in words
    assert all(panel.get_yscale() == "log" for panel in visible(figure))


def test_the_line_is_the_median_of_the_seeds():
    figure = cost_curves([curves()])
    line = figure.axes[0].lines[0]
    assert np.allclose(line.get_ydata(), np.median([costs for _, costs in runs(0.1)], axis=0))
    assert list(line.get_xdata()) == list(EPOCHS)


@pytest.mark.parametrize(
    "odd",
    [
        {"dev": []},
        {"training": [], "dev": []},
        {"training": [(EPOCHS[:0], EPOCHS[:0] * 1.0)], "dev": [(EPOCHS[:0], EPOCHS[:0] * 1.0)]},
        {"dev": [(EPOCHS, np.full(EPOCHS.size, np.nan))]},
        {"training": [(EPOCHS[:1], np.array([0.5]))], "dev": [(EPOCHS[:1], np.array([0.6]))]},
        {"training": [(EPOCHS, np.zeros(EPOCHS.size))], "dev": [(EPOCHS, np.zeros(EPOCHS.size))]},
        {"training": [(EPOCHS, 10.0**EPOCHS)], "dev": [(EPOCHS, np.where(EPOCHS > 20, np.inf, 10.0**EPOCHS))]},
        {"training": [(EPOCHS, np.exp(-3.0 * EPOCHS)), (EPOCHS[:7], np.ones(7))]},
        {"title": "a $ b_c^d \\frac", "training": runs(1.0, seeds=1)},
    ],
    ids=["no dev", "nothing", "no epochs", "nan", "one epoch", "zero", "diverged", "unequal", "dollars"],
)
def test_odd_histories_are_drawn(odd):
    assert to_png(cost_curves([curves(**odd), curves("normal")]))


def test_a_training_cost_that_vanishes_does_not_hide_the_dev_cost():
    low, high = cost_curves([curves(training=[(EPOCHS, np.exp(-3.0 * EPOCHS))])]).axes[0].get_ylim()
    assert low > 1e-4
    assert high < 10


def test_gaps_show_errors_with_their_ends_in_percent():
    bars = [Bar("L2: λ 0.1", "fits", (0.05, 0.03, 0.08), (0.06, 0.04, 0.09)), Bar("none", "overfits", (0.0, 0.0, 0.01), (0.1, 0.07, 0.13))]
    figure = gaps(bars, "error", {"logistic regression": 0.08, "majority class": 0.5}, percent=True)
    words = text_of(figure)
    assert "L2: λ 0.1\nfits" in words
    assert "error, %, with 95 % intervals" in words
    assert "logistic regression, dev" in words
    assert "majority class" not in words
    dots = sorted(float(line.get_xdata()[0]) for line in figure.axes[0].lines if line.get_marker() in "os")
    assert dots == pytest.approx([0.0, 5.0, 6.0, 10.0])


def test_gaps_stand_infinite_ends():
    assert to_png(gaps([Bar("none", "undecided", (1.0, 0.5, 2.0), (3.0, 0.0, np.inf))], "RMSE", {"mean": 1.0}, percent=False))


@pytest.mark.parametrize("classes", [("a", "b"), ("a", "b", "c"), tuple("abcdefghijklmnop")])
def test_the_boundary_lies_where_the_likeliest_class_changes(classes):
    draw = np.random.default_rng(0)
    points = draw.uniform(0, len(classes), (80, 2))
    truth = points[:, 0].astype(int)

    def predict(grid):
        distance = -np.abs(grid[:, :1] - 0.5 - np.arange(len(classes)))
        return np.exp(distance) / np.exp(distance).sum(axis=1, keepdims=True)

    figure = decision_boundary(predict, points, truth, ("length", "width"), "kind", classes)
    assert to_png(figure)
    words = text_of(figure)
    assert "length" in words
    assert f" kind {classes[0]} {classes[1]}" in words
    if len(classes) == 2:
        lines = np.vstack(
            [path.vertices for item in figure.axes[0].collections if item.get_array() is not None for path in item.get_paths()]
        )
        assert np.allclose(lines[:, 0], 1.0, atol=0.02)


def test_a_surface_of_numbers_has_a_scale():
    points = np.random.default_rng(0).normal(size=(5000, 2))
    points[0] = np.nan
    figure = decision_boundary(lambda grid: grid[:, :1] * 2, points, points[:, 0] * 2, ("a", "b"), "price $")
    assert to_png(figure)
    assert r"price \$: predicted (plane), true (points)" in text_of(figure)
    assert sum(len(item.get_offsets()) for item in figure.axes[0].collections if item.get_offsets().shape[0] > 1) == plots.MOST_POINTS


def test_one_place_is_a_plane_too():
    assert to_png(decision_boundary(lambda grid: grid[:, :1], np.ones((3, 2)), np.ones(3), ("a", "b"), "c"))


def test_names_that_are_long_or_mathematics_are_shown_as_they_are():
    figure = decision_boundary(lambda grid: grid[:, :1], np.eye(2), np.ones(2), ("x" * 200, "$\\frac{1}$ _b"), "c")
    assert to_png(figure)
    assert "x" * 39 + "…" in text_of(figure)
