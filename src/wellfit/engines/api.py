"""The door to the engines: they are found by name."""

from __future__ import annotations

from wellfit.engines.types import Engine
from wellfit.errors import SpecError, unknown_name

__all__ = ["get_engine"]


def get_engine(name: str) -> Engine:
    """Return the engine ``"compiled"`` or ``"reference"``; it is imported only now, which keeps the start light."""
    if name == "compiled":
        from wellfit.engines.compiled import CompiledEngine

        return CompiledEngine()
    if name == "reference":
        from wellfit.engines.reference import ReferenceEngine

        return ReferenceEngine()
    raise SpecError(unknown_name("engine", name, ("compiled", "reference")))
