"""What every spec is made of: checks of single values, and the way to JSON and back."""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Self

from wellfit.errors import SpecError, SpecTypeError, unknown_name

__all__ = ["JsonSpec", "check_choice", "check_flag", "check_number", "check_whole", "seed_of"]

# === Checks ===


def check_number(name: str, value: Any, low: float, high: float = math.inf, *, open_low: bool = False, open_high: bool = False) -> None:
    """Raise unless `value` is a real number between the bounds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SpecTypeError(f"{name} must be a number, found {value!r} ({type(value).__name__}).")
    below = value <= low if open_low else value < low
    above = value >= high if open_high else value > high
    # No float holds such a whole number, and asking whether it is nan would be an error.
    huge = isinstance(value, int) and abs(value) > sys.float_info.max
    if huge or math.isnan(value) or below or above or (math.isinf(value) and not math.isinf(high)):
        left, right = "(" if open_low else "[", ")" if open_high or math.isinf(high) else "]"
        raise SpecError(f"{name} must lie in {left}{low:g}, {high:g}{right}, found {value!r}.")


def check_whole(name: str, value: Any, low: int) -> None:
    """Raise unless `value` is a whole number of at least `low`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise SpecTypeError(f"{name} must be a whole number, found {value!r} ({type(value).__name__}).")
    if value < low:
        raise SpecError(f"{name} must be at least {low}, found {value!r}.")


def check_choice(name: str, value: Any, valid: Sequence[str]) -> None:
    """Raise unless `value` is one of the names in `valid`."""
    if value not in valid:
        raise SpecError(unknown_name(name, value, valid))


def check_flag(name: str, value: Any) -> None:
    """Raise unless `value` is a truth value."""
    if not isinstance(value, bool):
        raise SpecTypeError(f"{name} must be True or False, found {value!r}.")


def seed_of(random_state: Any) -> int:
    """Return the seed that scikit-learn's `random_state` stands for: an int as it is, else a drawn one."""
    # Slow to import, and not needed by specs.
    import numpy as np

    if random_state is None:
        return int(np.random.randint(2**31 - 1))  # noqa: NPY002 (None is NumPy's global generator, as in scikit-learn)
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    seed = random_state.item() if isinstance(random_state, np.integer) else random_state
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise SpecTypeError(f"random_state must be a whole number, a RandomState of NumPy or None, found {random_state!r}.")
    check_whole("random_state", seed, 0)
    return seed


# === JSON ===


class JsonSpec:
    """`to_dict` and `from_dict` for a frozen dataclass whose nested specs are named in `_nested`."""

    _nested: Mapping[str, type[JsonSpec]] = {}

    def _to_python(self) -> None:
        """Replace NumPy scalars, alone or in sequences, by Python's numbers, which JSON knows."""
        for item in dataclasses.fields(self):  # type: ignore[arg-type]
            object.__setattr__(self, item.name, _python(getattr(self, item.name)))

    def to_dict(self) -> dict[str, Any]:
        """Return the spec as a dictionary that `json.dumps` accepts.

        Returns
        -------
        dict
            Field names to numbers, strings, lists, None and nested dictionaries.
        """
        return {
            item.name: _plain(getattr(self, item.name))
            for item in dataclasses.fields(self)  # type: ignore[arg-type]
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Make the spec from a dictionary such as `to_dict` gives.

        Parameters
        ----------
        values : mapping
            Field names to values; fields left out take their defaults.

        Returns
        -------
        Spec of this class

        Raises
        ------
        SpecError
            If a field is unknown or a value cannot be used.
        """
        if not isinstance(values, Mapping):
            raise SpecTypeError(f"{cls.__name__} must be given as a JSON object, found {type(values).__name__}.")
        known = [item.name for item in dataclasses.fields(cls)]  # type: ignore[arg-type]
        for name in values:
            if name not in known:
                raise SpecError(unknown_name(f"field of {cls.__name__}", name, known))
        made = {name: _frozen(value, cls._nested.get(name)) for name, value in values.items()}
        try:
            return cls(**made)
        except TypeError as error:
            if isinstance(error, SpecTypeError):
                raise
            raise SpecError(f"{cls.__name__} is incomplete: {error}.") from error

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed, validated anew.

        Parameters
        ----------
        **changes
            Field names and their new values.

        Returns
        -------
        Spec of this class
        """
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]


def _python(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_python(part) for part in value)
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", None) == 0 else value


def _plain(value: Any) -> Any:
    if isinstance(value, JsonSpec):
        return value.to_dict()
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


def _frozen(value: Any, nested: type[JsonSpec] | None) -> Any:
    if nested is not None and isinstance(value, Mapping):
        return nested.from_dict(value)
    if isinstance(value, list):
        return tuple(_frozen(part, None) for part in value)
    return value
