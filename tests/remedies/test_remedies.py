"""Remedies: each changes the network as its name says, and every list has those that its diagnosis asks for."""

import itertools

import numpy as np
import pytest

from wellfit.remedies.remedies import FOR_BIAS, FOR_VARIANCE, REFINING, REMEDIES, candidates
from wellfit.spec import Network, Spec, Training
from wellfit.study.default_network import FIXED

PLAIN = FIXED["classification"].spec(10, 1, "binary_cross_entropy", 1_000)
DRAWN = [name for name, remedy in REMEDIES.items() if remedy.draw is not None]


def moved(name, spec=PLAIN, draws=20):
    rng = np.random.default_rng(0)
    return [made for made in (REMEDIES[name].draw(spec, rng) for _ in range(draws)) if made is not None]


@pytest.mark.parametrize("name", DRAWN)
def test_every_remedy_makes_other_networks_that_can_be_trained(name):
    made = moved(name)
    assert made
    assert any(spec != PLAIN for spec in made)
    for spec in made:
        assert Spec.from_dict(spec.to_dict()) == spec
        assert spec.network.inputs == 10
        assert spec.training.loss == "binary_cross_entropy"


def test_against_variance_penalties_and_dropout_grow_and_networks_shrink():
    assert all(spec.training.l2 > PLAIN.training.l2 for spec in moved("l2") + moved("both"))
    assert all(spec.training.l1 > 0 for spec in moved("l1"))
    assert all(max(spec.dropout_rates[1:]) > 0.1 for spec in moved("dropout") + moved("both") + moved("dropout by layer"))
    assert all(len(set(spec.dropout_rates[1:])) == 2 for spec in moved("dropout by layer"))
    assert all(spec.dropout_rates[0] > 0 for spec in moved("input dropout"))
    assert all(spec.training.label_smoothing > 0 for spec in moved("label smoothing"))
    assert all(sum(spec.network.hidden) < 256 for spec in moved("smaller"))
    assert all(spec.training.epochs < PLAIN.training.epochs for spec in moved("early stopping"))


def test_against_bias_networks_grow_and_train_longer():
    assert all(sum(spec.network.hidden) > 256 for spec in moved("wider"))
    assert all(len(spec.network.hidden) == 3 for spec in moved("deeper"))
    assert all(spec.training.epochs > PLAIN.training.epochs for spec in moved("longer"))
    assert all(spec.training.l2 < PLAIN.training.l2 for spec in moved("less regularised"))
    assert all(spec.training.batch_size < PLAIN.training.batch_size for spec in moved("batch"))
    rates = {spec.training.schedule.learning_rate for spec in moved("rate")}
    assert min(rates) < PLAIN.training.schedule.learning_rate < max(rates)


def test_what_makes_no_sense_is_not_tried():
    numbers = FIXED["regression"].spec(10, 1, "squared_error", 1_000)
    assert moved("label smoothing", numbers) == []
    linear = Spec(Network(inputs=10, hidden=()), Training(loss="squared_error"))
    for name in DRAWN:
        moved(name, linear)
    assert moved("dropout", linear) == []
    deep = Spec(Network(inputs=10, hidden=(8, 8, 8, 8)), Training(loss="squared_error"))
    assert moved("deeper", deep) == []


@pytest.mark.parametrize("names", [FOR_BIAS, FOR_VARIANCE, REFINING])
def test_first_each_remedy_alone_then_several_at_once(names):
    drawn = list(itertools.islice(candidates(PLAIN, names, 3), 3 * len(names)))
    assert drawn == list(itertools.islice(candidates(PLAIN, names, 3), 3 * len(names)))
    assert drawn != list(itertools.islice(candidates(PLAIN, names, 4), 3 * len(names)))
    assert [each.change for each in drawn[: len(names) - 2]] == list(names)[: len(names) - 2]
    assert any(" + " in each.change for each in drawn[len(names) :])
    assert all(each.spec != PLAIN for each in drawn)
    assert all(name in names for each in drawn for name in each.change.split(" + "))


def test_nothing_left_to_change_ends_the_candidates():
    linear = Spec(Network(inputs=10, hidden=()), Training(loss="squared_error"))
    assert list(candidates(linear, ("dropout",), 0)) == []
