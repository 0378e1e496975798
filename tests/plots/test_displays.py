"""What holds for every Display: axes and figure, no shared state, nothing cut off, one clear line for what cannot be drawn."""

import subprocess
import sys

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier

from wellfit import plots
from wellfit.datasets import moons
from wellfit.errors import DataError, OutputError
from wellfit.plots import (
    BATCH_SIZES,
    BiasVarianceDisplay,
    CalibrationDisplay,
    DecisionBoundaryDisplay,
    Descent,
    GradientNormDisplay,
    LayerHistogramDisplay,
    LearningCurveDisplay,
    OptimizerPathDisplay,
    PowerLaw,
    ScatterDisplay,
    SweepDisplay,
    TrainingCurveDisplay,
    TrialsDisplay,
    ValidationCurveDisplay,
    WeightedAverageDisplay,
)
from wellfit.spec import Optimizer

DRAW = np.random.default_rng(0)
X, Y = moons(rows=60)
LINE = LogisticRegression().fit(X, Y)
EPOCHS = np.arange(1, 31)
FALLING = (EPOCHS, 1 / EPOCHS)
LONG = "a name that is so long that nobody would ever read all of it $x_1$"
NORMS = DRAW.uniform(0.1, 1, (30, 3))

EASY = {
    "averages": lambda: WeightedAverageDisplay(DRAW.normal(size=50)),
    "bias and variance": lambda: BiasVarianceDisplay(["a", "b"], [(1, 0, 2), (0, -1, 1)], [(3, 2, 4), (-1, -2, 0)], "RMSE, €"),
    "boundary": lambda: DecisionBoundaryDisplay.from_estimator(LINE, X, Y),
    "calibration": lambda: CalibrationDisplay.from_estimator({"line": LINE}, X, Y),
    "gradients": lambda: GradientNormDisplay([(EPOCHS, NORMS)]),
    "layers": lambda: LayerHistogramDisplay([NORMS, -NORMS]),
    "learning": lambda: LearningCurveDisplay([10, 100], [[0.3, 0.2], [0.1, 0.2]], [[0, 0.1], [0.1, 0.1]], as_percent=True),
    "paths": lambda: OptimizerPathDisplay.from_descents(BATCH_SIZES, steps=12),
    "scatter": lambda: ScatterDisplay.from_data(X, Y),
    "sweep": lambda: SweepDisplay([0, 1], ["a", "b"], [[1, 2], [3, np.nan]]),
    "training": lambda: TrainingCurveDisplay([FALLING], [FALLING], best_epoch=7),
    "trials": lambda: TrialsDisplay([0.3, np.nan, 0.1], ["plain", "L2", "L2"], [(1, 0.3, 0.2, 0.4)], {"mean": 0.2}, as_percent=True),
    "validation": lambda: ValidationCurveDisplay([0, 0.01, 1], [0.3, 0.2, 0.1], [0.1, 0.1, 0.1], "dropout"),
}

NASTY = {
    "long names": lambda: BiasVarianceDisplay([LONG] * 3, [(1e9, -np.inf, np.inf)] * 3, [(0, np.nan, np.nan)] * 3, LONG),
    "twenty classes": lambda: ScatterDisplay(X, np.arange(60) % 20, [f"class {code} of {LONG}" for code in range(20)], (LONG, "$"), LONG),
    "fifty classes": lambda: ScatterDisplay(X, np.arange(60) % 50, list(range(50))),
    "twelve layers, one epoch": lambda: GradientNormDisplay([([1], 10.0 ** -np.arange(12)[None, :])]),
    "forty networks": lambda: LayerHistogramDisplay([DRAW.normal(0, 10.0**-power, 9) for power in range(20)], [LONG] * 20),
    "sixty values": lambda: SweepDisplay([f"{LONG} {value}" for value in range(60)], range(40), DRAW.random((40, 60)), (LONG, LONG), LONG),
    "trials of forty kinds": lambda: TrialsDisplay(10.0 ** DRAW.normal(0, 9, 80), [f"{LONG} {place % 40}" for place in range(80)]),
    "words as values": lambda: ValidationCurveDisplay([(100, 100, place) for place in range(9)], DRAW.random(9), parameter=LONG),
}


# === Every Display ===


def test_every_display_is_in_the_list():
    drawn = {type(make()) for make in EASY.values()}
    assert drawn == {getattr(plots, name) for name in plots.__all__ if name.endswith("Display")}


