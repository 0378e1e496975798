"""Names and sentences as pages write them."""

import pytest

from wellfit.render.words import capital, clipped


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a", "a"), (3, "3"), (" a\n\tb ", "a b"), ("", "''"), ("x" * 80, "x" * 80), ("x" * 81, "x" * 79 + "…")],
)
def test_a_name_is_one_line_and_never_empty_or_endless(name, shown):
    assert clipped(name) == shown


def test_a_sentence_begins_and_ends_as_one():
    assert capital("it is so") == "It is so."
    assert capital("It is so.") == "It is so."
