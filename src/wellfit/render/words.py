"""Names and sentences as pages write them."""

from __future__ import annotations

from wellfit.spec import Network

__all__ = ["capital", "clipped", "layers"]

LONGEST_NAME = 80


def clipped(name: object, most: int = LONGEST_NAME) -> str:
    """Return a name out of a table, cut where it is very long, and never empty."""
    text = " ".join(str(name).split()) or repr(str(name))
    return text if len(text) <= most else f"{text[: most - 1]}…"


def capital(text: str) -> str:
    """Return a sentence with its first letter large and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def layers(network: Network) -> str:
    """Return the units of all layers."""
    return " → ".join(str(units) for units in (network.inputs, *network.hidden, network.outputs))
