"""Results become pictures. The only folder that knows matplotlib, which is imported when the first picture is drawn.

`style` holds what all pictures share; `curves` draws costs over epochs, `gaps` the errors of training and dev rows side by side,
`boundary` what a model of two columns says of the plane. Figures are made without pyplot: no window, no state that other code
could share; only `current` draws into pyplot's axes, for notebooks that expect it.
"""

from wellfit.plots.boundary import MOST_POINTS, decision_boundary
from wellfit.plots.curves import Curves, cost_curves
from wellfit.plots.gaps import Bar, gaps
from wellfit.plots.style import is_available, to_png

__all__ = ["MOST_POINTS", "Bar", "Curves", "cost_curves", "decision_boundary", "gaps", "is_available", "to_png"]
