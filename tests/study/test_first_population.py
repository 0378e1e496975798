"""The first population: what is chosen, on which rows, and what an interruption or a divergence leaves."""

import dataclasses

import numpy as np
import pytest

from wellfit.engines.types import Outcome
from wellfit.errors import ClusterError, DataError, SpecError
from wellfit.study.final_test import read_test
from wellfit.study.first_population import first_population
from wellfit.study.judging import average_outputs, divergence, rank


@pytest.fixture(scope="module")
def found(problem, small_grid):
    return first_population(problem(), small_grid())


def bits(population):
    return [result.parameters.tobytes() for results in population.results for result in results]


def test_the_same_seed_gives_the_same_bits_and_choice(found, problem, small_grid):
    again = first_population(problem(), small_grid(), n_jobs=1)
    assert bits(again) == bits(found)
    assert again.chosen.setting == found.chosen.setting
    assert again.kinds[2].gap == found.kinds[2].gap
    assert bits(first_population(problem(), small_grid(), seed=1)) != bits(found)


def test_test_rows_play_no_part(found, problem, small_grid, parts):
    changed = problem()
    changed.X[parts["test"]], changed.Y[parts["test"]] = 1e6, 0
    again = first_population(changed, small_grid())
    assert bits(again) == bits(found)
    assert [kind.gap for kind in again.kinds] == [kind.gap for kind in found.kinds]
    assert again.references[1].dev == found.references[1].dev


def test_dev_rows_choose_but_do_not_train(found, problem, small_grid, parts):
    changed = problem()
    changed.Y[parts["dev"]] = 1 - changed.Y[parts["dev"]]
    again = first_population(changed, small_grid())
    assert bits(again) == bits(found)
    assert [kind.train.estimate for kind in again.kinds] == [kind.train.estimate for kind in found.kinds]
    assert again.kinds[0].dev.estimate == pytest.approx(1 - found.kinds[0].dev.estimate)


def test_the_choice_has_the_lowest_dev_error(found):
    errors = {kind.kind: np.mean([result.dev_error for result in kind.results]) for kind in found.kinds}
    assert errors[found.chosen.kind] == min(errors.values())
    for kind in found.kinds:
        own = [
            np.mean([result.dev_error for result in results])
            for results, setting in zip(found.results, found.settings, strict=True)
            if setting.kind == kind.kind
        ]
        assert kind.dev.estimate == pytest.approx(min(own))


def test_errors_are_averages_over_seeds_within_their_intervals(found):
    for kind in found.kinds:
        assert len(kind.results) == 2
        assert kind.train.low <= kind.train.estimate <= kind.train.high
        assert kind.gap.estimate == pytest.approx(kind.dev.estimate - kind.train.estimate)
        assert kind.gap.low < kind.gap.estimate < kind.gap.high
        assert kind.networks == kind.settings * 2


def test_all_networks_are_counted_while_they_come(problem, small_grid):
    seen = []
    population = first_population(problem(), small_grid(), on_result=lambda done, result: seen.append((done, result.seed)))
    assert [done for done, _ in seen] == list(range(1, 9))
    assert population.networks == 8
    assert not population.interrupted


def test_a_target_error_replaces_the_reference(problem, small_grid):
    population = first_population(problem(), small_grid(seeds=4), target_error=0.0)
    assert population.reference.name == "the target error"
    assert population.reference.error.high == 0.0
    assert population.chosen.verdict.word == "underfits"
    with pytest.raises(SpecError, match="target error"):
        first_population(problem(), small_grid(), target_error=2.0)


def test_without_dev_or_test_rows_nothing_can_be_chosen_or_tested(found, problem, small_grid):
    with pytest.raises(DataError, match="found none; set a dev_fraction above 0"):
        first_population(problem()._replace(dev=np.zeros(0, np.int64)), small_grid())
    with pytest.raises(DataError, match="found none; set a test_fraction above 0"):
        read_test(problem(), found, np.zeros(0, np.int64))


def test_values_out_of_range_are_refused_before_training(problem, small_grid):
    with pytest.raises(SpecError, match="dropout must lie in"):
        first_population(problem(), small_grid(dropout=(1.0,)))


# === Interruption and divergence ===


