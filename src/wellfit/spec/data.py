"""Which column of a table is predicted, and how its rows are split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wellfit.errors import SpecError, SpecTypeError
from wellfit.spec.base import JsonSpec, check_choice, check_number, check_whole

TASKS = ("auto", "classification", "regression")


@dataclass(frozen=True)
class Data(JsonSpec):
    """Which column is predicted, and how the rows are split.

    Parameters
    ----------
    target : str
        Name of the column to predict.
    task : str
        ``classification``, ``regression``, or ``auto``: text, booleans, categories and whole numbers of few values are
        classes.
    dev_fraction, test_fraction : float
        Shares of the rows, in [0, 1).
    most_rows : int
        The most rows that dev and test take each, however large the table.
    group : str or None
        Column whose equal values must stay together in one part.
    time : str or None
        Column that orders the rows: the newest become test, those before dev.
    categories : tuple of str
        Columns that hold categories though they look like numbers, such as codes.
    seed : int
        Draws the split.
    decimal : str or None
        ``.`` or ``,``: the decimal sign of numbers in text that could have either, such as 1,234. None: as the table shows.

    Raises
    ------
    SpecError
        If a value is out of range or a name is unknown.
    SpecTypeError
        If `categories` is no tuple or list of names.

    Examples
    --------
    >>> Data(target="price", test_fraction=0.1).test_fraction
    0.1
    """

    target: str
    task: str = "auto"
    dev_fraction: float = 0.2
    test_fraction: float = 0.2
    most_rows: int = 10_000
    group: str | None = None
    time: str | None = None
    categories: tuple[str, ...] = ()
    seed: int = 0
    decimal: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the spec as a dictionary that `json.dumps` accepts; without a decimal sign where none is set.

        Returns
        -------
        dict
        """
        # Journals from before there was such a choice have none, and are resumed by comparing what they hold with this.
        return {name: value for name, value in super().to_dict().items() if name != "decimal" or value is not None}

    def __post_init__(self) -> None:
        """Validate."""
        self._to_python()
        check_choice("task", self.task, TASKS)
        check_shares(self.dev_fraction, self.test_fraction, "dev_fraction")
        check_whole("most_rows", self.most_rows, 1)
        given: Any = self.categories
        if not (isinstance(given, tuple) and all(isinstance(name, str) for name in given)):
            raise SpecTypeError(f"categories must be a tuple of names of columns, found {self.categories!r}.")
        if self.target in self.categories:
            raise SpecError(f"categories names the target {self.target!r}; say task='classification' for a target of categories.")
        check_whole("seed", self.seed, 0)
        if self.decimal not in (None, ".", ","):
            raise SpecError(f"decimal must be '.' or ',', found {self.decimal!r}.")
        if self.group is not None and self.time is not None:
            raise SpecError("group and time cannot both be set: a split is by groups or by time order; drop one.")


def check_shares(dev: Any, test: Any, name: str) -> None:
    """Raise unless the shares of dev and test rows leave some to train on; `name` is that of the first one."""
    check_number(name, dev, 0.0, 1.0, open_high=True)
    check_number("test_fraction", test, 0.0, 1.0, open_high=True)
    if dev + test >= 1.0:
        raise SpecError(f"{name} + test_fraction must leave rows to train on, found {dev} + {test}; lower one.")
