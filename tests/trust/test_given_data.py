"""No public call changes what it is given, whatever it is given in; and the same call again gives the same bits.

Each row of `ENTRIES` is a public function or method. Each meets every kind of table, of those in `conftest`, that it takes. A public
name without a row fails `test_every_public_name_has_a_row`.
"""

import inspect
import warnings
from dataclasses import replace

import numpy as np
import pytest

import wellfit
from wellfit import MLPClassifier, MLPRegressor, SweepCV, WellfitClassifier, WellfitRegressor, plots
from wellfit.engines.types import Plan
from wellfit.spec import Member, Network, Optimizer, Spec, Training
from wellfit.store import FittedModel, NetworkModel, from_bytes, to_bytes
from wellfit.study.default_network import FIXED
from wellfit.training.arrays import make_data
from wellfit.training.fit import fit_network
from wellfit.training.task import Task


@pytest.fixture(scope="module", autouse=True)
def _tiny_networks():
    """Two members of three units and two epochs: what is tested here is what happens to the table."""
    tiny = {"hidden": (3,), "fewest_epochs": 1, "most_epochs": 2, "members": 2}
    with pytest.MonkeyPatch.context() as patch:
        for task, settings in FIXED.items():
            patch.setitem(FIXED, task, replace(settings, **tiny))
        # Reports draw histories alone, and need not.
        patch.setattr("wellfit.plots.is_available", lambda: False)
        yield
    _models.clear()


# === Models ===


def _mlp(cls=MLPClassifier, **more):
    return cls(**{"hidden_layer_sizes": (3,), "max_iter": 2, "tol": 0.0, "random_state": 0, "batch_size": 16, **more})


def _whole(cls=WellfitClassifier, **more):
    return cls(random_state=0, n_jobs=1, **more)


def _sweep():
    return SweepCV(_mlp(), {"alpha": [0.1, 1.0]}, cv=2, n_jobs=1)


FITTED = {
    "MLPClassifier": lambda g: _mlp().fit(g.X, g.labels),
    "MLPRegressor": lambda g: _mlp(MLPRegressor).fit(g.X, g.values),
    "WellfitClassifier": lambda g: _whole().fit(g.X, g.labels),
    "WellfitRegressor": lambda g: _whole(WellfitRegressor).fit(g.X, g.values),
    "SweepCV": lambda g: _sweep().fit(g.X, g.labels),
    "FittedModel": lambda g: from_bytes(to_bytes(_fitted("WellfitClassifier", g))),
    "NetworkModel": lambda g: from_bytes(to_bytes(_fitted("MLPClassifier", g))),
}
_models = {}


def _fitted(name, given):
    if (name, id(given)) not in _models:
        _models[name, id(given)] = FITTED[name](given)
    return _models[name, id(given)]


def _learned(model):
    """Return what an estimator has learned."""
    return model.coefs_ if hasattr(model, "coefs_") else [network.parameters for network in model.model_.networks]


def _spec(loss):
    return Spec(Network(3, (3,), 1), Training(loss=loss, epochs=2, dtype="float64", batch_size=16))


def _trained_together(g):
    members = [Member(_spec("squared_error"), seed, rows=np.arange(30)) for seed in (0, 1)]
    return [result.parameters for result in wellfit.fit_many(members, g.X, g.values, g.weights, eval_set=(g.X_dev, g.values_dev), n_jobs=1)]


def _reported(model, g, y, path):
    model.report(path, g.X_dev, y)
    return path.read_bytes()


def _written(model, g, path):
    wellfit.report(model, path, g.X_dev, g.labels_dev)
    return path.read_bytes()


def _diagnosed(model, g, y, y_dev):
    found = wellfit.diagnose(model, g.X, y, g.X_dev, y_dev, time_budget=60.0, retrain=False, n_jobs=1)
    return {name: value for name, value in found.to_dict().items() if "seconds" not in name}


def _searched(g):
    study = wellfit.search(g.X, g.labels, max_trials=2, sample_weight=g.weights, groups=g.groups, n_jobs=1)
    return [network.parameters for network in study.model.networks]


def _arrays(display):
    return {name: value for name, value in vars(display).items() if isinstance(value, np.ndarray)}


# === Entries: "owner.method, variant", what the table may hold, and the call, of what is given and of a model that is fitted on it ===

