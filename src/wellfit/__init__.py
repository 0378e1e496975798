"""Dense neural networks on tables that neither underfit nor overfit: fast on a CPU, explained, checked.

A public name is imported on first use, so that ``import wellfit`` stays light. Beside the functions and estimators there are the
modules `datasets`, `plots`, `course`, `spec` (networks, training and splits), `types` (what calls return) and `errors`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wellfit import course, datasets, errors, plots, spec, types
    from wellfit.diagnosis.diagnosis import diagnose
    from wellfit.diagnosis.result import Diagnosis
    from wellfit.engines.gradcheck import check_gradients
    from wellfit.estimators.network import MLPClassifier, MLPRegressor
    from wellfit.estimators.report import report
    from wellfit.estimators.sweep import SweepCV
    from wellfit.estimators.table import WellfitClassifier, WellfitRegressor
    from wellfit.store import load, save
    from wellfit.study.search import search
    from wellfit.study.study import Study
    from wellfit.table.train_dev_test import train_dev_test_split
    from wellfit.training.population import fit, fit_many

__version__ = "0.1.0"

__all__ = [
    "Diagnosis",
    "MLPClassifier",
    "MLPRegressor",
    "Study",
    "SweepCV",
    "WellfitClassifier",
    "WellfitRegressor",
    "__version__",
    "check_gradients",
    "course",
    "datasets",
    "diagnose",
    "errors",
    "fit",
    "fit_many",
    "load",
    "plots",
    "report",
    "save",
    "search",
    "spec",
    "train_dev_test_split",
    "types",
]

_MODULES = ("course", "datasets", "errors", "plots", "spec", "types")
_HOMES = {
    "Diagnosis": "wellfit.diagnosis.result",
    "MLPClassifier": "wellfit.estimators.network",
    "MLPRegressor": "wellfit.estimators.network",
    "Study": "wellfit.study.study",
    "SweepCV": "wellfit.estimators.sweep",
    "WellfitClassifier": "wellfit.estimators.table",
    "WellfitRegressor": "wellfit.estimators.table",
    "check_gradients": "wellfit.engines.gradcheck",
    "diagnose": "wellfit.diagnosis.diagnosis",
    "fit": "wellfit.training.population",
    "fit_many": "wellfit.training.population",
    "load": "wellfit.store",
    "report": "wellfit.estimators.report",
    "save": "wellfit.store",
    "search": "wellfit.study.search",
    "train_dev_test_split": "wellfit.table.train_dev_test",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its home on first use (PEP 562)."""
    if name in _MODULES:
        return import_module(f"wellfit.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'wellfit' has no attribute {name!r}{_where(name)}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def _where(name: str) -> str:
    """Return a hint on the public module that has a class."""
    homes = ("spec", "errors", "types") if name[0].isupper() else ()
    home = next((home for home in homes if name in import_module(f"wellfit.{home}").__all__), None)
    return "" if home is None else f"; use wellfit.{home}.{name}"


def __dir__() -> list[str]:
    """Return the public names, those not yet imported among them."""
    return sorted({*globals(), *__all__})
