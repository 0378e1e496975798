"""What there is of networks: numbers that no resumption changes, and a best error that no lucky fold makes."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from wellfit.spec import Network, Spec, Training
from wellfit.study.folds import Folds
from wellfit.study.registry import TrialRegistry
from wellfit.study.trial import Trial

SPECS = [Spec(Network(inputs=2, hidden=(units,)), Training(loss="squared_error", epochs=9)) for units in range(1, 9)]


def tally_of(folds=0, is_classification=True):
    parts = [SimpleNamespace(dev=np.arange(size)) for size in (30, 10, 20, 20)]
    return TrialRegistry(Folds(parts, folds), lambda repeat: 10 * repeat.fold + repeat.draw, is_classification)


def trial_of(spec, error, part=0, draw=0, number=0, epochs=9):
    seed = 10 * part + draw
    return Trial(number, 1, "l2", spec, seed, part, 0, epochs, epochs, epochs, "EPOCHS_USED_UP", error, error, error, 0.1)


# === The best error ===


def test_with_one_dev_part_it_is_the_lowest_of_a_network():
    registry = tally_of()
    assert registry.best_error is None
    for error, lowest in ((math.nan, None), (0.4, 0.4), (0.5, 0.4), (0.1, 0.1), (math.nan, 0.1)):
        registry.add(trial_of(SPECS[0], error, number=len(registry.trials), draw=len(registry.trials)))
        assert registry.best_error == lowest


@pytest.mark.parametrize(("is_classification", "mean"), [(True, 0.1), (False, 0.2)])
def test_with_folds_it_is_that_of_a_setting_over_all_of_them(is_classification, mean):
    registry = tally_of(2, is_classification)
    registry.add(trial_of(SPECS[0], 0.0, part=0))
    assert registry.best_error is None
    registry.add(trial_of(SPECS[1], 0.3, part=0, number=1))
    registry.add(trial_of(SPECS[0], 0.4, part=1, number=2))
    assert registry.best_error == pytest.approx(mean)
    registry.add(trial_of(SPECS[1], 0.3, part=1, number=3))
    assert registry.best_error == pytest.approx(mean)
    # Neither a further repetition, nor further seeds, nor a fold that diverged.
    for place in ({"part": 2}, {"part": 0, "draw": 1}):
        registry.add(trial_of(SPECS[0], 0.0, number=len(registry.trials), **place))
    for part in (0, 1):
        registry.add(trial_of(SPECS[2], math.nan if part else 0.0, part=part, number=len(registry.trials)))
    assert registry.best_error == pytest.approx(mean)


def test_an_error_whose_square_is_beyond_all_numbers_is_no_matter():
    registry = tally_of(2, is_classification=False)
    for part in (0, 1):
        registry.add(trial_of(SPECS[0], 1e200, part=part, number=part))
    assert registry.best_error == pytest.approx(1e200)


# === Numbers ===


def test_whoever_is_asked_for_first_has_the_lowest_number_that_is_free():
    rng = np.random.default_rng(0)
    networks = [(spec, 0, 0) for spec in SPECS]
    for _ in range(50):
        # Of an earlier session there are some numbers out of turn, as where time or trials were used up.
        before = {int(number): spec for number, spec in zip(rng.permutation(12)[:3], SPECS[:3], strict=True)}
        whole = tally_of()
        for number, spec in before.items():
            whole.add(trial_of(spec, 0.1, number=number))
        numbers = [whole.number(network) for network in networks[3:]]
        assert numbers == sorted(set(range(12)) - set(before))[:5]
        assert whole.count == 8
        # Cut off when some of them were ready.
        again = tally_of()
        for number, spec in before.items():
            again.add(trial_of(spec, 0.1, number=number))
        for place in rng.permutation(5)[: rng.integers(5)]:
            again.add(trial_of(SPECS[3 + place], 0.1, number=numbers[place]))
        assert [again.number(network) for network in networks[3:]] == numbers


def test_a_network_keeps_its_number_and_its_trials():
    registry = tally_of()
    for epochs in (3, 9):
        registry.add(trial_of(SPECS[0], 0.1, number=4, epochs=epochs))
    registry.add(trial_of(SPECS[1], math.nan, number=2))
    assert registry.number((SPECS[0], 0, 0)) == 4
    assert registry.finished == {2, 4}
    assert [trial.epochs for trial in registry.whole()] == [9]


def test_networks_that_came_to_their_end_stand_by_number_however_they_came_in():
    registry = tally_of()
    for number in (3, 0, 2):
        registry.add(trial_of(SPECS[number], 0.1, number=number))
    assert [trial.number for trial in registry.whole()] == [0, 2, 3]
