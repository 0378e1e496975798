"""A model of any kind and its rows in one form."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

import wellfit
from wellfit.diagnosis.subject import make_subject
from wellfit.errors import DataError
from wellfit.spec import Network, Spec, Training
from wellfit.training.arrays import make_data
from wellfit.training.fit import fit_network
from wellfit.training.task import Task


def rates(subject):
    return subject.errors_train.mean(), subject.errors_dev.mean()


# === Models ===


def test_a_network_is_opened(classes, network):
    subject = make_subject(network, *classes)
    X_train, y_train, X_dev, y_dev = classes
    assert rates(subject) == pytest.approx((1 - network.score(X_train, y_train), 1 - network.score(X_dev, y_dev)))
    assert subject.name == "MLPClassifier"
    assert subject.classes.tolist() == ["no", "yes"]
    np.testing.assert_array_equal(subject.inputs_dev, X_dev)
    np.testing.assert_allclose(subject.outputs_dev[:, 0], network.predict_proba(X_dev)[:, 1])
    inside = subject.network
    assert inside.spec.network.hidden == (16,)
    assert inside.histories[0] is network.history_
    assert inside.outcomes == (network.outcome_,)
    assert inside.initial_parameters is None  # drawn as scikit-learn draws


def test_a_pipeline_is_seen_through(classes, network, quietly):
    X_train, y_train, X_dev, y_dev = classes
    model = make_pipeline(StandardScaler(), wellfit.MLPClassifier(hidden_layer_sizes=(4,), max_iter=5, random_state=0))
    searched = GridSearchCV(model, {"mlpclassifier__alpha": [0.1]}, cv=2)
    for fitted in (quietly(model, X_train, y_train), quietly(searched, X_train, y_train)):
        subject = make_subject(fitted, X_train, y_train, X_dev, y_dev)
        assert subject.name == "MLPClassifier"
        assert subject.network.spec.network.hidden == (4,)
        np.testing.assert_allclose(subject.inputs_train.mean(axis=0), 0, atol=1e-12)
        assert rates(subject)[1] == pytest.approx(1 - fitted.score(X_dev, y_dev))


@pytest.mark.parametrize("threshold", [None, "f1"])
def test_an_estimator_for_whole_tables(mixed, threshold):
    X_train, y_train, X_dev, y_dev = mixed
    model = wellfit.WellfitClassifier(random_state=0, threshold=threshold, n_jobs=2).fit(X_train, y_train)
    for given in (model, model.model_):
        subject = make_subject(given, *mixed)
        assert rates(subject)[1] == pytest.approx(1 - model.score(X_dev, y_dev))
        assert len(subject.network.parameters) == 5
        assert len(subject.network.initial_parameters) == 5
        assert "town = there" in subject.column_names or "town" in " ".join(subject.column_names)
    np.testing.assert_allclose(subject.outputs_dev[:, 0], model.predict_proba(X_dev)[:, 1])
    assert len(make_subject(model, *mixed).network.histories) == 5


def test_networks_are_weighted_as_in_their_model(mixed):
    train, y_train, _, _ = mixed
    model = wellfit.WellfitClassifier(random_state=0).fit(train, y_train).model_
    weighted = dataclasses.replace(model, weights=(0.8, 0.05, 0.05, 0.05, 0.05))
    subject = make_subject(weighted, *mixed)
    np.testing.assert_allclose(subject.outputs_dev, weighted.outputs(subject.inputs_dev), rtol=1e-6)
    assert not np.allclose(subject.outputs_dev, model.outputs(subject.inputs_dev), rtol=1e-3)


def test_numbers_keep_the_units_of_the_target(numbers, quietly):
    X_train, y_train, X_dev, y_dev = numbers
    models = [
        LinearRegression().fit(X_train, y_train),
        quietly(wellfit.MLPRegressor(hidden_layer_sizes=(4,), max_iter=5, random_state=0), X_train, y_train),
        wellfit.WellfitRegressor(random_state=0).fit(X_train, y_train),
    ]
    for model in models:
        subject = make_subject(model, *numbers)
        rmse = np.sqrt(np.mean((model.predict(X_dev) - y_dev) ** 2))
        assert subject.metric.total(subject.errors_dev) == pytest.approx(rmse)
        assert subject.metric.spread == pytest.approx(y_train.std(), rel=0.1)
    assert abs(subject.Y_train.mean()) < 0.2  # trained on a standardised target
    assert make_subject(models[1], *numbers).Y_train.mean() == pytest.approx(y_train.mean())


def test_what_fit_returns(numbers):
    X_train, y_train, X_dev, y_dev = numbers
    spec = Spec(Network(4, (6,)), Training(loss="squared_error", epochs=5, dtype="float64"))
    result = fit_network(Task(spec, make_data(X_train, y_train, "float64"), seed=3))
    subject = make_subject(result, *numbers)
    assert subject.network.outcomes == ("epochs_used_up",)
    again = fit_network(Task(spec, make_data(X_train, y_train, "float64"), seed=3, parameters=subject.network.initial_parameters[0]))
    np.testing.assert_array_equal(again.parameters, result.parameters)
    codes = Spec(Network(4, (6,), 3), Training(epochs=2))
    y = [np.arange(len(part)) % 3 for part in (y_train, y_dev)]
    result = fit_network(Task(codes, make_data(X_train, y[0], "float32"), seed=0))
    assert make_subject(result, X_train, y[0], X_dev, y[1]).outputs_dev.shape == (len(X_dev), 3)


def test_an_output_that_is_no_number_counts_as_wrong(numbers, classes):
    X_train, y_train, X_dev, y_dev = numbers
    spec = Spec(Network(4, (6,)), Training(loss="squared_error", epochs=1))
    result = fit_network(Task(spec, make_data(X_train, y_train, "float32"), seed=0))
    blown = dataclasses.replace(result, parameters=np.full_like(result.parameters, 1e38))
    subject = make_subject(blown, *numbers)
    assert subject.rows_without_number > 0
    assert np.isfinite(subject.outputs_dev).all()
    assert subject.metric.total(subject.errors_dev) > 1e50
    X_train, y_train, X_dev, y_dev = classes
    y = [(part == "yes").astype(int) for part in (y_train, y_dev)]
    spec = Spec(Network(5, (6, 6), 3), Training(epochs=1))
    result = fit_network(Task(spec, make_data(X_train, y[0], "float32"), seed=0))
    blown = dataclasses.replace(result, parameters=np.full_like(result.parameters, np.nan))
    assert rates(make_subject(blown, X_train, y[0], X_dev, y[1])) == (1.0, 1.0)


def test_other_models_need_only_predict(classes):
    X_train, y_train, X_dev, y_dev = classes
    forest = make_subject(RandomForestClassifier(10, random_state=0).fit(X_train, y_train), *classes)
    assert forest.network is None
    assert forest.has_probabilities
    vectors = SVC().fit(X_train, y_train)
    machine = make_subject(vectors, *classes)
    assert not machine.has_probabilities
    assert set(machine.outputs_dev.ravel()) == {0.0, 1.0}
    assert rates(machine)[1] == pytest.approx(1 - vectors.score(X_dev, y_dev))

    class Rule:
        def predict(self, X):
            return np.where(np.asarray(X)[:, 0] > 0, "yes", "no")

    rule = make_subject(Rule(), *classes)
    assert (rule.name, rule.task) == ("Rule", "classification")
    assert rates(rule)[1] == np.mean(np.where(X_dev[:, 0] > 0, "yes", "no") != y_dev)

    class Number:
        def predict(self, X):
            return np.asarray(X)[:, 0]

    assert make_subject(Number(), X_train, X_train[:, 0], X_dev, X_dev[:, 0] + 1).metric.total(np.ones(3)) == 1.0


def test_mixed_tables_become_numbers_for_other_models(mixed):
    X_train, y_train = mixed[:2]
    coded = make_column_transformer((OneHotEncoder(), ["town"]), (SimpleImputer(), list("abcde")))
    model = make_pipeline(coded, LogisticRegression()).fit(X_train, y_train)
    subject = make_subject(model, *mixed)
    assert subject.inputs_train.shape == (240, 7)  # what the last step takes
    voting = make_subject(type("Rule", (), {"predict": lambda self, X: np.full(len(X), "yes")})(), *mixed)
    assert np.isfinite(voting.inputs_dev).all()
    np.testing.assert_allclose(voting.inputs_train[:, 0].mean(), 0, atol=0.01)  # scaled, then softly clipped


def test_columns_go_by_their_names(mixed):
    X_train, y_train, X_dev, y_dev = mixed
    rule = type("Rule", (), {"predict": lambda self, X: np.where(X["a"] > 0, "yes", "no")})()
    straight, turned = (make_subject(rule, X_train, y_train, part, y_dev) for part in (X_dev, X_dev[X_dev.columns[::-1]]))
    np.testing.assert_array_equal(straight.inputs_dev, turned.inputs_dev)


def test_nothing_that_was_given_is_changed(mixed):
    before = [part.copy() for part in mixed]
    make_subject(type("Rule", (), {"predict": lambda self, X: np.full(len(X), "yes")})(), *mixed)
    for part, copy in zip(mixed, before, strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(part), pd.DataFrame(copy))


def test_sparse_rows(classes):
    X_train, y_train, X_dev, y_dev = classes
    model = LogisticRegression().fit(X_train, y_train)
    sparse = make_subject(model, csr_matrix(X_train), y_train, csr_matrix(X_dev), y_dev)
    assert rates(sparse) == rates(make_subject(model, *classes))


# === Mistakes ===


def mistakes():
    good = RandomForestClassifier(3, random_state=0)
    return {
        "an unfitted model": (lambda X, y, Z, z: (SVC(), X, y, Z, z), "the SVC is not fitted; call its fit first"),
        "a class": (lambda X, y, Z, z: (SVC, X, y, Z, z), "found the class SVC"),
        "no predict": (lambda X, y, Z, z: ({}, X, y, Z, z), "must have a method predict, found dict"),
        "other columns": (lambda X, y, Z, z: (good.fit(X, y), X, y, Z[:, :3], z), "must have the 5 columns of X_train, found 3"),
        "one class in dev": (lambda X, y, Z, z: (good.fit(X, y), X, y, Z, np.full(len(z), "no")), "y_dev holds only one of the 2"),
        "an unknown class": (
            lambda X, y, Z, z: (good.fit(X, y), X, y, Z, np.r_[["maybe"], z[1:]]),
            "y_dev holds maybe in row 1, which is not one",
        ),
        "a gap": (lambda X, y, Z, z: (good.fit(X, y), X, y, Z, np.r_[[None], z[1:]]), "y_dev has a missing value in row 1"),
        "other lengths": (lambda X, y, Z, z: (good.fit(X, y), X, y[:-1], Z, z), "y_train must have a value for each of the 240 rows"),
        "several targets": (
            lambda X, y, Z, z: (good.fit(X, y), X, np.c_[y, y], Z, z),
            "y_train must have one value for each row",
        ),
        "no rows": (lambda X, y, Z, z: (good.fit(X, y), X, y, Z[:0], z[:0]), "X_dev must have at least 2 rows"),
        "a flat table": (lambda X, y, Z, z: (good.fit(X, y), X[:, 0], y, Z, z), "X_train must have rows and columns"),
        "too few columns": (
            lambda X, y, Z, z: (good.fit(X, y), X[:, :2], y, Z[:, :2], z),
            "predict cannot take these rows: X has 2 features",
        ),
        "text for numbers": (lambda X, y, Z, z: (LinearRegression().fit(X, X[:, 0]), X, y, Z, z), "y_train must hold numbers"),
        "a constant": (lambda X, y, Z, z: (LinearRegression().fit(X, X[:, 0]), X, np.ones(len(X)), Z, Z[:, 0]), "y_train holds only 1"),
    }


@pytest.mark.parametrize("name", mistakes())
def test_mistakes_are_told_in_one_line(classes, name):
    make, said = mistakes()[name]
    with pytest.raises(DataError) as caught:
        make_subject(*make(*classes))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_column_that_dev_lacks_is_named(mixed):
    X_train, y_train, X_dev, y_dev = mixed
    rule = type("Rule", (), {"predict": lambda self, X: np.full(len(X), "yes")})()
    with pytest.raises(DataError, match=r"X_dev lacks the column 'town' of X_train \(did you mean 'twon'\?\)"):
        make_subject(rule, X_train, y_train, X_dev.rename(columns={"town": "twon"}), y_dev)
    with pytest.raises(DataError, match="X_dev has the column 'more'"):
        make_subject(rule, X_train, y_train, X_dev.assign(more=1), y_dev)


def test_networks_of_several_targets_are_refused(numbers, quietly):
    X_train, y_train = numbers[:2]
    model = quietly(wellfit.MLPRegressor(hidden_layer_sizes=(2,), max_iter=2), X_train, np.c_[y_train, y_train])
    with pytest.raises(DataError, match="a diagnosis needs one target, but the network has 2"):
        make_subject(model, *numbers)
