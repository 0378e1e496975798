"""The model: networks trained once more, on which rows and with what they count, and how sure their average is."""

import numpy as np
import pytest

from wellfit.spec import Spec
from wellfit.study import choice, final
from wellfit.study.plans import Plan
from wellfit.training.arrays import make_data
from wellfit.training.fit import fit_network

pytestmark = pytest.mark.usefixtures("tiny")


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("rows", "trials"), [(80, 30), (2_050, 20)])
def test_they_are_trained_on_all_rows_with_their_weights(problem, searched, rows, trials, weighted):
    weights = np.random.default_rng(0).uniform(0.5, 2.0, rows) if weighted else None
    made = problem(rows, weights=weights)
    study = searched(made, trials)
    (record,) = study.of_kind("model")
    table = made.prepared_by(study.model.preparation)
    data = make_data(table.X, table.Y, "float32", table.weights, np.arange(rows))
    assert (table.weights is None) is not weighted
    new = list(zip(record["members"], study.model.networks, strict=True))[record["as_chosen"] :]
    assert new
    for member, network in new[:2]:
        again = fit_network(Spec.from_dict(member["spec"]), data, seed=member["seed"])
        assert network.parameters.tobytes() == again.parameters.tobytes()


@pytest.mark.parametrize(("found", "plan", "expected"), [(0.25, "recipe", 0.5), (4.0, "recipe", 4.0), (0.25, "fixed", 0.25)])
def test_surer_probabilities_are_half_believed_where_networks_were_chosen(problem, searched, monkeypatch, found, plan, expected):
    monkeypatch.setattr(choice, "best_temperature", lambda *_: found)
    trials = None if plan == "fixed" else 8
    assert searched(problem(2_050), trials, plan=Plan(plan)).model.temperature == expected


@pytest.mark.parametrize("rows", [80, 2_050])
def test_networks_that_cost_far_more_than_a_constant_answer_are_left_out(problem, searched, monkeypatch, rows):
    monkeypatch.setattr(final, "constant_cost", lambda *_: 0.0)
    (record,) = searched(problem(rows), 8).of_kind("model")
    assert not record["refit"]
    assert record["as_chosen"] == len(record["members"]) > 0