ARRAYS, FRAMES, TABLES = {"array"}, {"numbers", "whole"}, {"array", "numbers", "whole"}
NUMBERS, SPARSE, WHOLE = {"array", "lists", "numbers"}, {"array", "lists", "numbers", "sparse"}, {"array", "lists", "numbers", "whole"}
DESCENT = plots.Descent("plain", Optimizer("gradient_descent"), 0.1)

ENTRIES = {
    "MLPClassifier.fit": (SPARSE, lambda g: _learned(_mlp().fit(g.X, g.labels, g.weights))),
    "MLPClassifier.fit, dev rows": (SPARSE, lambda g: _learned(_mlp().fit(g.X, g.labels, eval_set=(g.X_dev, g.labels_dev, g.weights_dev)))),
    "MLPClassifier.fit, L-BFGS": (SPARSE, lambda g: _learned(_mlp(solver="lbfgs").fit(g.X, g.labels))),
    "MLPClassifier.fit, one batch": (SPARSE, lambda g: _learned(_mlp(early_stopping=True, batch_size=None).fit(g.X, g.labels))),
    "MLPClassifier.fit, reference": (SPARSE, lambda g: _learned(_mlp(engine="reference", dropout=0.2).fit(g.X, g.labels))),
    "MLPClassifier.partial_fit": (SPARSE, lambda g: _learned(_mlp().partial_fit(g.X, g.labels, g.weights, classes=[0, 1]))),
    "MLPClassifier.predict": (SPARSE, lambda m, g: m.predict(g.X_dev)),
    "MLPClassifier.predict_proba": (SPARSE, lambda m, g: m.predict_proba(g.X_dev)),
    "MLPClassifier.predict_log_proba": (SPARSE, lambda m, g: m.predict_log_proba(g.X_dev)),
    "MLPClassifier.score": (SPARSE, lambda m, g: m.score(g.X_dev, g.labels_dev, g.weights_dev)),
    "MLPClassifier.check_gradients": (SPARSE, lambda m, g: m.check_gradients(g.X, g.labels, g.weights).relative_distance),
    "MLPRegressor.fit": (SPARSE, lambda g: _learned(_mlp(MLPRegressor).fit(g.X, g.values, g.weights, eval_set=(g.X_dev, g.values_dev)))),
    "MLPRegressor.partial_fit": (SPARSE, lambda g: _learned(_mlp(MLPRegressor).partial_fit(g.X, g.values, g.weights))),
    "MLPRegressor.predict": (SPARSE, lambda m, g: m.predict(g.X_dev)),
    "MLPRegressor.score": (SPARSE, lambda m, g: m.score(g.X_dev, g.values_dev, g.weights_dev)),
    "MLPRegressor.check_gradients": (SPARSE, lambda m, g: m.check_gradients(g.X, g.values, g.weights).relative_distance),
    "WellfitClassifier.fit": (WHOLE, lambda g: _learned(_whole(threshold="f1").fit(g.X, g.labels, g.weights, groups=g.groups))),
    "WellfitClassifier.fit, dev rows": (
        WHOLE,
        lambda g: _learned(_whole(class_weight="balanced").fit(g.X, g.labels, eval_set=(g.X_dev, g.labels_dev, g.weights_dev))),
    ),
    "WellfitClassifier.fit, search": (
        WHOLE,
        lambda g: _learned(_whole(max_trials=2).fit(g.X, g.labels, eval_set=(g.X_dev, g.labels_dev, g.weights_dev))),
    ),
    "WellfitClassifier.predict": (WHOLE, lambda m, g: m.predict(g.X_dev)),
    "WellfitClassifier.predict_proba": (WHOLE, lambda m, g: m.predict_proba(g.X_dev)),
    "WellfitClassifier.score": (WHOLE, lambda m, g: m.score(g.X_dev, g.labels_dev, g.weights_dev)),
    "WellfitClassifier.report": (WHOLE, lambda m, g, path: _reported(m, g, g.labels_dev, path)),
    "WellfitRegressor.fit": (WHOLE, lambda g: _learned(_whole(WellfitRegressor).fit(g.X, g.values, g.weights, groups=g.groups))),
    "WellfitRegressor.predict": (WHOLE, lambda m, g: m.predict(g.X_dev)),
    "WellfitRegressor.score": (WHOLE, lambda m, g: m.score(g.X_dev, g.values_dev, g.weights_dev)),
    "WellfitRegressor.report": (WHOLE, lambda m, g, path: _reported(m, g, g.values_dev, path)),
    "SweepCV.fit": (SPARSE, lambda g: _sweep().fit(g.X, g.labels, sample_weight=g.weights).cv_results_["mean_test_score"]),
    "SweepCV.predict": (SPARSE, lambda m, g: m.predict(g.X_dev)),
    "SweepCV.predict_proba": (SPARSE, lambda m, g: m.predict_proba(g.X_dev)),
    "SweepCV.predict_log_proba": (SPARSE, lambda m, g: m.predict_log_proba(g.X_dev)),
    "SweepCV.score": (SPARSE, lambda m, g: m.score(g.X_dev, g.labels_dev)),
    "FittedModel.apply": (TABLES, lambda m, g: m.apply(g.X_dev)),
    "FittedModel.predict": (TABLES, lambda m, g: m.predict(g.X_dev)),
    "FittedModel.predict_proba": (TABLES, lambda m, g: m.predict_proba(g.X_dev)),
    "FittedModel.score": (TABLES, lambda m, g: m.score(g.X_dev, g.labels_dev, g.weights_dev)),
    "FittedModel.decide": (ARRAYS, lambda m, g: m.decide(np.reshape(g.shares, (-1, 1)))),
    "FittedModel.outputs": (ARRAYS, lambda m, g: m.outputs(g.X_dev)),
    "NetworkModel.apply": (NUMBERS, lambda m, g: m.apply(g.X_dev)),
    "NetworkModel.outputs": (NUMBERS, lambda m, g: m.outputs(g.X_dev)),
    "NetworkModel.predict": (NUMBERS, lambda m, g: m.predict(g.X_dev)),
    "NetworkModel.predict_proba": (NUMBERS, lambda m, g: m.predict_proba(g.X_dev)),
    "NetworkModel.score": (NUMBERS, lambda m, g: m.score(g.X_dev, g.labels_dev, g.weights_dev)),
    "search": (TABLES, _searched),
    "search, numbers": (ARRAYS, lambda g: wellfit.search(g.X, g.values, max_trials=2, n_jobs=1).test_error),
    "diagnose": (FRAMES, lambda g: _diagnosed(_fitted("WellfitClassifier", g), g, g.labels, g.labels_dev)),
    "diagnose, network": (ARRAYS, lambda g: _diagnosed(_fitted("MLPClassifier", g), g, g.labels, g.labels_dev)),
    "report": (TABLES, lambda g, path: _written(_fitted("FittedModel", g), g, path)),
    "train_dev_test_split": (SPARSE | WHOLE, lambda g: wellfit.train_dev_test_split(g.X, g.labels, groups=g.groups)),
    "fit": (
        ARRAYS,
        lambda g: (
            wellfit.fit(_spec("binary_cross_entropy"), g.X, g.labels, g.weights, eval_set=(g.X_dev, g.labels_dev, g.weights_dev)).parameters
        ),
    ),
    "fit_many": (ARRAYS, _trained_together),
    "check_gradients": (
        ARRAYS,
        lambda g: wellfit.check_gradients(_spec("binary_cross_entropy"), g.X, g.labels, sample_weight=g.weights).relative_distance,
    ),
    "plots.ScatterDisplay": ({"sparse", "whole"}, lambda g: _arrays(plots.ScatterDisplay.from_data(g.X, g.labels))),
    "plots.ScatterDisplay, numbers": (ARRAYS, lambda g: _arrays(plots.ScatterDisplay.from_data(g.X, g.values, features="pca"))),
    "plots.DecisionBoundaryDisplay": (
        FRAMES,
        lambda g: _arrays(
            plots.DecisionBoundaryDisplay.from_estimator(_fitted("WellfitClassifier", g), g.X_dev, g.labels_dev, features=("c", "b"))
        ),
    ),
    "plots.CalibrationDisplay": (
        FRAMES,
        lambda g: plots.CalibrationDisplay.from_estimator(_fitted("WellfitClassifier", g), g.X_dev, g.labels_dev).models,
    ),
    "plots.CalibrationDisplay, predictions": (ARRAYS, lambda g: plots.CalibrationDisplay.from_predictions(g.labels, g.shares).models),
    "plots.reliability": (NUMBERS, lambda g: plots.reliability(g.labels, g.shares)),
    "plots.LayerHistogramDisplay": (
        NUMBERS,
        lambda g: plots.LayerHistogramDisplay.from_estimator(_fitted("MLPClassifier", g), g.X_dev).values,
    ),
    "plots.decision_boundary": (
        ARRAYS,
        lambda g: len(plots.decision_boundary(lambda rows: rows[:, 0], g.X[:, :2], g.values, ("a", "b"), "y").axes),
    ),
    "plots.weighted_average": (NUMBERS, lambda g: plots.weighted_average(g.shares, 0.9)),
    "plots.WeightedAverageDisplay": (NUMBERS, lambda g: _arrays(plots.WeightedAverageDisplay.from_series(g.shares))),
    "plots.LearningCurveDisplay": (ARRAYS, lambda g: _arrays(plots.LearningCurveDisplay(np.arange(1, 5), g.X[:4], g.X_dev[:4]).plot())),
    "plots.BiasVarianceDisplay": (ARRAYS, lambda g: _arrays(plots.BiasVarianceDisplay(("a", "b", "c"), g.X[:3], g.X_dev[:3]).plot())),
    "plots.ValidationCurveDisplay": (ARRAYS, lambda g: _arrays(plots.ValidationCurveDisplay([1, 2, 3, 4], g.X[:4], g.X_dev[:4]).plot())),
    "plots.SweepDisplay": (ARRAYS, lambda g: _arrays(plots.SweepDisplay([1, 2, 3], [1, 2, 3, 4], g.X[:4]).plot())),
    "plots.TrialsDisplay": (ARRAYS, lambda g: _arrays(plots.TrialsDisplay(g.shares, ["plain"] * len(g.shares)).plot())),
    "plots.OptimizerPathDisplay": ({"numbers"}, lambda g: plots.OptimizerPathDisplay.from_descents([DESCENT], g.shares, g.values).paths),
}


