"""What a study trains first: the settings of each regulariser, and what shrinks where there is no room for all."""

import dataclasses

import pytest

from wellfit.errors import SpecError
from wellfit.study.plans import RECIPE, REGULARISATION, REGULARISERS, Plan, label_of, sensible_grid


def grid(**changes):
    return dataclasses.replace(sensible_grid(500), **changes)


def candidates(**changes):
    return grid(**changes).candidates(4, 1, "binary_cross_entropy")


# === The grid ===


def test_every_regulariser_is_tried_at_every_shape():
    found = candidates(hidden=((8,), (4, 4)), l2=(0.1, 1.0), dropout=(0.2,))
    assert [(each.change, label_of(each.spec)) for each in found] == [
        ("no regularisation", "no regularisation, hidden 8"),
        ("no regularisation", "no regularisation, hidden 4-4"),
        ("L2", "L2 λ 0.1, hidden 8"),
        ("L2", "L2 λ 1, hidden 8"),
        ("L2", "L2 λ 0.1, hidden 4-4"),
        ("L2", "L2 λ 1, hidden 4-4"),
        ("dropout", "dropout 0.2, hidden 8"),
        ("dropout", "dropout 0.2, hidden 4-4"),
        ("both", "L2 λ 0.1, dropout 0.2, hidden 8"),
        ("both", "L2 λ 1, dropout 0.2, hidden 8"),
        ("both", "L2 λ 0.1, dropout 0.2, hidden 4-4"),
        ("both", "L2 λ 1, dropout 0.2, hidden 4-4"),
    ]


def test_regularisers_are_what_they_are_called():
    for each in candidates():
        training = each.spec.training
        assert (training.l2 > 0, training.dropout > 0) == (each.change in ("L2", "both"), each.change in ("dropout", "both"))
    assert {each.change for each in candidates()} == set(REGULARISERS)


def test_no_network_stops_early():
    assert {(each.spec.training.monitor, each.spec.training.patience) for each in candidates()} == {("none", None)}


def test_networks_without_hidden_layers_have_nothing_to_drop():
    found = candidates(hidden=((),))
    assert {each.change for each in found} == {"no regularisation", "L2"}
    assert label_of(found[0].spec) == "no regularisation, no hidden layer"


def test_a_strength_of_zero_belongs_to_the_regulariser_without_it():
    assert {each.change for each in candidates(l2=(0.0,))} == {"no regularisation", "dropout"}
    assert len(candidates(l2=(0.0, 1.0), dropout=(0.0,))) == 4


def test_repeated_values_are_tried_once():
    assert len(candidates(hidden=((8,), (8,)), l2=(1.0, 1.0), dropout=(0.5,))) == 4


OUT_OF_RANGE = [
    ({"hidden": ()}, "hidden must hold at least one value"),
    ({"l2": ()}, "l2 must hold at least one value"),
    ({"seeds": 0}, "seeds must be at least 1, found 0"),
    ({"epochs": 0}, "epochs must be at least 1, found 0"),
    ({"hidden": ((0,),)}, "hidden layer 1 must be at least 1, found 0"),
    ({"l2": (-1.0,)}, r"l2 must lie in \[0, inf\), found -1.0"),
    ({"dropout": (0.2, 1.0)}, r"dropout must lie in \[0, 1\), found 1.0"),
    ({"dropout": (1.0,), "hidden": ((),)}, "dropout must lie in"),
    ({"learning_rate": 0.0}, r"learning_rate must lie in \(0, inf\)"),
    ({"activation": "rellu"}, "did you mean 'relu'"),
    ({"batch_size": 0}, "batch_size must be at least 1"),
]


@pytest.mark.parametrize(("changes", "words"), OUT_OF_RANGE)
def test_values_out_of_range_are_refused_before_a_table_is_read(changes, words):
    with pytest.raises(SpecError, match=words):
        Plan("regularisation", changes)


@pytest.mark.parametrize("rows", [1, 10, 341, 5_000, 30_000, 1_000_000])
def test_the_grid_suits_any_number_of_rows(rows):
    found = sensible_grid(rows)
    assert 32 <= found.batch_size <= 256
    assert 8 <= found.epochs <= 120
    assert found.epochs <= sensible_grid(max(1, rows // 2)).epochs


def test_the_reduced_grid_has_one_setting_of_each_regulariser():
    found = grid(l2=(0.01, 0.1, 1.0), dropout=(0.1, 0.3)).reduced()
    assert [each.change for each in found.candidates(4, 1, "squared_error")] == list(REGULARISERS)
    assert (found.l2, found.dropout, found.seeds) == ((0.1,), (0.3,), 1)


# === The plan ===


def test_the_header_holds_the_plan_and_what_was_requested_of_it():
    assert RECIPE.settings() == {}
    assert REGULARISATION.settings() == {"plan": "regularisation"}
    assert Plan("regularisation", {"l2": (0.1,), "epochs": 10}).settings() == {"plan": "regularisation", "l2": [0.1], "epochs": 10}


def test_what_was_not_requested_follows_the_rows():
    plan = Plan("regularisation", {"epochs": 10})
    assert plan.grid(341) == dataclasses.replace(sensible_grid(341), epochs=10)
    assert plan.grid(341).batch_size < plan.grid(100_000).batch_size
