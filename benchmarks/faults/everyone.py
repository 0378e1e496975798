"""Healthy networks of various kinds, and the list of all cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.faults import in_networks, in_rows
from benchmarks.faults.cases import HEALTHY, Case, trained
from benchmarks.faults.tables import Tables, tables
from wellfit import MLPClassifier, WellfitClassifier


def healthy(of: Tables) -> Iterator[Case]:
    """Yield sound networks of various kinds."""
    yield trained(HEALTHY, "two ReLU layers", of.classes)
    yield trained(HEALTHY, "tanh", of.several, seed=1, network={"hidden": (24,), "activation": "tanh"})
    yield trained(HEALTHY, "GELU, AdamW", of.numbers, seed=2, network={"activation": "gelu"}, optimizer="adamw")
    yield trained(HEALTHY, "dropout", of.several, seed=3, network={"hidden": (64, 64)}, dropout=0.2)
    yield trained(HEALTHY, "momentum", of.classes, seed=4, optimizer="momentum", rate=0.02)
    yield trained(HEALTHY, "wide and shallow", of.numbers, seed=5, network={"hidden": (128,)}, rate=0.001)
    yield trained(HEALTHY, "five layers", of.numbers, seed=6, network={"hidden": (32,) * 5}, epochs=60)
    model = make_pipeline(
        StandardScaler(),
        MLPClassifier(hidden_layer_sizes=(50,), random_state=0, max_iter=300, early_stopping=True, learning_rate_init=0.01),
    )
    yield Case(
        HEALTHY, f"MLPClassifier in a pipeline, {of.several.name}", model.fit(of.several.X_train, of.several.y_train), of.several.parts
    )
    model = WellfitClassifier(random_state=0).fit(of.classes.X_train, of.classes.y_train)
    yield Case(HEALTHY, f"WellfitClassifier, {of.classes.name}", model, of.classes.parts)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(of.classes.X_train, of.classes.y_train)
    yield Case(HEALTHY, f"logistic regression, {of.classes.name}", model, of.classes.parts)
    model = HistGradientBoostingClassifier(random_state=0, max_iter=50).fit(of.several.X_train, of.several.y_train)
    yield Case(HEALTHY, f"boosting, {of.several.name}", model, of.several.parts)


PLANTERS: dict[str, Callable[[Tables], Iterator[Case]]] = {
    "equal_units": in_networks.equal_units,
    "saturated_units": in_networks.saturated_units,
    "dead_relus": in_networks.dead_relus,
    "vanishing_gradients": in_networks.vanishing_gradients,
    "exploding_gradients": in_networks.exploding_gradients,
    "diverging_cost": in_networks.diverging_cost,
    "learning_rate_too_high": in_networks.learning_rate_too_high,
    "learning_rate_too_low": in_networks.learning_rate_too_low,
    "batch_size": in_networks.batch_size,
    "gradient_check": in_networks.gradient_check,
    "feature_scales": in_rows.feature_scales,
    "target_scale": in_rows.target_scale,
    "leakage": in_rows.leakage,
    "duplicates": in_rows.duplicates,
    "shifted_dev": in_rows.shifted_dev,
    "label_noise": in_rows.label_noise,
    "class_imbalance": in_rows.class_imbalance,
    "small_dev_set": in_rows.small_dev_set,
    "dropout_at_prediction": in_rows.dropout_at_prediction,
    HEALTHY: healthy,
}


def all_cases(only: Sequence[str] | None = None) -> Iterator[Case]:
    """Yield cases, one after the other.

    Parameters
    ----------
    only : sequence of str, optional
        Some names of `PLANTERS`; None: all.

    Yields
    ------
    Case
    """
    found = tables()
    for name in only or PLANTERS:
        yield from PLANTERS[name](found)
