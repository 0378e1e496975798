"""Case makers draw what the notebooks print; public tests pass our functions and fail wrong ones."""

import importlib

import numpy as np
import pytest

from wellfit.course import gc_utils, init_utils, opt_utils, opt_utils_v1a, public_tests, reg_utils, testCase, testCases, testCases_2022
from wellfit.course.functions.test_utils import check, datatype_check, equation_output_check, multiple_test, shape_check, single_test

FORMS = (testCases, testCases_2022)
HOMES = {
    gc_utils: ("forward_propagation", "backward_propagation", "gradient_check"),
    init_utils: ("initialize_parameters_zeros", "initialize_parameters_random", "initialize_parameters_he"),
    reg_utils: (
        *("compute_cost_with_regularization", "backward_propagation_with_regularization"),
        *("forward_propagation_with_dropout", "backward_propagation_with_dropout"),
    ),
    opt_utils: (
        *("update_parameters_with_gd", "random_mini_batches", "initialize_velocity"),
        *("update_parameters_with_momentum", "initialize_adam"),
    ),
    opt_utils_v1a: ("update_parameters_with_adam", "update_lr", "schedule_lr_decay"),
}
TARGETS = {name: getattr(module, name) for module, names in HOMES.items() for name in names}


def shapes(values):
    return {name: value.shape for name, value in values.items()}


# === Cases ===


def test_both_names_and_both_forms_hold_the_same_cases():
    assert testCase.__all__ == testCases.__all__ == testCases_2022.__all__
    for name in testCases.__all__:
        assert getattr(testCase, name) is getattr(testCases, name)


def test_parameters_are_drawn_in_the_order_of_the_layers():
    draw = np.random.RandomState(1)
    A3, Y, parameters = testCases.compute_cost_with_regularization_test_case()
    for name, shape in {"W1": (2, 3), "b1": (2, 1), "W2": (3, 2), "b2": (3, 1), "W3": (1, 3), "b3": (1, 1)}.items():
        assert np.array_equal(parameters[name], draw.randn(*shape))
    assert A3.shape == Y.shape == (1, 5)


def test_inputs_are_drawn_before_parameters():
    draw = np.random.RandomState(1)
    X, parameters = testCases.forward_propagation_with_dropout_test_case()
    assert np.array_equal(X, draw.randn(3, 5))
    assert np.array_equal(parameters["W1"], draw.randn(2, 3))


# Some entries of the caches as the sources print them.
@pytest.mark.parametrize(
    ("case", "length", "places"),
    [
        ("backward_propagation_with_regularization_test_case", 12, {9: [[0.40682402, 0.01629284, 0.16722898, 0.10118111, 0.40682402]]}),
        ("backward_propagation_with_dropout_test_case", 14, {11: [[0.32266394, 0.49683389, 0.00348883, 0.49683389, 0.32266394]]}),
    ],
)
def test_caches_have_eight_decimals(case, length, places):
    X, Y, cache = getattr(testCases, case)()
    assert len(cache) == length
    for place, published in places.items():
        assert cache[place].tolist() == published
    assert all(entry.dtype == bool or np.array_equal(entry, np.round(entry, 8)) for entry in cache)
    # The generator is where the notebooks leave it: after X.
    draw = np.random.RandomState(1)
    assert np.array_equal(X, draw.randn(3, 5))
    assert np.random.randn() == draw.randn()  # noqa: NPY002
    assert Y.tolist() == [[1, 1, 0, 1, 0]]


def test_gradient_checking_has_labels_of_one_dimension():
    x, y, parameters = testCases.gradient_check_n_test_case()
    assert (x.shape, y.tolist()) == ((4, 3), [1, 1, 0])
    assert shapes(parameters) == {"W1": (5, 4), "b1": (5, 1), "W2": (3, 5), "b2": (3, 1), "W3": (1, 3), "b3": (1, 1)}


@pytest.mark.parametrize(("form", "columns"), [(testCases, 3), (testCases_2022, 2)])
def test_steps_of_optimisers(form, columns):
    expected = {"W1": (2, 3), "b1": (2, 1), "W2": (3, columns), "b2": (3, 1)}
    slopes = {f"d{name}": shape for name, shape in expected.items()}
    parameters, gradients, rate = form.update_parameters_with_gd_test_case()
    assert (shapes(parameters), shapes(gradients), rate) == (expected, slopes, 0.01)
    again, _, v = form.update_parameters_with_momentum_test_case()
    assert all(np.array_equal(parameters[name], again[name]) for name in parameters)
    assert shapes(v) == slopes
    assert shapes(form.initialize_adam_test_case()) == expected
    _, _, v, s, *settings = form.update_parameters_with_adam_test_case()
    assert not any(value.any() for value in [*v.values(), *s.values()])
    assert v["dW1"] is not s["dW1"]
    assert settings == ([] if columns == 3 else [2, 0.02, 0.8, 0.888, 1e-2])


def test_velocities_of_both_forms():
    assert shapes(testCases.initialize_velocity_test_case())["W1"] == (2, 3)
    assert shapes(testCases_2022.initialize_velocity_test_case()) == {"W1": (3, 2), "b1": (3, 1), "W2": (3, 3), "b2": (3, 1)}


