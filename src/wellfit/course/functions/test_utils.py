"""Comparisons of what a learner's function returns with what it should return."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from wellfit.plurals import counted

__all__ = ["check", "datatype_check", "equation_output_check", "multiple_test", "say_passed", "shape_check", "single_test"]

GREEN, PLAIN = "\033[92m", "\033[0m"

Target = Callable[..., Any]


def check(function: str, found: Any, expected: Any, *, values: bool = True, rtol: float = 1e-6) -> None:
    """Compare what a function returned with what it should, through dictionaries, tuples and lists.

    Parameters
    ----------
    function : str
        Its name, for the message.
    found, expected : numbers, arrays, or dicts, tuples and lists of them
        Dictionaries may hold more than is expected; tuples and lists may not. A number may come as an array with one entry.
    values : bool
        Whether to compare values too, not only types and shapes. The sign of a zero does not count.
    rtol : float
        Relative tolerance; published digits end at the eighth decimal, which is granted on top.

    Raises
    ------
    AssertionError
        At the first place that differs, with what was expected and what was found.

    Examples
    --------
    >>> check("double", {"W1": np.ones((2, 3))}, {"W1": np.ones((3, 2))})
    Traceback (most recent call last):
    AssertionError: double: ['W1'] should have the shape (3, 2), found (2, 3).
    """
    for fault in _faults(found, expected, values, rtol):
        raise AssertionError(f"{function}: {fault}")


def say_passed() -> None:
    """Print, in green, that all tests passed."""
    print(f"{GREEN}All tests passed.{PLAIN}")


def _faults(found: Any, expected: Any, values: bool, rtol: float, where: str = "") -> Iterator[str]:
    """Yield a sentence for each place that differs, in the order of what is expected."""
    what = where or "the result"
    if isinstance(expected, Mapping):
        if not isinstance(found, Mapping):
            yield f"{what} should be a dictionary, found {_kind(found)}."
            return
        for key, value in expected.items():
            if key not in found:
                yield f"{what} should have the key {key!r}; found {', '.join(map(repr, found)) or 'none'}."
            else:
                yield from _faults(found[key], value, values, rtol, f"{where}[{key!r}]")
    elif isinstance(expected, (tuple, list)):
        if not isinstance(found, (tuple, list)):
            yield f"{what} should be a {_kind(expected)} of {counted(len(expected), 'value')}, found {_kind(found)}."
        elif len(found) != len(expected):
            yield f"{what} should be {counted(len(expected), 'value')}, found {len(found)}."
        else:
            for place, value in enumerate(expected):
                yield from _faults(found[place], value, values, rtol, f"{where}[{place}]")
    else:
        yield from _array_faults(found, np.asarray(expected), values, rtol, what)


def _array_faults(found: Any, expected: np.ndarray[Any, Any], values: bool, rtol: float, what: str) -> Iterator[str]:
    array = np.asarray(found)
    if array.dtype.kind not in "biuf":
        yield f"{what} should hold numbers, found {_kind(found)}."
    elif array.shape != expected.shape and not (array.size == expected.size == 1 and 0 in (array.ndim, expected.ndim)):
        yield f"{what} should have the shape {expected.shape}, found {array.shape}."
    elif values and not np.allclose(array.reshape(expected.shape), expected, rtol=rtol, atol=1e-8):
        yield f"{what} should be\n{expected}\nfound\n{array}"


def _kind(value: Any) -> str:
    return "nothing (is a return missing?)" if value is None else type(value).__name__


# === The names by which the notebooks' own public tests import their checks ===


def datatype_check(expected_output: Any, target_output: Any, error: str = "") -> None:
    """Raise AssertionError unless both are made of the same kinds of values.

    Parameters
    ----------
    expected_output, target_output : numbers, arrays, or dicts, tuples and lists of them
        What should come and what came.
    error : str
        Begins the message.
    """
    check(error or "datatype", target_output, expected_output, values=False)


def shape_check(expected_output: Any, target_output: Any, error: str = "") -> None:
    """Raise AssertionError unless all shapes are equal.

    Parameters
    ----------
    expected_output, target_output : numbers, arrays, or dicts, tuples and lists of them
        What should come and what came.
    error : str
        Begins the message.
    """
    check(error or "shape", target_output, expected_output, values=False)


def equation_output_check(expected_output: Any, target_output: Any, error: str = "") -> None:
    """Raise AssertionError unless all values are equal to the published digits.

    Parameters
    ----------
    expected_output, target_output : numbers, arrays, or dicts, tuples and lists of them
        What should come and what came.
    error : str
        Begins the message.
    """
    check(error or "output", target_output, expected_output)


def single_test(test_cases: Iterable[Mapping[str, Any]], target: Target) -> None:
    """Run a function on cases and check each result.

    Parameters
    ----------
    test_cases : iterable of mappings
        ``name`` (``datatype_check``, ``shape_check``, ``equation_output_check`` or ``multiple_equation_output_check``), ``input`` (the
        arguments), ``expected`` (of the last: a list of outputs, any of which will do) and ``error`` (begins the message).
    target : callable
        The function; each call gets copies of the arguments.

    Raises
    ------
    AssertionError
        At the first case that fails.
    """
    for case in test_cases:
        found = target(*copy.deepcopy(case["input"]))
        expected, error, name = case["expected"], case.get("error", ""), case["name"]
        if name == "multiple_equation_output_check":
            if all(next(_faults(found, one, True, 1e-6), None) for one in expected):
                raise AssertionError(f"{error or 'output'}: the result should be one of {expected}, found {found}.")
        else:
            check(error or name, found, expected, values=name == "equation_output_check")
    say_passed()


def multiple_test(test_cases: Iterable[Mapping[str, Any]], target: Target) -> None:
    """Run a function that returns several values on cases and check each; the same as `single_test`.

    Parameters
    ----------
    test_cases : iterable of mappings
        As in `single_test`.
    target : callable
        The function.
    """
    single_test(test_cases, target)