def test_an_interruption_keeps_what_is_done(problem, small_grid, parts, held_after):
    seen = []
    with held_after(2):
        population = first_population(
            problem(),
            small_grid(seeds=20, epochs=30),
            n_jobs=1,
            on_result=lambda done, result: seen.append(done),
            should_stop=lambda: len(seen) >= 2,
        )
    assert population.interrupted
    assert 2 <= population.networks < 80
    assert population.chosen.results
    assert all(np.isfinite(result.parameters).all() for result in population.chosen.results)
    assert np.isfinite(read_test(problem(), population, parts["test"]).model.estimate)


@pytest.mark.parametrize(
    ("lost", "error"), [("", KeyboardInterrupt), ("the scheduler went away", ClusterError)], ids=["Ctrl-C", "a scheduler that was lost"]
)
def test_an_interruption_before_anything_is_useful_is_passed_on(lost, error, monkeypatch, problem, small_grid):
    monkeypatch.setattr("wellfit.training.tasks.train_all", lambda *_: ({}, lost))
    with pytest.raises(error, match=lost or "^$"):
        first_population(problem(), small_grid())


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_learning_rate_of_a_million_ends_as_diverged_with_finite_weights(task, problem, small_grid):
    population = first_population(problem(task), small_grid(learning_rate=1e6, hidden=((16, 16),), activation="relu", epochs=20))
    for kind in population.kinds:
        assert kind.divergence.startswith("diverged at epoch ")
        assert kind.diverged == kind.networks
        assert all(np.isfinite(result.parameters).all() for result in kind.results)
        assert np.isfinite([kind.train.estimate, kind.dev.estimate, kind.gap.estimate]).all()


def test_whole_runs_come_before_diverged_ones(problem, small_grid):
    population = first_population(problem(), small_grid())
    good = population.results[0]
    constant = problem().constant_cost
    blown = tuple(
        dataclasses.replace(result, dev_error=0.0, history=dataclasses.replace(result.history, cost=result.history.cost * 1e9))
        for result in good
    )
    assert divergence(good[0], constant) is None
    assert divergence(blown[0], constant).startswith("diverged at epoch 1: the training cost reached")
    assert rank(good, constant) < rank(blown, constant)
    lost = tuple(
        dataclasses.replace(result, outcome=Outcome.DIVERGED, dev_error=float("nan"), message="diverged at epoch 4.") for result in good
    )
    assert divergence(lost[0], constant) == "diverged at epoch 4."
    assert rank(blown, constant) < rank(lost, constant)
    cut = tuple(dataclasses.replace(result, outcome=Outcome.INTERRUPTED, dev_error=0.0) for result in good)
    assert rank(good, constant) < rank(cut, constant) < rank(blown, constant)


def test_the_constant_answer_costs_the_entropy_or_half_the_variance(problem):
    assert problem().constant_cost == pytest.approx(np.log(2), abs=1e-3)
    numbers = problem("regression")
    assert numbers.constant_cost == pytest.approx(numbers.Y[numbers.train].var() / 2)


# === Test ===


def test_the_test_report_is_that_of_the_average_model(found, problem, parts):
    report = read_test(problem(), found, parts["test"])
    X, Y = problem().X[parts["test"]], problem().Y[parts["test"], 0]
    wrong = (average_outputs(found.chosen.results, X)[:, 0] > 0.5) != Y
    assert report.model.estimate == pytest.approx(wrong.mean())
    assert report.rows == 30
    assert [name for name, _ in report.references] == ["majority class", "logistic regression"]
    assert report.against == found.best_reference.model.name
    assert report.advantage.estimate == pytest.approx(dict(report.references)[report.against].estimate - report.model.estimate)
    assert report.r_squared is None


def test_numbers_come_with_r_squared(problem, small_grid, parts):
    population = first_population(problem("regression"), small_grid(epochs=60, activation="relu", hidden=((16,),)))
    report = read_test(problem("regression"), population, parts["test"])
    Y = problem("regression").Y[parts["test"], 0] * 3.0
    assert report.r_squared.estimate == pytest.approx(1 - report.model.estimate**2 / Y.var(), abs=1e-5)
    assert report.network_needed == "yes"
    assert report.reason.startswith("a network was needed: its RMSE is ")


def test_a_network_that_is_worse_was_not_needed(problem, small_grid, parts):
    report = read_test(problem(), first_population(problem(), small_grid(epochs=1, learning_rate=1e-5)), parts["test"])
    assert report.network_needed == "no"
    assert "use the simpler model" in report.reason
