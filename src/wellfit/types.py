"""Classes of the objects that wellfit returns, for annotations and `isinstance`.

- `load`: `FittedModel` (of a table) or `NetworkModel` (of an `MLPClassifier` or `MLPRegressor`); their `apply` gives a `Prediction`.
- `fit`, `fit_many`: `FitResult`, with its `History`, its `Outcome` and the `State` to resume from; `fit` also takes a `Plan`.
- `check_gradients`: `GradientCheck`.
- What a ``callback`` is called with: `EpochEnd`, `NetworkEnd`, `TrialEnd`, `Progress`, `Message` or `Interrupted`; see `wellfit.events`.
- `Study.trials` and `TrialEnd.trial`: `Trial`.
- `verdict_` of the estimators, `Study.verdict` and `Diagnosis.verdict`: `Verdict`; errors and differences are an `Interval`, the error that
  bias is measured from is a `Reference`, what a diagnosis checks is a `Finding`.
- `blocks` of every result: a `Page`, which `print`, notebooks and `report` show.
"""

from wellfit.diagnosis.finding import Finding
from wellfit.engines.gradcheck import GradientCheck
from wellfit.engines.types import Outcome, Plan, State
from wellfit.events import EpochEnd, Interrupted, Message, NetworkEnd, Progress, TrialEnd
from wellfit.judge.intervals import Interval
from wellfit.judge.references import Reference
from wellfit.judge.verdict import Verdict
from wellfit.render.blocks import Page
from wellfit.store import FittedModel, NetworkModel, Prediction
from wellfit.study.trial import Trial
from wellfit.training.result import FitResult, History

__all__ = [
    "EpochEnd",
    "Finding",
    "FitResult",
    "FittedModel",
    "GradientCheck",
    "History",
    "Interrupted",
    "Interval",
    "Message",
    "NetworkEnd",
    "NetworkModel",
    "Outcome",
    "Page",
    "Plan",
    "Prediction",
    "Progress",
    "Reference",
    "State",
    "Trial",
    "TrialEnd",
    "Verdict",
]
