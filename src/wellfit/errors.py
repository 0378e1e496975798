"""One tree of exceptions and warnings.

Every message says what was expected, what was found and what to do. The command line prints the message of a
`WellfitError` on one line and ends with exit code 2; any other exception is a bug in wellfit.
"""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Iterable

__all__ = [
    "ClusterError",
    "DataError",
    "DataWarning",
    "JournalError",
    "ModelFileError",
    "OutputError",
    "SpecError",
    "SpecTypeError",
    "TrainingWarning",
    "WellfitError",
    "WellfitWarning",
    "install_command",
    "unknown_name",
]


class WellfitError(Exception):
    """Base of every error that wellfit raises on purpose."""


class SpecError(WellfitError, ValueError):
    """A parameter of a network, of its training or of a split has an invalid value."""


class SpecTypeError(SpecError, TypeError):
    """A parameter has the wrong type."""


class DataError(WellfitError, ValueError):
    """A table, a column or an array cannot be used as it is."""


class ModelFileError(WellfitError, ValueError):
    """A file is not a model that this version of wellfit can read."""


class JournalError(WellfitError, ValueError):
    """A study cannot be resumed: its journal is damaged, of another study or version, or in use by another process."""


class OutputError(WellfitError, OSError):
    """A file or a folder cannot be written where it should be."""


class ClusterError(WellfitError, RuntimeError):
    """Other processes or machines cannot be used to train networks: no answer, other versions, or workers that keep dying."""


class WellfitWarning(UserWarning):
    """Base of every warning that wellfit gives."""


class DataWarning(WellfitWarning):
    """Something in the table was corrected or left out."""


class TrainingWarning(WellfitWarning):
    """A training run did not converge: diverged, interrupted, or epochs used up."""


def install_command(*packages: str) -> str:
    """Return the command that installs optional packages, each with the versions that wellfit's own metadata ask for.

    It names the packages and not an extra of wellfit: wellfit is installed from a checkout, wherever that is.

    Parameters
    ----------
    *packages : str
        Their names on the package index.

    Returns
    -------
    str

    Examples
    --------
    >>> install_command("matplotlib")
    "pip install 'matplotlib>=3.9'"
    """
    # Not needed by anybody else, and slow to import.
    from importlib import metadata

    try:
        requirements = metadata.requires("wellfit") or []
    except metadata.PackageNotFoundError:
        requirements = []
    # A marker, such as that of its extra, stands behind a semicolon.
    known = {re.split(r"[^\w.-]", line)[0]: line.split(";")[0].strip() for line in reversed(requirements)}
    return "pip install " + " ".join(shlex.quote(known.get(package, package)) for package in packages)


def unknown_name(kind: str, name: object, valid: Iterable[str]) -> str:
    """Return the sentence for a name that is not among the valid ones, with the nearest of them.

    Parameters
    ----------
    kind : str
        What the name stands for, such as ``"activation"``.
    name : object
        What was given.
    valid : iterable of str
        The names that would have been accepted.

    Returns
    -------
    str
        One sentence that ends with a full stop.

    Examples
    --------
    >>> unknown_name("activation", "rellu", ["relu", "tanh"])
    "activation 'rellu' is unknown; did you mean 'relu'? Valid: relu, tanh."
    """
    names = list(valid)
    near = difflib.get_close_matches(str(name), names, n=3)
    hint = f"; did you mean {' or '.join(repr(word) for word in near)}?" if near else "."
    return f"{kind} {name!r} is unknown{hint} Valid: {', '.join(names)}."
