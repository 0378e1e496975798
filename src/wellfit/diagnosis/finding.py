"""What a check found: one row of a diagnosis."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wellfit.errors import SpecError, WellfitError
from wellfit.spec.base import check_choice

__all__ = ["FAULT", "FINE", "NOT_RUN", "STATUSES", "Finding", "NotApplicable", "as_json", "ordered"]

STATUSES = ("fault", "fine", "not run")
FAULT, FINE, NOT_RUN = STATUSES


class NotApplicable(WellfitError):
    """A check does not apply to this model or these rows; the message says why, without a full stop."""


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Parameters
    ----------
    name : str
        The check's machine name, such as ``"dead_relus"``.
    title : str
        A few words, such as ``"Dead ReLUs in layer 2"``.
    status : str
        One of `STATUSES`.
    evidence : str
        One sentence with the numbers; for a check that was not run, the reason.
    numbers : mapping
        The same numbers as JSON.
    threshold : str
        When it counts as a fault, and why.
    remedy : str
        One sentence that says what to do.
    reference : str
        The source, such as ``"Glorot & Bengio 2010"``.
    severity : float
        How likely this explains poor errors, in [0, 1]; it orders faults.

    Raises
    ------
    SpecError
        If the status is unknown or the severity out of range.

    Examples
    --------
    >>> Finding("dead_relus", "Dead ReLUs in layer 2", "fault", "63 % of its 32 units give 0 for all rows.").is_fault
    True
    """

    name: str
    title: str
    status: str
    evidence: str
    numbers: Mapping[str, Any] = field(default_factory=dict)
    threshold: str = ""
    remedy: str = ""
    reference: str = ""
    severity: float = 0.0

    def __post_init__(self) -> None:
        """Validate."""
        check_choice("status", self.status, STATUSES)
        if not 0.0 <= self.severity <= 1.0:
            raise SpecError(f"severity of {self.name!r} must lie in [0, 1], found {self.severity!r}.")

    @property
    def is_fault(self) -> bool:
        """Whether something is wrong."""
        return self.status == FAULT

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as a dictionary that `json.dumps` accepts.

        Returns
        -------
        dict
            Numbers that are not finite are None.
        """
        return {name: as_json(getattr(self, name)) for name in self.__dataclass_fields__}


def ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return faults by severity, then what is fine, then what was not run; ties keep the order of the checks."""
    return tuple(sorted(findings, key=lambda finding: (STATUSES.index(finding.status), -finding.severity if finding.is_fault else 0.0)))


def as_json(value: Any) -> Any:
    """Return a value as `json.dumps` takes it: NumPy's numbers as Python's, arrays as lists, what is not finite as None.

    Examples
    --------
    >>> as_json({"norms": np.array([1.0, np.inf]), "rows": np.int64(3)})
    {'norms': [1.0, None], 'rows': 3}
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(name): as_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_json(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)
