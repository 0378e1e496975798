"""Names in messages: the nearest to a mistyped one, and lists of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

__all__ = ["nearest", "quoted"]


def nearest(name: str, names: Iterable[str], most: int = 3) -> list[str]:
    """Return the names that a mistyped one may stand for, the likeliest first; case does not count.

    Parameters
    ----------
    name : str
        What was given.
    names : iterable of str
        What there is.
    most : int
        How many to return at most.

    Returns
    -------
    list of str

    Examples
    --------
    >>> nearest("Diagnosys", ["diagnosis", "age"])
    ['diagnosis']
    """
    by_lower = {other.lower(): other for other in reversed(list(names))}
    return [by_lower[match] for match in difflib.get_close_matches(name.lower(), by_lower, n=most)]


def quoted(names: Iterable[Any], most: int = 5) -> str:
    """Return names in quotes, separated by commas; of a long list the first ones and how many more.

    Parameters
    ----------
    names : iterable of str
        What to list.
    most : int
        How many are spelled out.

    Returns
    -------
    str

    Examples
    --------
    >>> quoted(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    names = list(names)
    shown = ", ".join(repr(name) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
