"""Columns in another order than that of fit: estimators refuse them, as scikit-learn does; models from files find them by name."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone

from wellfit import MLPClassifier, MLPRegressor, SweepCV, WellfitClassifier, WellfitRegressor, load, save
from wellfit.errors import DataError

ROWS = 40
DRAW = np.random.default_rng(0)
TABLE = pd.DataFrame({"size": DRAW.normal(size=ROWS), "age": DRAW.normal(50, 9, ROWS), "height": DRAW.normal(size=ROWS)})
TURNED = TABLE[["size", "height", "age"]]
LABELS = np.where(TABLE["size"] > 0, "yes", "no")
NUMBERS = TABLE["size"].to_numpy() * 2 + 1
LIBRARIES = {"pandas": lambda frame: frame, "polars": pl.from_pandas, "pyarrow": pa.Table.from_pandas}
MESSAGE = r"expected column 2 to be 'age', found 'height'; give the columns in the order of fit\."

NETWORK = {"hidden_layer_sizes": (3,), "max_iter": 2, "tol": 0.0, "random_state": 0}
ESTIMATORS = {
    "MLPClassifier": (MLPClassifier(**NETWORK), LABELS),
    "MLPRegressor": (MLPRegressor(**NETWORK), NUMBERS),
    "WellfitClassifier": (WellfitClassifier(random_state=0, n_jobs=1), LABELS),
    "WellfitRegressor": (WellfitRegressor(random_state=0, n_jobs=1), NUMBERS),
    "SweepCV": (SweepCV(MLPClassifier(**NETWORK), {"alpha": [0.1, 1.0]}, cv=2, n_jobs=1), LABELS),
}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def fitted():
    made = {}

    def fit(name, library="pandas"):
        if (name, library) not in made:
            estimator, y = ESTIMATORS[name]
            made[name, library] = clone(estimator).fit(LIBRARIES[library](TABLE), y)
        return made[name, library]

    return fit


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_refuses_another_order_and_names_the_first_difference(fitted, name, library):
    estimator, turned = fitted(name, library), LIBRARIES[library](TURNED)
    for method in ("predict", "predict_proba", "predict_log_proba"):
        if hasattr(estimator, method):
            with pytest.raises(DataError, match=MESSAGE):
                getattr(estimator, method)(turned)
    with pytest.raises(DataError, match=MESSAGE):
        estimator.score(turned, ESTIMATORS[name][1])


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_networks_refuse_it_wherever_rows_come_in(fitted, name):
    estimator, y = fitted(name), ESTIMATORS[name][1]
    for call in (
        lambda: clone(estimator).fit(TABLE, y).partial_fit(TURNED, y),
        lambda: clone(estimator).set_params(warm_start=True).fit(TABLE, y).fit(TURNED, y),
        lambda: clone(estimator).fit(TABLE, y, eval_set=(TURNED, y)),
        lambda: estimator.check_gradients(TURNED, y),
    ):
        with pytest.raises(DataError, match=MESSAGE):
            call()


@pytest.mark.parametrize("name", ["WellfitClassifier", "WellfitRegressor"])
@pytest.mark.parametrize("settings", [{}, {"max_trials": 2}])
def test_dev_rows_come_in_the_order_of_the_others(name, settings):
    estimator, y = ESTIMATORS[name]
    with pytest.raises(DataError, match=f"^eval_set: {MESSAGE}"):
        clone(estimator).set_params(**settings).fit(TABLE, y, eval_set=(TURNED, y))


def test_a_report_refuses_it(fitted, tmp_path):
    with pytest.raises(DataError, match=MESSAGE):
        fitted("WellfitClassifier").report(tmp_path / "report.html", TURNED, LABELS)
    assert not list(tmp_path.iterdir())


def test_names_that_are_no_text_have_an_order_too(fitted):
    frame = TABLE.set_axis([0, 1, 2], axis="columns")
    estimator = WellfitClassifier(random_state=0, n_jobs=1).fit(frame, LABELS)
    with pytest.raises(DataError, match="expected column 2 to be '1', found '2'"):
        estimator.predict(frame[[0, 2, 1]])


def test_arrays_go_by_place(fitted):
    estimator = fitted("WellfitClassifier")
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        found = estimator.predict_proba(TABLE.to_numpy())
    assert found.tobytes() == estimator.predict_proba(TABLE).tobytes()


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", [name for name in ESTIMATORS if name != "SweepCV"])
def test_a_model_from_a_file_finds_columns_by_name(fitted, name, library, tmp_path):
    estimator = fitted(name)
    save(estimator, tmp_path / "model")
    model = load(tmp_path / "model")
    assert model.predict(LIBRARIES[library](TURNED)).tolist() == estimator.predict(TABLE).tolist()
    assert model.predict(LIBRARIES[library](TURNED.assign(more="x"))).tolist() == estimator.predict(TABLE).tolist()
