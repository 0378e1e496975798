"""Candidates as estimators, and whether they can be trained as one population."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from wellfit.estimators.callbacks import ready_copy
from wellfit.estimators.network import MLPClassifier, MLPRegressor
from wellfit.estimators.targets import Targets
from wellfit.estimators.validation import CheckedTable
from wellfit.spec import Spec

__all__ = ["Candidate", "weights_parameter", "why_apart", "why_candidates_apart"]


class Candidate:
    """One setting of an estimator's parameters."""

    def __init__(self, base: Any, params: Mapping[str, Any]) -> None:
        self.params = dict(params)
        # Of the parameters, too: estimators may be among them.
        values = clone(self.params, safe=False)
        # Nothing is ever written to what one network's parameters are.
        self.model = clone(base).set_params(**values) if isinstance(base, Pipeline) else ready_copy(base, values)
        self.network, self.transformers = self.model, None
        self._specs: dict[tuple[Any, ...], Spec] = {}
        self.setting: tuple[Any, ...] = ()
        if isinstance(self.model, Pipeline):
            last, self.network = self.model.steps[-1]
            if len(self.model.steps) > 1:
                self.transformers = self.model[:-1]
                others = sorted(name for name in self.params if name.split("__")[0] != last)
                self.setting = tuple((name, type(self.params[name]), _comparable(self.params[name])) for name in others)

    def spec_for(self, table: CheckedTable, targets: Targets, *, has_dev: bool, done: int) -> Spec:
        """Return the spec that the network's parameters describe; for most folds it is the same."""
        shape = table.X.shape[1], str(table.X.dtype), targets.outputs, targets.loss, has_dev, done
        if shape not in self._specs:
            self._specs[shape] = self.network._spec_for(table, targets, has_dev=has_dev, done=done)
        return self._specs[shape]


def weights_parameter(estimator: Any) -> str:
    """Return what `fit` calls the weights of rows."""
    return f"{estimator.steps[-1][0]}__sample_weight" if isinstance(estimator, Pipeline) else "sample_weight"


def why_apart(estimator: Any, fit_params: Iterable[str], *, routing: bool) -> str:
    """Return why a search's networks cannot be trained as one population; empty if they can, as far as the estimator shows."""
    if type(estimator) is Pipeline:
        if routing:
            return "metadata are routed through a pipeline"
        network = estimator.steps[-1][1] if estimator.steps else None
    else:
        network = estimator
    if type(network) not in (MLPClassifier, MLPRegressor):
        return f"{type(network).__name__} is not a wellfit network"
    if getattr(estimator, "_skl_callbacks", ()) or getattr(network, "_skl_callbacks", ()):
        return "callbacks need every epoch"
    others = sorted(set(fit_params) - {weights_parameter(estimator), "groups"})
    return f"fit receives {', '.join(others)}" if others else ""


def why_candidates_apart(candidates: Sequence[Candidate]) -> str:
    """Return why these candidates cannot be trained as one population; empty if they can."""
    networks = [candidate.network for candidate in candidates]
    kinds = {(type(candidate.network), candidate.transformers is None) for candidate in candidates}
    if len(kinds) > 1 or type(networks[0]) not in (MLPClassifier, MLPRegressor):
        return "candidates are of several types"
    if any(getattr(network, "_skl_callbacks", ()) for network in networks):
        return "callbacks need every epoch"
    if len({repr(network.engine) for network in networks}) > 1:
        return "candidates use several engines"
    if any(network.early_stopping and network.scoring not in (None, "loss") for network in networks):
        return "a scorer decides on stopping after every epoch"
    return ""


def _comparable(value: Any) -> Any:
    """Return the value, or where it cannot be compared quickly, which object it is."""
    return value if value is None or isinstance(value, str | int | float | np.number | np.bool_) else id(value)
