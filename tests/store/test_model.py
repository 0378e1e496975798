"""What a model says of a table: averages, temperatures, thresholds, and what cannot be a model."""

import dataclasses

import numpy as np
import pytest

from wellfit.engines.api import get_engine
from wellfit.engines.layout import Layout
from wellfit.errors import DataError, DataWarning, SpecError
from wellfit.spec import Network, Spec, Training
from wellfit.store import FittedModel, TrainedNetwork, load, save


def test_the_model_is_the_average_of_its_networks(made_model, made_table):
    model, table = made_model("three classes", networks=3), made_table("three classes")
    single = [FittedModel(model.preparation, model.target, (network,)).predict_proba(table) for network in model.networks]
    assert np.allclose(model.predict_proba(table), np.mean(single, axis=0), atol=1e-7)


@pytest.mark.parametrize("task", ["two classes", "three classes", "regression"])
def test_weights_say_what_each_network_counts(task, made_model, made_table):
    plain, table = made_model(task, networks=3), made_table(task)
    model = dataclasses.replace(plain, weights=(0.5, 0.2, 0.3))
    X, _ = model.preparation.transform(table)
    single = [dataclasses.replace(plain, networks=(network,)).outputs(X) for network in plain.networks]
    np.testing.assert_allclose(model.outputs(X), 0.5 * single[0] + 0.2 * single[1] + 0.3 * single[2], rtol=1e-12)
    assert not np.allclose(model.outputs(X), plain.outputs(X), rtol=1e-4)


def test_equal_weights_and_none_are_the_same_average(made_model, made_table):
    plain = made_model("three classes", networks=4)
    X, _ = plain.preparation.transform(made_table("three classes"))
    assert dataclasses.replace(plain, weights=(0.25,) * 4).outputs(X).tobytes() == plain.outputs(X).tobytes()
    total = np.zeros((len(X), 3))
    for network in plain.networks:
        total += get_engine("compiled").forward(network.spec, network.parameters, X.astype(np.float32))
    assert plain.outputs(X).tobytes() == (total / 4).tobytes()


def test_no_rounding_makes_more_than_certainty(made_model):
    sure = made_model("two classes", networks=7)
    networks = []
    for network in sure.networks:
        parameters = np.zeros_like(network.parameters)
        parameters[-1] = 80.0  # the bias of the last layer: the probability is 1 in float32
        networks.append(dataclasses.replace(network, parameters=parameters))
    shares = np.random.default_rng(0).dirichlet(np.ones(7), 200)
    X = np.zeros((1, networks[0].spec.network.inputs), np.float32)
    found = [dataclasses.replace(sure, networks=tuple(networks), weights=tuple(row.tolist())).outputs(X)[0, 0] for row in shares]
    assert set(found) == {1.0}


def test_weights_are_saved(made_model, made_table, tmp_path):
    shares = (1.0 / 3.0, 0.1, 1.0 - 1.0 / 3.0 - 0.1)
    model, table = made_model("regression", networks=3, weights=shares), made_table("regression")
    save(model, tmp_path / "model")
    again = load(tmp_path / "model")
    assert again.weights == shares
    assert again.predict(table).tobytes() == model.predict(table).tobytes()


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ((1.0,), "one number for each of 2 networks, found 1 number"),
        ([0.5, 0.5], r"must be a tuple of one number for each of 2 networks, found \[0.5, 0.5\]"),
        ((0.5, 0.6), "must sum to 1, found 1.1"),
        ((1.0, 0.0), r"weight of network 1 must be a number in \(0, 1\], found 0.0; omit networks without weight"),
        ((-0.5, 1.5), "weight of network 0 must be a number"),
        ((float("nan"), 0.5), "found nan"),
        ((True, False), "found True"),
        (("0.5", 0.5), "found '0.5'"),
    ],
)
def test_weights_that_make_no_average(made_model, weights, words):
    with pytest.raises(DataError, match=words):
        made_model("two classes", weights=weights)


def test_predictions_are_labels_or_numbers_in_their_own_units(made_model, made_table):
    assert set(made_model("three classes").predict(made_table("three classes"))) <= {"a", "b", "ü"}
    assert made_model("two classes").predict(made_table("two classes")).dtype == bool
    model = made_model("regression")
    X, _ = model.preparation.transform(made_table("regression"))
    found = model.predict(made_table("regression"))
    assert np.allclose(found, model.outputs(X)[:, 0] * model.target.scale + model.target.mean)
    with pytest.raises(DataError, match="no probabilities"):
        model.predict_proba(made_table("regression"))


# === Temperature and threshold ===