@pytest.mark.parametrize("entry", ENTRIES)
def test_what_is_given_stays_as_it_is(given, fingerprint, entry, tmp_path):
    holds, call = ENTRIES[entry]
    owner = entry.partition(".")[0]
    met = 0
    for kind, (held, g, before) in list(given.items()):
        if held not in holds:
            continue
        met += 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wellfit.errors.WellfitWarning)
            about = {"g": g, "m": _fitted(owner, g) if owner in FITTED else None, "path": tmp_path / "report.html"}
            try:
                first, second = (fingerprint(call(**{name: about[name] for name in inspect.signature(call).parameters})) for _ in range(2))
            except Exception as error:
                error.add_note(f"given: {kind}")
                raise
        now = fingerprint(g)
        given[kind] = held, g, now  # so that each entry answers for itself
        assert now == before, f"{entry} changes what it is given: {kind}"
        assert first == second, f"{entry} gives other bits the second time: {kind}"
    assert met >= len(holds)


# === What is given beside tables ===

DATA = make_data(np.random.default_rng(0).normal(size=(40, 3)), np.resize([0, 1, 1], 40), "float64", rows=np.arange(30))
DROPOUT = replace(_spec("binary_cross_entropy"), training=_spec("binary_cross_entropy").training.replace(dropout=0.5))
VECTOR = np.linspace(-1.0, 1.0, 16)
STATE = fit_network(Task(DROPOUT, DATA, seed=1, epochs=1), engine="reference").state
PLAN = Plan(np.arange(30)[np.newaxis, ::-1], (None, np.resize([True, False, True], (1, 30, 3))))
PAIR = ([VECTOR[:9].reshape(3, 3), VECTOR[9:12].reshape(3, 1)], [VECTOR[12:15], VECTOR[15:]])