def test_batches():
    X, Y, size = testCases.random_mini_batches_test_case()
    assert (X.shape, Y.shape, Y.dtype, size) == ((12288, 148), (1, 148), bool, 64)


# === Public tests ===


def spoilt(value):
    """A result that is wrong by a few per cent, whatever it is made of."""
    if isinstance(value, dict):
        return {name: spoilt(part) for name, part in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(spoilt(part) for part in value)
    return np.asarray(value) * 1.03 + 0.01


def test_every_public_test_has_a_target():
    assert {f"{name}_test" for name in TARGETS} | {"gradient_check_n_test"} == set(public_tests.__all__)


@pytest.mark.parametrize("name", TARGETS)
def test_right_functions_pass(name, capsys):
    getattr(public_tests, f"{name}_test")(TARGETS[name])
    assert capsys.readouterr().out.endswith("\033[92mAll tests passed.\033[0m\n")


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("spoil", [spoilt, lambda result: None], ids=["other", "none"])
def test_wrong_functions_fail(name, spoil):
    with pytest.raises((AssertionError, TypeError)):
        getattr(public_tests, f"{name}_test")(lambda *arguments: spoil(TARGETS[name](*arguments)))


def test_the_formula_of_the_other_generation_fails():
    def inside_the_root(parameters, gradients, v, s, t, rate, beta1, beta2, epsilon):
        return *opt_utils.update_parameters_with_adam(parameters, gradients, v, s, t, rate, beta1, beta2, epsilon), {}, {}

    with pytest.raises(AssertionError, match=r"\['W1'\] should be"):
        public_tests.update_parameters_with_adam_test(inside_the_root)
    with pytest.raises(AssertionError, match="should return parameters, v, s, v_corrected, s_corrected"):
        public_tests.update_parameters_with_adam_test(opt_utils.update_parameters_with_adam)


# Gradient checks of the notebook's network: which of its two planted mistakes are left, and what is said.
@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ({"dW2": 2, "db1": 4}, None),
        ({}, None),
        ({"db1": 4}, "one mistake is left in backward_propagation_n: see db1"),
        ({"dW2": 2}, "one mistake is left in backward_propagation_n: see dW2"),
        ({"dW3": 1.01}, "should be 0.2850931567761623 with the mistakes"),
    ],
)
def test_gradient_checks_before_and_after_mending(factors, message):
    x, y, parameters = testCases.gradient_check_n_test_case()
    Y = y.reshape(1, 3)
    gradients = reg_utils.backward_propagation(x, Y, reg_utils.forward_propagation(x, parameters)[1])
    gradients = {name: value * factors.get(name, 1) for name, value in gradients.items()}
    if message is None:
        public_tests.gradient_check_n_test(gc_utils.gradient_check_n, parameters, gradients, x, y)
    else:
        with pytest.raises(AssertionError, match=message):
            public_tests.gradient_check_n_test(gc_utils.gradient_check_n, parameters, gradients, x, y)


# === What they are made of ===


@pytest.mark.parametrize(
    ("found", "expected", "message"),
    [
        (1.0, 2.0, r"f: the result should be\n2.0\nfound\n1.0"),
        (None, np.ones(2), r"f: the result should hold numbers, found nothing \(is a return missing\?\)"),
        ({}, {"W1": 1}, "should have the key 'W1'; found none"),
        ([1], (1, 2), "should be 2 values, found 1"),
        (1, (1, 2), "should be a tuple of 2 values, found int"),
        (1, {"W1": 1}, "should be a dictionary, found int"),
        ({"a": (np.ones((2, 1)),)}, {"a": (np.ones(2),)}, r"\['a'\]\[0\] should have the shape \(2,\), found \(2, 1\)"),
    ],
)
def test_what_differs_is_named(found, expected, message):
    with pytest.raises(AssertionError, match=message):
        check("f", found, expected)


def test_signs_of_zeros_and_single_entries_do_not_count():
    check("f", {"a": -0.0, "more": 1}, {"a": np.array([[0.0]])})


def test_the_helpers_of_other_public_tests(capsys):
    def double(values):
        values["W"] *= 2
        return values

    cases = [
        {"name": name, "input": [{"W": np.ones(2)}], "expected": {"W": np.full(2, 2.0)}, "error": "Wrong"}
        for name in ("shape_check", "equation_output_check")
    ]
    single_test(cases, double)
    multiple_test(cases, double)
    assert capsys.readouterr().out.count("All tests passed") == 2
    cases.append(
        {"name": "multiple_equation_output_check", "input": [{"W": np.ones(1)}], "expected": [{"W": np.ones(1)}, {"W": np.zeros(1)}]}
    )
    with pytest.raises(AssertionError, match="should be one of"):
        single_test(cases, double)
    shape_check(np.ones(2), np.zeros(2))
    datatype_check({"W": 1}, {"W": 5})
    with pytest.raises(AssertionError, match="Wrong output"):
        equation_output_check(np.ones(2), np.zeros(2), "Wrong output")


def test_the_names_of_the_helpers_are_those_that_notebooks_import():
    assert {"single_test", "multiple_test"} <= set(importlib.import_module("wellfit.course.functions.test_utils").__all__)
