"""Pictures of data, training, predictions and sweeps. matplotlib is imported when the first picture is drawn.

Pictures are Displays like scikit-learn's: made of plain arrays, or by `from_estimator`, `from_history`, `from_results` and
others; `plot(ax=None)` draws them and sets `ax_` and `figure_`. They share `display` (the base, and checks), `style` (figures, colours,
legends, names), `svg` (a figure as a drawing that scales), `bands` (many runs as one line), `points` and `planes` (rows of a table in
two dimensions), `responses` (the predictions of an estimator), `settings` (the parameters of many candidates) and `descents` (descents
on a cost of two parameters).

The pictures: `scatter` a table, `boundary` predictions over a plane, `curves` costs and errors over epochs, `gradients` their norms,
`layers` weights and activations, `learning` errors over the number of rows, `validation` over a parameter, `sweep` over two, `trials`
all trials of a search, `bias_variance` and `gaps` errors side by side, `calibration` probabilities, `paths` the paths of optimisers,
`averages` exponentially weighted averages. Figures are made without pyplot: no window opens, and no state is shared.

scikit-learn's own Displays are not their bases: they import pyplot even for given axes, draw means with standard deviations where runs
call for medians and ranges, and change their constructors between versions.
"""

from wellfit.plots.averages import WeightedAverageDisplay, weighted_average
from wellfit.plots.bias_variance import BiasVarianceDisplay
from wellfit.plots.boundary import DecisionBoundaryDisplay, decision_boundary
from wellfit.plots.calibration import CalibrationDisplay, Reliability, reliability
from wellfit.plots.curves import Curves, TrainingCurveDisplay, cost_curves
from wellfit.plots.descents import BATCH_SIZES, OPTIMIZERS, Descent
from wellfit.plots.gaps import Bar, gaps
from wellfit.plots.gradients import GradientNormDisplay
from wellfit.plots.layers import LayerHistogramDisplay
from wellfit.plots.learning import LearningCurveDisplay, PowerLaw
from wellfit.plots.paths import OptimizerPathDisplay
from wellfit.plots.points import MOST_POINTS
from wellfit.plots.scatter import ScatterDisplay
from wellfit.plots.style import is_available, settled, to_png
from wellfit.plots.sweep import SweepDisplay
from wellfit.plots.trials import TrialsDisplay
from wellfit.plots.validation import ValidationCurveDisplay

__all__ = [
    "BATCH_SIZES",
    "MOST_POINTS",
    "OPTIMIZERS",
    "Bar",
    "BiasVarianceDisplay",
    "CalibrationDisplay",
    "Curves",
    "DecisionBoundaryDisplay",
    "Descent",
    "GradientNormDisplay",
    "LayerHistogramDisplay",
    "LearningCurveDisplay",
    "OptimizerPathDisplay",
    "PowerLaw",
    "Reliability",
    "ScatterDisplay",
    "SweepDisplay",
    "TrainingCurveDisplay",
    "TrialsDisplay",
    "ValidationCurveDisplay",
    "WeightedAverageDisplay",
    "cost_curves",
    "decision_boundary",
    "gaps",
    "is_available",
    "reliability",
    "settled",
    "to_png",
    "weighted_average",
]
