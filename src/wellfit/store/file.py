"""Saving a model to one file, and loading it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import wellfit
from wellfit.errors import ModelFileError, SpecTypeError, WellfitError
from wellfit.files import write_file
from wellfit.store.container import pack, read_file, unpack
from wellfit.store.model import FittedModel
from wellfit.store.single import NetworkModel

__all__ = ["MODEL_FILE", "from_bytes", "load", "model_file", "save", "to_bytes"]

# Its name in the folder that `wellfit fit` writes.
MODEL_FILE = "model.safetensors"

_KINDS: dict[str, type[FittedModel | NetworkModel]] = {"table": FittedModel, "network": NetworkModel}
_LONGEST_REASON = 300


def save(model: Any, path: str | os.PathLike[str]) -> None:
    """Save a model to one file, atomically: a reader sees the old file or the new one.

    Parameters
    ----------
    model : FittedModel, NetworkModel, or a fitted estimator with one of them as its `model_`
        The model.
    path : path
        Where to; the name usually ends in ``.safetensors``.

    Raises
    ------
    OutputError
        If the file cannot be written.
    SpecTypeError
        If `model` is neither, or is not fitted.

    Examples
    --------
    >>> import tempfile
    >>> from wellfit import MLPClassifier
    >>> network = MLPClassifier((3,), max_iter=5, tol=0).fit([[0.0], [1.0]], [0, 1])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(network, f"{folder}/model.safetensors")
    ...     load(f"{folder}/model.safetensors").predict([[1.0]]).shape
    (1,)
    """
    write_file(path, to_bytes(model))


def to_bytes(model: Any) -> bytes:
    """Return the content of the file of a model, or of a fitted estimator with a `model_`; raise `SpecTypeError` for anything else."""
    found = getattr(model, "model_", model)
    kind = next((name for name, known in _KINDS.items() if isinstance(found, known)), None)
    if kind is None:
        hint = "; fit it first" if hasattr(model, "fit") else ""
        raise SpecTypeError(f"model must be a fitted estimator or model of wellfit, found {type(model).__name__}{hint}.")
    document, arrays = found.to_parts()
    return pack({"wellfit_version": wellfit.__version__, "kind": kind, **document}, arrays)


def load(path: str | os.PathLike[str]) -> FittedModel | NetworkModel:
    """Load a fitted model that `save` or ``wellfit fit`` wrote.

    It has `predict`, `predict_proba`, `score`, `classes_` and `n_features_in_`.

    Parameters
    ----------
    path : path
        The file, or the folder that ``wellfit fit`` wrote.

    Returns
    -------
    FittedModel or NetworkModel
        The latter for `MLPClassifier` and `MLPRegressor`. Predicts the same bits as the one that was saved. It takes the columns of a
        frame by name, in any order, and ignores others; the estimator itself rejects another order, as scikit-learn does.

    Raises
    ------
    ModelFileError
        If the file is missing, foreign, damaged, or of a newer format, or the folder holds no model.

    Examples
    --------
    >>> import tempfile
    >>> from wellfit import MLPRegressor
    >>> network = MLPRegressor(hidden_layer_sizes=(3,), solver="lbfgs", random_state=0).fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(network, f"{folder}/model.safetensors")
    ...     model = load(folder)
    >>> model
    <NetworkModel: regression, from 1 input; 1 network (1-3-1 units), trained with lbfgs>
    >>> bool(model.score([[0.0], [1.0]], [0.0, 1.0]) > 0.9)
    True
    """
    path = model_file(path)
    shown = repr(os.fspath(path))
    try:
        return from_bytes(read_file(path, shown), shown)
    except MemoryError as error:
        raise ModelFileError(f"{shown} is larger than the memory that is left.") from error


def model_file(path: str | os.PathLike[str]) -> str | os.PathLike[str]:
    """Return the file of a model: in a folder, that written by ``wellfit fit``, else the path as it is."""
    if not os.path.isdir(path):
        return path
    file = Path(path) / MODEL_FILE
    if not file.exists():
        raise ModelFileError(f"the folder {os.fspath(path)!r} holds no {MODEL_FILE}; name a model's file, or a folder of 'wellfit fit'.")
    return file


def from_bytes(content: bytes, shown: str = "the content") -> FittedModel | NetworkModel:
    """Make a model from a file's content; raise `ModelFileError` if it is foreign, damaged, or of a newer format."""
    document, arrays = unpack(content, shown)
    try:
        # Format 1 had models of tables alone, and did not say so.
        return _KINDS[document.get("kind", "table")].from_parts(document, arrays)
    except (WellfitError, ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError) as error:
        what = f"{error} is missing or unknown" if isinstance(error, KeyError) else str(error)
        line = " ".join(what.split()).rstrip(".")
        short = line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]} ..."
        raise ModelFileError(f"{shown} is not a usable model: {short}.") from error