@pytest.mark.parametrize("task", ["two classes", "three classes"])
def test_a_temperature_divides_the_log_odds_and_changes_no_label(made_model, made_table, task):
    cold, table = made_model(task), made_table(task)
    warm = dataclasses.replace(cold, temperature=2.5)
    before, after = cold.apply(table), warm.apply(table)
    odds = np.log(before.probabilities[:, 1] / before.probabilities[:, 0])
    np.testing.assert_allclose(np.log(after.probabilities[:, 1] / after.probabilities[:, 0]), odds / 2.5, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(after.probabilities.sum(axis=1), 1.0, rtol=1e-12)
    assert (before.values == after.values).all()
    assert np.array_equal(warm.predict_proba(table), after.probabilities)


def test_the_threshold_decides_between_two_classes(made_model, made_table):
    table = made_table("two classes")
    chance = np.sort(made_model("two classes").predict_proba(table)[:, 1])
    between = float((chance[10] + chance[11]) / 2)
    model = made_model("two classes", threshold=between)
    found = model.apply(table)
    assert found.values.dtype == bool
    assert (found.values == (found.probabilities[:, 1] > between)).all()
    assert found.values.sum() == len(table) - 11
    assert made_model("two classes", threshold=0.0).predict(table).all()
    assert not made_model("two classes", threshold=1.0).predict(table).any()


def test_temperature_and_threshold_are_saved(made_model, made_table, tmp_path):
    model, table = made_model("two classes", temperature=0.7, threshold=0.25), made_table("two classes")
    save(model, tmp_path / "model")
    again = load(tmp_path / "model")
    assert (again.temperature, again.threshold) == (0.7, 0.25)
    assert again.apply(table).probabilities.tobytes() == model.apply(table).probabilities.tobytes()
    assert (again.predict(table) == model.predict(table)).all()


@pytest.mark.parametrize(
    ("task", "values", "words"),
    [
        ("two classes", {"temperature": 0.0}, "temperature must be a number from 0.001 to 1000"),
        ("two classes", {"temperature": float("nan")}, "temperature must be a number from 0.001 to 1000"),
        ("two classes", {"temperature": "warm"}, "temperature must be a number from 0.001 to 1000"),
        ("regression", {"temperature": 2.0}, "and 1 for a regression"),
        ("two classes", {"threshold": 1.5}, r"a number in \[0, 1\]; found 1.5"),
        ("two classes", {"threshold": True}, "found True"),
        ("three classes", {"threshold": 0.5}, "for two classes"),
        ("regression", {"threshold": 0.5}, "for two classes"),
    ],
)
def test_temperatures_and_thresholds_that_are_none(made_model, task, values, words):
    with pytest.raises(DataError, match=words):
        made_model(task, **values)


# === What cannot be a model ===


def test_parts_that_do_not_fit_each_other_are_refused(made_model):
    model = made_model("two classes")
    with pytest.raises(DataError, match="at least one network"):
        FittedModel(model.preparation, model.target, ())
    wide = Spec(Network(99, (2,), 1), Training(loss="binary_cross_entropy"))
    zeros = np.zeros(Layout.of(wide.network).size, np.float32)
    with pytest.raises(DataError, match="takes 99 inputs, but the preparation makes"):
        FittedModel(model.preparation, model.target, (TrainedNetwork(wide, 0, zeros),))
    with pytest.raises(DataError, match="has 1 output, but the target needs 3"):
        FittedModel(model.preparation, made_model("three classes").target, model.networks)
    spec = model.networks[0].spec
    squared = spec.replace(training=spec.training.replace(loss="squared_error"))
    with pytest.raises(DataError, match="loss must be binary_cross_entropy for this target, found 'squared_error'"):
        FittedModel(model.preparation, model.target, (TrainedNetwork(squared, 0, model.networks[0].parameters),))


@pytest.mark.parametrize(("size", "dtype"), [(202, "float32"), (203, "float64"), (0, "float32")])
def test_a_network_has_as_many_parameters_as_its_spec_says(size, dtype):
    with pytest.raises(DataError, match="the network has 203 parameters of float32, found"):
        TrainedNetwork(Spec(Network(99, (2,), 1), Training(loss="squared_error")), 0, np.zeros(size, dtype))


def test_numbers_too_large_for_float32_are_an_error_and_no_nan(made_model, made_table):
    model = made_model("regression")
    huge = dataclasses.replace(model.networks[0], parameters=np.full_like(model.networks[0].parameters, 3e38))
    with pytest.raises(DataError, match="the network gives no finite number for row 1"):
        dataclasses.replace(model, networks=(huge,)).predict(made_table("regression"))


def test_rows_of_another_width_are_refused(made_model):
    with pytest.raises(DataError, match=r"takes rows of \d+ numbers, found an array of shape \(2, 3\)"):
        made_model("regression").outputs(np.zeros((2, 3)))


@pytest.mark.parametrize("task", ["two classes", "regression"])
def test_rows_far_outside_the_training_range_are_warned_of(task, made_model, made_table, tmp_path):
    table = made_table(task).drop(columns="target")
    save(made_model(task), tmp_path / "model")
    model, far = load(tmp_path / "model"), table.assign(age=1000 * table["age"])
    words = "column 'age': 39 of 40 rows \\(97.5 %\\) lie far outside the training range"
    with pytest.warns(DataWarning, match=words):
        model.predict(far)
    if task == "two classes":
        with pytest.warns(DataWarning, match=words):
            model.predict_proba(far)
    (note,) = model.apply(far).notes  # and no warning
    assert note.startswith("column 'age': 39 of 40 rows")
    assert model.apply(table).notes == ()


def test_a_decimal_sign_can_be_given_to_every_prediction(made_model, made_table, tmp_path):
    model, table = made_model("two classes"), made_table("two classes")
    plain = table.drop(columns="target").assign(age=table["age"].round(3))
    text = plain.assign(age=[None if age != age else f"{age:.3f}".replace(".", ",") for age in plain["age"]])
    text.to_csv(tmp_path / "text.csv", index=False)
    for source in (text, tmp_path / "text.csv", str(tmp_path / "text.csv")):
        assert model.predict_proba(source, decimal=",").tobytes() == model.predict_proba(plain).tobytes()
        assert model.predict(source, decimal=",").tobytes() == model.predict(plain).tobytes()
        assert model.apply(source, decimal=",").notes == ()
    with pytest.raises(SpecError, match="decimal must be"):
        model.predict(text, decimal="'")
