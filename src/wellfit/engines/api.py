"""The door to the engines: they are found by name."""

from __future__ import annotations

from wellfit.engines.types import Engine
from wellfit.errors import SpecError, unknown_name

__all__ = ["get_engine"]


def get_engine(name: str) -> Engine:
    """Return an engine by name; importing it only now keeps the start light.

    Parameters
    ----------
    name : str
        ``"compiled"`` or ``"reference"``.

    Returns
    -------
    Engine

    Raises
    ------
    SpecError
        If there is no such engine.

    Examples
    --------
    >>> get_engine("reference").name
    'reference'
    """
    if name == "compiled":
        from wellfit.engines.compiled import CompiledEngine

        return CompiledEngine()
    if name == "reference":
        from wellfit.engines.reference import ReferenceEngine

        return ReferenceEngine()
    raise SpecError(unknown_name("engine", name, ("compiled", "reference")))
