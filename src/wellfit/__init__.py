"""Dense neural networks on tables that neither underfit nor overfit: fast on a CPU, explained, checked.

The way of a table: `wellfit.data` makes arrays of it, `wellfit.spec` says what is trained, `wellfit.engines` compute,
`wellfit.training` trains one network or many, `wellfit.store` keeps what came out. Public names are imported when they are
first asked for, so that ``import wellfit`` stays light.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from wellfit.errors import (
    ClusterError,
    DataError,
    DataWarning,
    JournalError,
    ModelFileError,
    OutputError,
    SpecError,
    SpecTypeError,
    TrainingWarning,
    WellfitError,
    WellfitWarning,
)
from wellfit.spec import Data, Member, Network, Optimizer, Schedule, Spec, Training

if TYPE_CHECKING:
    from wellfit.data import samples as datasets
    from wellfit.data.split import train_dev_test_split
    from wellfit.engines.gradcheck import GradientCheck, check_gradients
    from wellfit.estimators.network import MLPClassifier, MLPRegressor
    from wellfit.estimators.sweep import SweepCV
    from wellfit.estimators.table import WellfitClassifier, WellfitRegressor
    from wellfit.store import load, save
    from wellfit.study.diagnosis.diagnosis import diagnose
    from wellfit.study.diagnosis.result import Diagnosis
    from wellfit.study.search.search import search
    from wellfit.study.search.study import Study
    from wellfit.training.fit import FitResult
    from wellfit.training.population import fit, fit_many

__version__ = "0.1.0"

__all__ = [
    "ClusterError",
    "Data",
    "DataError",
    "DataWarning",
    "Diagnosis",
    "FitResult",
    "GradientCheck",
    "JournalError",
    "MLPClassifier",
    "MLPRegressor",
    "Member",
    "ModelFileError",
    "Network",
    "Optimizer",
    "OutputError",
    "Schedule",
    "Spec",
    "SpecError",
    "SpecTypeError",
    "Study",
    "SweepCV",
    "Training",
    "TrainingWarning",
    "WellfitClassifier",
    "WellfitError",
    "WellfitRegressor",
    "WellfitWarning",
    "__version__",
    "check_gradients",
    "datasets",
    "diagnose",
    "fit",
    "fit_many",
    "load",
    "save",
    "search",
    "train_dev_test_split",
]

_HOMES = {
    "Diagnosis": "wellfit.study.diagnosis.result",
    "FitResult": "wellfit.training.fit",
    "GradientCheck": "wellfit.engines.gradcheck",
    "MLPClassifier": "wellfit.estimators.network",
    "MLPRegressor": "wellfit.estimators.network",
    "Study": "wellfit.study.search.study",
    "SweepCV": "wellfit.estimators.sweep",
    "WellfitClassifier": "wellfit.estimators.table",
    "WellfitRegressor": "wellfit.estimators.table",
    "check_gradients": "wellfit.engines.gradcheck",
    "diagnose": "wellfit.study.diagnosis.diagnosis",
    "fit": "wellfit.training.population",
    "fit_many": "wellfit.training.population",
    "load": "wellfit.store",
    "save": "wellfit.store",
    "search": "wellfit.study.search.search",
    "train_dev_test_split": "wellfit.data.split",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its home the first time it is asked for (PEP 562)."""
    if name == "datasets":
        value = import_module("wellfit.data.samples")
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module 'wellfit' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, those not yet imported among them."""
    return sorted({*globals(), *__all__})
