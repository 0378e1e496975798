"""Names in messages: the nearest to a mistyped one, and lists of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

__all__ = ["nearest", "quoted"]


def nearest(name: str, names: Iterable[str], most: int = 3) -> list[str]:
    """Return at most `most` names that resemble a mistyped one, the closest first; case does not count."""
    by_lower = {other.lower(): other for other in reversed(list(names))}
    return [by_lower[match] for match in difflib.get_close_matches(name.lower(), by_lower, n=most)]


def quoted(names: Iterable[Any], most: int = 5) -> str:
    """Return quoted names separated by commas; of a long list the first `most`, and how many more there are."""
    names = list(names)
    shown = ", ".join(repr(name) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
