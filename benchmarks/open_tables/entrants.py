"""Who takes part, each with the settings it comes with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, OrdinalEncoder, StandardScaler

from benchmarks.open_tables.tables import Task

# HistGradientBoosting takes at most 255 categories a column; what has more goes in as plain codes.
MOST_CATEGORIES = 255


def wellfit(task: Task, seed: int) -> Any:
    """The fixed network."""
    from wellfit import WellfitClassifier, WellfitRegressor

    return (WellfitClassifier if task.kind == "classification" else WellfitRegressor)(random_state=seed)


def mlp(task: Task, seed: int) -> Any:
    """scikit-learn's network behind one-hot coding and standard scaling."""
    model = (MLPClassifier if task.kind == "classification" else MLPRegressor)(random_state=seed)
    return make_pipeline(_columns(task, StandardScaler(), OneHotEncoder(handle_unknown="ignore")), model)


def boosting(task: Task, seed: int) -> Any:
    """scikit-learn's HistGradientBoosting."""
    model = HistGradientBoostingClassifier if task.kind == "classification" else HistGradientBoostingRegressor
    if all(task.X_train[name].nunique() < MOST_CATEGORIES for name in task.categories):
        return model(random_state=seed)
    coded = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return make_pipeline(ColumnTransformer([("categories", coded, task.categories)], remainder="passthrough"), model(random_state=seed))


def xgboost(task: Task, seed: int) -> Any:
    """XGBoost."""
    import xgboost

    if task.kind == "regression":
        return xgboost.XGBRegressor(random_state=seed, enable_categorical=True)
    return _Labelled(xgboost.XGBClassifier(random_state=seed, enable_categorical=True))


class _Labelled:
    """A classifier that takes whole numbers only, behind the labels."""

    def __init__(self, model: Any) -> None:
        self.model, self.labels = model, LabelEncoder()

    def fit(self, X: Any, y: Any) -> _Labelled:
        self.model.fit(X, self.labels.fit_transform(y))
        self.classes_ = self.labels.classes_
        return self

    def predict(self, X: Any) -> Any:
        return self.labels.inverse_transform(np.asarray(self.model.predict(X)))

    def predict_proba(self, X: Any) -> Any:
        return self.model.predict_proba(X)


def _columns(task: Task, scaler: Any, encoder: Any) -> ColumnTransformer:
    numbers = [name for name in task.X_train.columns if name not in task.categories]
    imputed = make_pipeline(SimpleImputer(strategy="median"), scaler)
    return ColumnTransformer([("numbers", imputed, numbers), ("categories", encoder, task.categories)])


ENTRANTS: dict[str, Callable[[Task, int], Any]] = {
    "wellfit": wellfit,
    "MLP": mlp,
    "HistGradientBoosting": boosting,
    "XGBoost": xgboost,
}
