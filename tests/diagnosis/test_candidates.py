"""The recipe: what is tried for which trouble."""

import itertools

import numpy as np
import pytest

from wellfit.diagnosis.candidates import MENDED_BY, MOST_CANDIDATES, NEXT_STEPS, candidates_for
from wellfit.diagnosis.checks.severity import SEVERITY
from wellfit.diagnosis.inside import NetworkInside
from wellfit.judge.intervals import Interval
from wellfit.judge.metric import Metric
from wellfit.judge.references import Reference
from wellfit.judge.verdict import Verdict
from wellfit.remedies.remedies import REMEDIES
from wellfit.spec import Network, Optimizer, Schedule, Spec, Training
from wellfit.training.result import History

NONE, SOME = Interval(0.0, -0.01, 0.01), Interval(0.1, 0.05, 0.15)


def verdict(word, bias, gap):
    return Verdict(word, "", SOME, SOME, bias, gap, 0.01, Reference("the target error", SOME), Metric("classification"))


OVERFITS, UNDERFITS = verdict("overfits", NONE, SOME), verdict("underfits", SOME, NONE)
FITS = verdict("fits", NONE, NONE)


def history(cost):
    cost = np.asarray(cost, dtype=np.float64)
    empty = np.empty(0)
    return History(cost, np.empty(0, np.int64), empty, empty, empty, empty, np.empty((0, 2)))


def inside(hidden=(40,), cost=(1.0, 0.5, 0.3, 0.3, 0.3, 0.3), activation="relu", initializer="auto", **changes):
    training = Training(loss="binary_cross_entropy", **({"monitor": "none", "patience": None} | changes))
    spec = Spec(Network(inputs=4, hidden=hidden, activation=activation, initializer=initializer), training)
    return NetworkInside(spec, (), (history(cost),))


def names(network, verdict, watches=False, faults=()):
    return [candidate.change for candidate in candidates_for(network, verdict, 800, watches, faults)]


def test_variance_asks_for_regularisation():
    for candidate in candidates_for(inside(), OVERFITS, 800, False):
        training = candidate.spec.training
        assert training.l2 > 0 or training.dropout > 0 or candidate.watches or candidate.change == "smaller"


def test_bias_asks_for_more_and_never_for_regularisation():
    found = candidates_for(inside(cost=np.linspace(1.0, 0.2, 20)), UNDERFITS, 800, False)
    assert {"longer", "bigger"} & {candidate.change for candidate in found}
    assert all(candidate.spec.training.l2 == 0 and candidate.spec.training.dropout == 0 for candidate in found)


def test_bias_under_regularisation_asks_for_less_of_it():
    first = candidates_for(inside(l2=100.0, dropout=0.5), UNDERFITS, 800, False)[0]
    assert (first.spec.training.l2, first.spec.training.dropout) == (0.0, 0.0)


def test_neither_for_sure_asks_for_some_of_both():
    found = set(names(inside(cost=np.linspace(1.0, 0.2, 20)), FITS))
    assert found & {"longer", "higher rate", "bigger", "falling rate"}
    assert found & {"both", "l2", "dropout", "early stopping", "smaller"}


def test_training_that_came_to_its_end_is_not_made_longer():
    assert "longer" not in names(inside(cost=[1.0] + [0.3] * 20), UNDERFITS)
    assert "longer" in names(inside(cost=np.linspace(1.0, 0.2, 20)), UNDERFITS)


def test_faults_come_first():
    assert names(inside(activation="sigmoid"), OVERFITS, faults=["vanishing_gradients"])[0] == "relu"
    assert names(inside(initializer="zeros"), UNDERFITS, faults=["equal_units"])[0] == "initial weights"
    assert names(inside(), OVERFITS, faults=["learning_rate_too_high"])[0] == "lower rate"
    assert names(inside(), OVERFITS, faults=["leakage"]) == names(inside(), OVERFITS)


def test_next_steps_are_remedies_against_what_they_are_listed_for():
    for against, names in NEXT_STEPS.items():
        assert all(REMEDIES[name].step is not None and REMEDIES[name].against == against for name in names)
    assert all(REMEDIES[name].step is not None for names in MENDED_BY.values() for name in names)


def test_faults_have_the_names_of_checks():
    assert set(MENDED_BY) <= set(SEVERITY)


@pytest.mark.parametrize(
    ("optimizer", "hidden", "verdict"), list(itertools.product(["adam", "lbfgs", "momentum"], [(), (8, 4)], [OVERFITS, UNDERFITS, FITS]))
)
def test_whatever_the_network_some_are_made_and_all_differ(optimizer, hidden, verdict):
    network = inside(hidden, optimizer=Optimizer(name=optimizer), batch_size=None)
    found = candidates_for(network, verdict, 800, False)
    assert 1 <= len(found) <= MOST_CANDIDATES
    assert len({candidate.spec for candidate in found} | {network.spec}) == len(found) + 1


def test_each_of_a_whole_list_can_be_made_for_layers_that_differ():
    network = inside((8, 4), dropout=(0.1, 0.2), activation=("tanh", "relu"), schedule=Schedule(learning_rate=0.1))
    for verdict in (OVERFITS, UNDERFITS):
        assert candidates_for(network, verdict, 800, False)
    assert sum(map(len, NEXT_STEPS.values())) >= 10


def test_what_already_watches_does_not_stop_early_again():
    assert "early stopping" not in names(inside(monitor="dev_cost", patience=5), OVERFITS, watches=True)
