"""One row, two rows: every count in a message goes through one helper."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest

from wellfit.plurals import counted

SOURCE = Path(__file__).resolve().parents[1] / "src" / "wellfit"

NOUNS = (
    "biases|bytes|candidates|categories|cells|checks|classes|columns|components|costs|deviations|digits|entries|epochs|examples|features|"
    "folds|gaps|gradients|groups|inputs|items|kinds|layers|moments|names|networks|numbers|observations|outputs|parameters|parts|predictions|"
    "repeats|rounds|rows|runs|rungs|samples|seconds|seeds|settings|sizes|steps|times|trees|trials|units|values|weights|words|workers"
)
ADJECTIVES = "more|other|training|dev|test|search|short|different|hidden|further|published|simple|standard|trial"
COUNT = re.compile(rf" (?:(?:{ADJECTIVES}) )*(?:{NOUNS})\b")


def uncounted(tree):
    """Yield f-strings that put a number before a plural themselves."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.JoinedStr):
            continue
        for given, text in zip(node.values, node.values[1:], strict=False):
            if isinstance(given, ast.FormattedValue) and isinstance(text, ast.Constant) and COUNT.match(text.value):
                value = given.value
                is_constant = isinstance(value, ast.Name) and value.id.isupper()
                is_power = isinstance(value, ast.BinOp) and isinstance(value.left, ast.Name) and value.left.id.isupper()
                # Of several layers, as in 64-32 units.
                is_joined = isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in ("join", "pop")
                # In the notation of powers of ten.
                is_power |= given.format_spec is not None and "e" in ast.unparse(given.format_spec)
                if not (is_constant or is_power or is_joined):
                    yield f"{node.lineno}: {{{ast.unparse(value)}}}{text.value[:30]}"


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_text_makes_a_plural_of_any_count(path):
    assert list(uncounted(ast.parse(path.read_text()))) == []


def test_the_look_at_sources_sees_what_it_should():
    bad = ['f"{n} rows"', 'f"{len(x):,} training rows are"', 'f"in {a}: {b.c[0]} more columns"']
    good = ["f\"{counted(n, 'row')} are\"", 'f"{name} rowses"', 'f"{MOST} rows"', 'f"row {n}"']
    assert [len(list(uncounted(ast.parse(text)))) for text in bad] == [1, 1, 1]
    assert [len(list(uncounted(ast.parse(text)))) for text in good] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((0, "row"), "0 rows"),
        ((1, "row"), "1 row"),
        ((np.int64(1_234_567), "row"), "1,234,567 rows"),
        ((1.0, "second"), "1 second"),
        ((2.5, "second"), "2.5 seconds"),
        ((1, "class", "classes"), "1 class"),
        ((2, "row is", "rows are"), "2 rows are"),
        ((1.04, "time", None, ".2g"), "1 time"),
        ((0.96, "time", None, ".1f"), "1.0 times"),
    ],
)
def test_counts(arguments, text):
    assert counted(*arguments) == text
