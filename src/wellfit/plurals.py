"""Counts in messages: one row, two rows."""

from __future__ import annotations

__all__ = ["counted"]


def counted(number: float, thing: str, things: str | None = None, spec: str | None = None) -> str:
    """Return a number of things in words, such as ``3,000 rows`` or, with ``spec=".2g"``, ``1 time`` for 1.04.

    `things` follows any number but one; by default `thing` with an s. A verb may go with the noun.
    """
    if spec is None:
        written = f"{int(number):,}" if float(number).is_integer() else f"{number:,g}"
    else:
        written = format(number, spec)
    return f"{written} {thing if written == '1' else things or f'{thing}s'}"