@pytest.mark.parametrize("name", EASY)
def test_a_display_draws_itself_and_leaves_axes_and_figure(name, axes):
    display = EASY[name]()
    assert display.plot() is display
    assert display.ax_.get_figure() is display.figure_
    assert display.figure_.canvas.manager is None
    own, words = display.figure_, (display.ax_.get_xlabel(), display.ax_.get_ylabel())
    assert words[0]
    assert words[1] or name in ("bias and variance", "layers")  # whose rows are named
    assert display.plot(ax=axes).ax_ is axes
    assert display.figure_ is axes.get_figure() is not own
    assert (axes.get_xlabel(), axes.get_ylabel()) == words
    assert axes.has_data()
    assert display._repr_png_() is None


@pytest.mark.parametrize("name", [*EASY, *NASTY])
def test_nothing_is_cut_off_or_empty(name):
    figure = (EASY | NASTY)[name]().plot().figure_
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    frame, parts = figure.bbox, [*figure.legends]
    assert figure.axes[0].bbox.width > 0.3 * frame.width
    assert figure.axes[0].bbox.height > 0.3 * frame.height
    for panel in figure.axes:
        parts += [panel.xaxis.label, panel.yaxis.label, panel.title]
        for axis in (panel.xaxis, panel.yaxis):
            low, high = sorted(axis.get_view_interval())
            parts += [label for place, label in zip(axis.get_majorticklocs(), axis.get_ticklabels(), strict=True) if low <= place <= high]
    for part in (part for part in parts if not isinstance(part, Text) or part.get_text()):
        box = part.get_window_extent(canvas.get_renderer())
        # A pixel or two: letters reach over the boxes that they are laid out in.
        assert box.x0 >= -2 and box.y0 >= -2 and box.x1 <= frame.x1 + 2 and box.y1 <= frame.y1 + 2, part


def test_large_numbers_leave_the_label_of_the_axis_alone():
    panel = BiasVarianceDisplay(["a"], [(2e9, 1e9, 3e9)], [(0, 0, 1e9)], "RMSE, €").plot().ax_
    panel.figure.canvas.draw()
    assert panel.xaxis.get_offset_text().get_text() == ""
    assert "2e+09" in [label.get_text() for label in panel.get_xticklabels()]


def test_a_notebook_shows_figures_of_ours():
    assert EASY["validation"]().plot()._repr_png_().startswith(b"\x89PNG")


