"""Would more data help? Curves of small networks, and what is said of them."""

import dataclasses
import json

import numpy as np
import pytest

from wellfit.diagnosis import learning_curve
from wellfit.diagnosis.finding import NotApplicable
from wellfit.diagnosis.learning_curve import SEEDS, DataForecast, _plan, _sizes, forecast
from wellfit.diagnosis.power_law import fit_power_law
from wellfit.diagnosis.retraining import member
from wellfit.diagnosis.subject import make_subject
from wellfit.judge.metric import Metric
from wellfit.plots import is_available
from wellfit.spec import Network, Optimizer, Schedule, Spec, Training
from wellfit.training.fit import fit_network, make_data
from wellfit.training.task import Task


def spec_for(loss, **changes):
    training = {"epochs": 15, "batch_size": 16, "monitor": "none", "patience": None, "schedule": Schedule(learning_rate=0.01)} | changes
    return Spec(Network(inputs=6, hidden=(8,)), Training(loss=loss, **training))


def subject_of(rows=400, loss="binary_cross_entropy", seed=0, **changes):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows + 300, 6))
    score = X[:, 0] + np.abs(X[:, 1]) - 0.8 + 0.5 * rng.normal(size=len(X))
    y = score if loss == "squared_error" else (score > 0).astype(float)
    result = fit_network(Task(spec_for(loss, **changes), make_data(X[:rows], y[:rows], "float32"), seed=1))
    return make_subject(result, X[:rows], y[:rows], X[rows:], y[rows:])


@pytest.fixture(scope="module")
def found():
    return forecast(subject_of())


def test_eight_sizes_and_five_seeds_up_to_all_rows(found):
    assert found.dev_errors.shape == found.train_errors.shape == (8, SEEDS)
    assert found.sizes[0] == 16
    assert found.sizes[-1] == found.rows == 400
    assert np.isfinite(found.dev_errors).all()
    means = found.dev_errors.mean(axis=1)
    assert means[-1] < means[0] - 0.05


def test_the_errors_are_those_of_the_networks(found):
    subject = subject_of()
    assert found.now.holds(subject.metric.total(subject.errors_dev))
    assert found.now.low > 0.02
    assert found.at(4_000).estimate <= found.now.estimate


def test_regression_speaks_of_rmse():
    found = forecast(subject_of(loss="squared_error"))
    assert found.metric.name == "RMSE"
    assert found.now.low < 0.75 < found.now.high + 0.2
    assert "RMSE" in found.sentence


def test_its_faces_are_whole(found):
    said = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert set(said["times"]) == {"2", "10"}
    assert said["times"]["10"]["rows"] == 4_000
    assert said["sizes"] == found.sizes.tolist()
    assert "10 times" in found.sentence
    assert "nan" not in found.sentence
    if is_available():
        assert found.display().plot().ax_.get_xscale() == "log"


def test_it_can_be_repeated(found):
    again = forecast(subject_of(), n_jobs=1)
    assert np.array_equal(found.dev_errors, again.dev_errors)
    assert found.at(4_000) == again.at(4_000)


@pytest.mark.parametrize(
    ("exponent", "floor", "word"),
    [(0.7, 0.0, "helps"), (0.0, 0.2, "hardly helps")],
)
def test_what_is_said_follows_the_curve(exponent, floor, word):
    sizes = np.unique(np.geomspace(50, 1600, 8).round())
    curve = floor + (0.2 if exponent else 0.0) * (sizes / 1600) ** -exponent
    law = fit_power_law(sizes, np.tile(curve, (300, 1)), np.full(len(sizes), 0.001), np.random.default_rng(0))
    errors = np.tile(curve[:, None], (1, 5))
    assert DataForecast(Metric("classification"), 1600, sizes.astype(int), errors, errors, law).word == word


def test_rows_that_training_watches_come_out_of_its_own():
    watching = member(spec_for("squared_error", monitor="dev_cost"), 0, np.arange(40), watches=True)
    assert len(watching.dev_rows) == 4
    assert not set(watching.rows) & set(watching.dev_rows)
    assert forecast(subject_of(200, monitor="dev_cost", patience=3)).dev_errors.shape[1] == SEEDS


# === Where it cannot be had ===


def test_networks_that_diverge_give_a_reason():
    with pytest.raises(NotApplicable, match="sizes"):
        forecast(
            subject_of(loss="squared_error", optimizer=Optimizer(name="gradient_descent"), schedule=Schedule(learning_rate=1e6), epochs=5)
        )


def test_too_few_rows_give_a_reason():
    with pytest.raises(NotApplicable, match="at least 64 training rows, and there are 50"):
        forecast(subject_of(50))


@pytest.mark.parametrize("how", [{"seconds": 0.0}, {"callback": lambda event: True}])
def test_no_time_gives_a_reason(how):
    subject = subject_of(epochs=1)
    longer = subject.network.spec.replace(training=subject.network.spec.training.replace(epochs=10**6))
    with pytest.raises(NotApplicable, match="time"):
        forecast(dataclasses.replace(subject, network=dataclasses.replace(subject.network, spec=longer)), **how)


def test_other_models_give_a_reason():
    from sklearn.tree import DecisionTreeClassifier

    X, y = np.arange(100.0)[:, None], np.arange(100) % 2
    with pytest.raises(NotApplicable, match="not one of wellfit's"):
        forecast(make_subject(DecisionTreeClassifier().fit(X, y), X, y, X, y))


def test_little_time_makes_the_largest_size_smaller():
    assert _plan(3_200, 0.0, 1.0) == (_sizes(3_200), 5)
    for seconds in (10.0, 4.0, 1.0):
        sizes, seeds = _plan(3_200, 0.001, seconds)
        assert 64 <= sizes[-1] < 3_200 or seconds == 10.0
        assert sum(sizes) * 0.001 * seeds / 5 <= seconds
    assert _plan(3_200, 0.001, 1.0)[1] == 3
    assert _plan(3_200, 1.0, 1.0) == (_sizes(64), 3)


def test_with_time_enough_it_is_the_same_as_without_a_limit(found):
    assert forecast(subject_of(), seconds=600.0).to_dict() == found.to_dict()


def test_where_time_is_short_the_model_itself_stands_for_all_rows(monkeypatch):
    monkeypatch.setattr(learning_curve, "_plan", lambda *_: (_sizes(100), 3))
    subject = subject_of()
    found = forecast(subject, seconds=60.0)
    assert found.sizes[-2:].tolist() == [100, 400]
    assert np.isfinite(found.dev_errors).sum(axis=1).tolist() == [3] * 8 + [1]
    assert found.dev_errors[-1, 0] == pytest.approx(subject.metric.total(subject.errors_dev))
