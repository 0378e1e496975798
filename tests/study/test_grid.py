"""What the first population tries."""

import dataclasses

import pytest

from wellfit.errors import SpecError
from wellfit.study.grid import KINDS, sensible_grid


def grid(**changes):
    return dataclasses.replace(sensible_grid(500), **changes)


def settings(**changes):
    return grid(**changes).settings(4, 1, "binary_cross_entropy")


def test_every_kind_is_tried_at_every_shape():
    found = settings(hidden=((8,), (4, 4)), l2=(0.1, 1.0), dropout=(0.2,))
    assert [(item.kind, item.label) for item in found] == [
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


def test_kinds_are_what_they_say():
    for item in settings():
        training = item.spec.training
        assert (training.l2 > 0, training.dropout > 0) == (item.kind in ("L2", "both"), item.kind in ("dropout", "both"))
    assert {item.kind for item in settings()} == set(KINDS)


def test_networks_without_hidden_layers_have_nothing_to_drop():
    found = settings(hidden=((),))
    assert {item.kind for item in found} == {"no regularisation", "L2"}
    assert found[0].label == "no regularisation, no hidden layer"


def test_a_strength_of_nothing_is_no_kind_of_its_own():
    assert {item.kind for item in settings(l2=(0.0,))} == {"no regularisation", "dropout"}
    assert len(settings(l2=(0.0, 1.0), dropout=(0.0,))) == 4


def test_repeated_values_are_tried_once():
    assert len(settings(hidden=((8,), (8,)), l2=(1.0, 1.0), dropout=(0.5,))) == 4


@pytest.mark.parametrize(
    ("changes", "words"),
    [
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
    ],
)
def test_values_out_of_range(changes, words):
    with pytest.raises(SpecError, match=words):
        settings(**changes)


def test_seeds_depend_on_the_study_alone():
    assert grid(seeds=3).seed_numbers(5) == grid(seeds=4).seed_numbers(5)[:3]
    assert not set(grid(seeds=4).seed_numbers(0)) & set(grid(seeds=4).seed_numbers(1))
    assert all(0 <= number < 2**32 for number in grid(seeds=4).seed_numbers(2**40))


@pytest.mark.parametrize("rows", [1, 10, 341, 5_000, 30_000, 1_000_000])
def test_the_grid_suits_any_number_of_rows(rows):
    found = sensible_grid(rows)
    assert 32 <= found.batch_size <= 256
    assert 8 <= found.epochs <= 120
    assert found.epochs <= sensible_grid(max(1, rows // 2)).epochs
