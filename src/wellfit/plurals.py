"""Counts in messages: one row, two rows."""

from __future__ import annotations

__all__ = ["counted"]


def counted(number: float, thing: str, things: str | None = None, spec: str | None = None) -> str:
    """Return a number of things in words.

    Parameters
    ----------
    number : int or float
        How many.
    thing, things : str
        What follows one, and any other number; without the latter an s makes it. A verb may go with the noun.
    spec : str, optional
        How the number is written, such as ``".2g"``; else in full, with a comma at each thousand.

    Returns
    -------
    str

    Examples
    --------
    >>> counted(1, "row"), counted(3000, "row"), counted(2, "category is", "categories are"), counted(1.04, "time", spec=".2g")
    ('1 row', '3,000 rows', '2 categories are', '1 time')
    """
    if spec is None:
        written = f"{int(number):,}" if float(number).is_integer() else f"{number:,g}"
    else:
        written = format(number, spec)
    return f"{written} {thing if written == '1' else things or f'{thing}s'}"