def test_displays_open_no_window_and_share_no_state():
    code = """
import sys, wellfit.plots as plots
light = not {"matplotlib", "scipy", "sklearn", "pandas"} & set(sys.modules)
plots.ValidationCurveDisplay([0, 0.1], [0.2, 0.1]).plot()._repr_png_()
plots.OptimizerPathDisplay.from_descents(steps=2)
plots.to_png(plots.gaps([plots.Bar("a", "fits", (1, 1, 1), (1, 1, 1))], "error", {}, True))
print(light, "matplotlib.pyplot" in sys.modules)
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "True False"


def test_without_matplotlib_the_error_names_the_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(OutputError, match=r"matplotlib, which is not installed: pip install 'matplotlib>=[\d.]+'\.$"):
        EASY["validation"]().plot()


# === What cannot be drawn ===

WRONG = {
    "ax is something else": (lambda: EASY["sweep"]().plot(ax=[1]), "ax must be a matplotlib Axes, found list"),
    "unequal run": (lambda: TrainingCurveDisplay([([1, 2], [0.5])]), "epochs and values must be equally long, found 2 and 1"),
    "nothing finite": (lambda: TrainingCurveDisplay([([1], [np.nan])]), "no run has a finite cost"),
    "unknown quantity": (lambda: TrainingCurveDisplay([FALLING], quantity="eror"), "did you mean 'error'"),
    "unfitted network": (lambda: TrainingCurveDisplay.from_estimator(MLPClassifier()), "no attribute 'history_'.* fit it first"),
    "no history": (lambda: GradientNormDisplay.from_estimator(LINE), "no attribute 'history_'"),
    "unequal depths": (lambda: GradientNormDisplay([([1], [[1]]), ([1], [[1, 2]])]), "as many layers, found 1, 2"),
    "no norms": (lambda: GradientNormDisplay([([], np.zeros((0, 2)))]), "no gradient norm was recorded"),
    "unfitted estimator": (lambda: DecisionBoundaryDisplay.from_estimator(LogisticRegression(), X), "is not fitted; call its fit first"),
    "no estimator": (lambda: DecisionBoundaryDisplay.from_estimator(len, X), "has no predict"),
    "several targets": (
        lambda: DecisionBoundaryDisplay.from_estimator(LinearRegression().fit(X, X), X),
        r"predicts arrays of shape \(40000, 2\); expected a single target",
    ),
    "unknown class": (lambda: DecisionBoundaryDisplay.from_estimator(LINE, X, Y + 1), "class 2, which is not among those"),
    "unknown column": (lambda: DecisionBoundaryDisplay.from_estimator(LINE, X, features=(0, 5)), "column 5 is unknown"),
    "one column twice": (lambda: DecisionBoundaryDisplay.from_estimator(LINE, X, features=(1, 1)), "two different columns"),
    "three columns": (lambda: ScatterDisplay.from_data(X, features=(0, 1, 0)), "two columns, found 3"),
    "unknown plane": (lambda: ScatterDisplay.from_data(X, features="tsne"), "two columns, or 'pca', found 'tsne'"),
    "column of words": (lambda: ScatterDisplay.from_data([["a", 1.0]]), "a column of numbers, found 'column 0'"),
    "one column": (lambda: ScatterDisplay.from_data([[1.0]]), "two columns, found a table of 1 and 1"),
    "no rows": (lambda: ScatterDisplay.from_data(X[:0]), "at least one row"),
    "only gaps": (lambda: ScatterDisplay([[np.nan, 1.0]]), "no row has a number in both columns"),
    "fewer labels": (lambda: ScatterDisplay.from_data(X, Y[:3]), "X and y must be equally long, found 60 and 3"),
    "sizes": (lambda: LearningCurveDisplay([0, 1], [1, 2]), "sizes must be positive"),
    "sizes and errors": (lambda: LearningCurveDisplay([1, 2], [1, 2, 3]), "sizes and dev_errors must be equally long, found 2 and 3"),
    "law": (lambda: LearningCurveDisplay([1], [1], law=PowerLaw([1, 2], [1, 2], [1], [1, 2])), "and low must be equally long"),
    "two ends": (lambda: BiasVarianceDisplay(["a"], [(1, 2)], [(1, 2)]), "bias must hold a finite estimate, low and high"),
    "repeated values": (lambda: ValidationCurveDisplay([1, 1], [1, 2]), "values must all be different"),
    "no dev error": (lambda: ValidationCurveDisplay([1, 2], [np.nan, np.nan]), "no dev error is finite"),
    "table": (lambda: SweepDisplay([1, 2], [1], [[1, 2, 3]]), r"table must have shape \(1, 2\), found \(1, 3\)"),
    "words": (lambda: SweepDisplay([1], [1], [["a"]]), "table must be numbers"),
    "no layers": (lambda: LayerHistogramDisplay([]), "no layers to draw"),
    "no values": (lambda: LayerHistogramDisplay([[np.nan]]).plot(), "no layer has a finite value"),
    "probability": (lambda: CalibrationDisplay.from_predictions([0, 1], [0.5, 1.5]), r"none outside \[0, 1\]"),
    "event": (lambda: CalibrationDisplay.from_predictions([0, 2], [0.5, 0.5]), "y_true must hold 0 or 1"),
    "no models": (lambda: CalibrationDisplay({}), "no models to draw"),
    "no probabilities": (lambda: CalibrationDisplay.from_estimator(LinearRegression().fit(X, Y), X, Y), "has no predict_proba"),
    "no steps": (lambda: OptimizerPathDisplay.from_descents([Descent("a", Optimizer("lbfgs"), 1)]), "lbfgs makes no single steps"),
    "half a table": (lambda: OptimizerPathDisplay.from_descents(x=[1, 2]), "given together"),
    "no line": (lambda: OptimizerPathDisplay.from_descents(x=[1, 1], y=[1, 2]), "two different values"),
    "gap in a series": (lambda: WeightedAverageDisplay([1, np.nan]), "values must be finite"),
    "memory": (lambda: WeightedAverageDisplay([1], betas=[1.0]), r"beta must be in \[0, 1\), found 1.0"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_drawn_is_one_clear_line(name):
    make, message = WRONG[name]
    with pytest.raises(DataError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_a_figure_of_the_caller_keeps_its_other_panels():
    left, right = Figure(figsize=(8, 4), layout="constrained").subplots(1, 2)
    TrainingCurveDisplay([FALLING]).plot(left)
    ValidationCurveDisplay([0, 1], [1, 2]).plot(right)
    assert left.get_xlabel() == "epoch"
    assert right.get_xlabel() == "parameter"
    assert left.get_legend() is not None
    assert not left.get_figure().legends