# What is given, and the call.
SETTINGS_GIVEN = {
    "initial_weights": (PAIR, lambda pair: _learned(_mlp(initial_weights=pair).fit(DATA.X, DATA.Y.ravel()))),
    "initial_weights, L-BFGS": (PAIR, lambda pair: _learned(_mlp(initial_weights=pair, solver="lbfgs").fit(DATA.X, DATA.Y.ravel()))),
    "class_weight": ({0: 1.0, 1: 3}, lambda shares: _learned(_mlp(class_weight=shares).fit(DATA.X, DATA.Y.ravel()))),
    "categorical_features": ([2, 0], lambda names: _learned(_whole(categorical_features=names).fit(DATA.X.round(), DATA.Y.ravel()))),
    "parameters": (VECTOR, lambda vector: wellfit.fit(DROPOUT, DATA.X, DATA.Y, parameters=vector).parameters),
    "parameters of a check": (VECTOR, lambda vector: wellfit.check_gradients(DROPOUT, DATA.X, DATA.Y, vector).relative_distance),
    "state": (STATE, lambda state: fit_network(Task(DROPOUT, DATA, seed=1, state=state)).parameters),
    "plan": (PLAN, lambda plan: fit_network(Task(DROPOUT, DATA), plan=plan).parameters),
    "members": (
        [Member(DROPOUT, 0, rows=np.arange(20), dev_rows=np.arange(20, 40), parameters=VECTOR)],
        lambda members: [result.parameters for result in wellfit.fit_many(members, DATA.X, DATA.Y, n_jobs=1)],
    ),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", SETTINGS_GIVEN)
def test_settings_stay_as_they_are(fingerprint, name):
    thing, call = SETTINGS_GIVEN[name]
    before = fingerprint(thing)
    first, second = (fingerprint(call(thing)) for _ in range(2))
    assert fingerprint(thing) == before
    assert first == second


# === Nothing is forgotten ===

# Public names that are given no table, and why.
NO_TABLE = {
    "load": "reads a file",
    "save": "writes a model",
    "plots.GradientNormDisplay": "draws histories",
    "plots.TrainingCurveDisplay": "draws histories",
    "plots.cost_curves": "draws histories",
    "plots.gaps": "draws errors that are known",
    "plots.is_available": "is given nothing",
    "plots.settled": "is given a figure",
    "plots.to_png": "is given a figure",
    "MLPClassifier.set_callbacks": "is given functions",
    "MLPRegressor.set_callbacks": "is given functions",
    "SweepCV.set_callbacks": "is given functions",
    "SweepCV.decision_function": "no network has it",
    "SweepCV.score_samples": "no network has it",
    "SweepCV.transform": "no network has it",
    "SweepCV.inverse_transform": "no network has it",
    "FittedModel.from_parts": "is given a file's content",
    "FittedModel.to_parts": "is given nothing",
    "NetworkModel.from_parts": "is given a file's content",
    "NetworkModel.to_parts": "is given nothing",
}
# scikit-learn's own methods, of every estimator.
SETTINGS = {"get_params", "set_params", "get_metadata_routing"}
OWNERS = {owner.__name__: owner for owner in (MLPClassifier, MLPRegressor, WellfitClassifier, WellfitRegressor, SweepCV)}
MODELS = {"FittedModel": FittedModel, "NetworkModel": NetworkModel}


def _takes_arguments(thing):
    """Tell functions, and classes that do more than to hold what they are given, from errors, specs, records and results."""
    if not inspect.isclass(thing):
        return callable(thing)
    return issubclass(thing, plots.ScatterDisplay.__mro__[1])


def test_every_public_name_has_a_row():
    expected = {name for name in wellfit.__all__ if _takes_arguments(getattr(wellfit, name))}
    expected |= {f"plots.{name}" for name in plots.__all__ if _takes_arguments(getattr(plots, name))}
    for owner, cls in (OWNERS | MODELS).items():
        methods = {name for name in dir(cls) if not name.startswith("_") and callable(getattr(cls, name))} - SETTINGS
        expected |= {f"{owner}.{name}" for name in methods if not (name.startswith("set_") and name.endswith("_request"))}
    there = {entry.partition(",")[0] for entry in ENTRIES}
    assert there | set(NO_TABLE) == expected
    assert not there & set(NO_TABLE)
    results = {name for name in wellfit.__all__ if inspect.isclass(getattr(wellfit, name))} - set(OWNERS)
    assert not {name for name in results if any(hasattr(getattr(wellfit, name), method) for method in ("fit", "predict", "apply"))}
