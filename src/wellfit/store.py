"""A fitted model, from table to predictions, and the one file that keeps it.

The file is in the safetensors format: arrays, and in its metadata one JSON document (specs, preparation, classes, versions).
Loading runs no code from the file, compares every size with the file's own before it allocates, and checks a SHA-256 of all
that it reads.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import wellfit
from wellfit.data.prepare import Preparation
from wellfit.data.target import TargetCoding
from wellfit.engines.contract import Array, get_engine
from wellfit.engines.layout import Layout
from wellfit.errors import DataError, ModelFileError, SpecTypeError, WellfitError
from wellfit.files import write_file
from wellfit.spec import Spec

__all__ = ["FittedModel", "Prediction", "TrainedNetwork", "load", "save"]

FORMAT = 1
# The one key of the file's metadata: "format checksum document". Several keys would be written in an order left to chance.
_KEY = "wellfit"


@dataclass(frozen=True)
class TrainedNetwork:
    """One network of a model.

    Parameters
    ----------
    spec : Spec
        What was trained, and how.
    seed : int
        What drew its initial parameters, shuffles and masks.
    parameters : array of shape (size,)
        In the order of `Layout`, in the spec's dtype.
    """

    spec: Spec
    seed: int
    parameters: Array


@dataclass(frozen=True)
class Prediction:
    """What a model says of a table.

    Parameters
    ----------
    values : array of shape (rows,)
        Class labels, or numbers in the units of the target.
    probabilities : array of shape (rows, classes) or None
        In the order of `FittedModel.classes`; None for regression.
    notes : tuple of str
        What was mended in the table: columns that were missing or not needed, categories never seen.
    """

    values: NDArray[Any]
    probabilities: Array | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class FittedModel:
    """A preparation and the networks behind it; their average predicts.

    Parameters
    ----------
    preparation : Preparation
        Makes inputs of a table, as learned on the training rows.
    target : TargetCoding
        Makes labels or numbers of outputs.
    networks : tuple of TrainedNetwork
        All with the preparation's inputs; at least one.
    about : mapping
        What else is worth keeping, as JSON: how the model was chosen, its errors.

    Raises
    ------
    DataError
        If there is no network, or one does not take what the preparation gives.
    """

    preparation: Preparation
    target: TargetCoding
    networks: tuple[TrainedNetwork, ...]
    about: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Validate."""
        if not self.networks:
            raise DataError("a model needs at least one network, found none.")
        for network in self.networks:
            inputs, outputs = network.spec.network.inputs, network.spec.network.outputs
            if inputs != len(self.preparation.names):
                raise DataError(f"the network takes {inputs} inputs, but the preparation makes {len(self.preparation.names)}.")
            if outputs != self.target.outputs:
                raise DataError(f"the network has {outputs} outputs, but the target needs {self.target.outputs}.")

    @property
    def task(self) -> str:
        """``"classification"`` or ``"regression"``."""
        return self.target.task

    @property
    def classes(self) -> tuple[Any, ...]:
        """Class labels in the order of the probabilities; empty for regression."""
        return tuple(self.target.classes)

    def outputs(self, X: Array, engine: str = "compiled") -> Array:
        """Return the average of the networks' outputs.

        Parameters
        ----------
        X : array of shape (rows, inputs)
            Prepared rows.
        engine : str
            Which engine computes.

        Returns
        -------
        array of shape (rows, outputs)
            Float64. Probabilities for the cross-entropies, else the coded target.
        """
        computer = get_engine(engine)
        total = np.zeros((len(X), self.target.outputs))
        for network in self.networks:
            total += computer.forward(network.spec, network.parameters, np.ascontiguousarray(X, dtype=network.spec.training.dtype))
        return total / len(self.networks)

    def apply(self, table: Any, engine: str = "compiled") -> Prediction:
        """Return all that the model says of a table.

        Parameters
        ----------
        table : DataFrame, or anything that `wellfit.data.table.read_table` takes
            With the columns that the model was trained on, in any order.
        engine : str
            Which engine computes.

        Returns
        -------
        Prediction

        Raises
        ------
        DataError
            If most columns are missing, or a cell cannot be used.
        """
        X, notes = self.preparation.transform(table)
        outputs = self.outputs(X, engine)
        probabilities = self.target.probabilities(outputs) if self.task == "classification" else None
        return Prediction(self.target.decode(outputs), probabilities, tuple(notes))

    def predict(self, table: Any) -> NDArray[Any]:
        """Return a label or a number for each row.

        Parameters
        ----------
        table : DataFrame
            With the columns that the model was trained on.

        Returns
        -------
        array of shape (rows,)
        """
        return self.apply(table).values

    def predict_proba(self, table: Any) -> Array:
        """Return the probability of each class for each row.

        Parameters
        ----------
        table : DataFrame
            With the columns that the model was trained on.

        Returns
        -------
        array of shape (rows, classes)
            In the order of `classes`; rows sum to 1.

        Raises
        ------
        DataError
            If the model predicts numbers.
        """
        X, _ = self.preparation.transform(table)
        return self.target.probabilities(self.outputs(X))


# === Saving ===


def save(model: FittedModel, path: str | os.PathLike[str]) -> None:
    """Save a model to one file, at once: a reader sees the old file or the new one.

    Parameters
    ----------
    model : FittedModel
        The model.
    path : path
        Where to; the name usually ends in ``.safetensors``.

    Raises
    ------
    OutputError
        If the file cannot be written.
    SpecTypeError
        If `model` is no `FittedModel`.
    """
    write_file(path, to_bytes(model))


def to_bytes(model: FittedModel) -> bytes:
    """Return the content of a model's file.

    Parameters
    ----------
    model : FittedModel
        The model.

    Returns
    -------
    bytes

    Raises
    ------
    SpecTypeError
        If `model` is no `FittedModel`.
    """
    from safetensors.numpy import save as pack

    if not isinstance(model, FittedModel):
        raise SpecTypeError(f"model must be a FittedModel, found {type(model).__name__}.")
    arrays: dict[str, NDArray[Any]] = {
        f"preparation.{name}": np.ascontiguousarray(values) for name, values in model.preparation.arrays().items()
    }
    for number, network in enumerate(model.networks):
        layout = Layout.of(network.spec.network)
        arrays |= {_tensor(number, block.name): view for block, view in zip(layout.blocks, layout.views(network.parameters), strict=True)}
    document = {
        "wellfit_version": wellfit.__version__,
        "preparation": model.preparation.to_dict(),
        "target": model.target.to_dict(),
        "networks": [{"spec": network.spec.to_dict(), "seed": network.seed} for network in model.networks],
        "about": dict(model.about),
    }
    text = json.dumps(document, allow_nan=False, ensure_ascii=False)
    return pack(arrays, {_KEY: f"{FORMAT} {_checksum(text, arrays)} {text}"})


def _tensor(number: int, block: str) -> str:
    """Name of one block of a network in the file, such as ``network.0.layer_1_weights``."""
    return f"network.{number}.{block.replace(' ', '_')}"


def _checksum(document: str, arrays: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 over the document and every array's name, type, shape and content."""
    digest = hashlib.sha256(document.encode())
    for name in sorted(arrays):
        values = arrays[name]
        digest.update(f"\0{name}\0{values.dtype.str}\0{values.shape}\0".encode())
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


# === Loading ===


def load(path: str | os.PathLike[str]) -> FittedModel:
    """Load a model that `save` or ``wellfit fit`` wrote.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    FittedModel
        Predicts the same bits as the one that was saved.

    Raises
    ------
    ModelFileError
        If the file is missing, foreign, damaged, or of a newer format.
    """
    shown = repr(os.fspath(path))
    document, arrays = _read(Path(path), shown)
    try:
        return _build(document, arrays)
    except RecursionError as error:
        raise ModelFileError(f"{shown} is damaged: its document is nested too deeply.") from error
    except (WellfitError, ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error).rstrip(".")
        raise ModelFileError(f"{shown} is no model that can be used: {what}.") from error


def _read(path: Path, shown: str) -> tuple[Mapping[str, Any], dict[str, NDArray[Any]]]:
    """Return the document and the arrays of a file whose sizes and checksum hold."""
    from safetensors import SafetensorError, safe_open

    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise ModelFileError(f"{shown} is {'a folder' if stat.S_ISDIR(mode) else 'no regular file'}; name a model's file.")
        # Compares every size that the header claims with the file's, without reading the arrays.
        with safe_open(path, framework="numpy") as content:
            checksum, text = _opened((content.metadata() or {}).get(_KEY, ""), shown)
            arrays = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118 - not a mapping
    except FileNotFoundError as error:
        raise ModelFileError(f"there is no model file {shown}; name the file that 'wellfit fit' wrote.") from error
    except OSError as error:
        raise ModelFileError(f"{shown} cannot be read: {(error.strerror or str(error)).lower()}.") from error
    except (SafetensorError, ValueError, TypeError, AttributeError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"{shown} is no wellfit model, or is damaged: it is not a whole safetensors file.") from error
    if checksum != _checksum(text, arrays):
        raise ModelFileError(f"{shown} is damaged: its content does not match its checksum; take another copy.")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{shown} is damaged: its document is no JSON.") from error
    if not isinstance(document, dict):
        raise ModelFileError(f"{shown} is damaged: its document is no JSON object.")
    return document, arrays


def _opened(value: str, shown: str) -> tuple[str, str]:
    """Return checksum and document of the metadata's value, if it is a model's, of a format that is known."""
    mark, _, rest = value.partition(" ")
    checksum, _, text = rest.partition(" ")
    if not (mark.isascii() and mark.isdecimal() and len(mark) < 10):
        raise ModelFileError(f"{shown} is a safetensors file, but no wellfit model; name the file that 'wellfit fit' wrote.")
    if int(mark) > FORMAT:
        raise ModelFileError(
            f"{shown} has model format {int(mark)}, and wellfit {wellfit.__version__} reads up to {FORMAT}; upgrade wellfit."
        )
    return checksum, text


def _build(document: Mapping[str, Any], arrays: dict[str, NDArray[Any]]) -> FittedModel:
    """Make the model of a document and its arrays."""
    prefix = "preparation."
    learned = {name.removeprefix(prefix): values for name, values in arrays.items() if name.startswith(prefix)}
    networks = []
    for number, entry in enumerate(document["networks"]):
        spec = Spec.from_dict(entry["spec"])
        networks.append(TrainedNetwork(spec, int(entry["seed"]), _parameters(number, spec, arrays)))
    return FittedModel(
        Preparation.from_dict(document["preparation"], learned),
        TargetCoding.from_dict(document["target"]),
        tuple(networks),
        document.get("about", {}),
    )


def _parameters(number: int, spec: Spec, arrays: Mapping[str, NDArray[Any]]) -> Array:
    """Return the parameter vector of one network, each block checked against the layout before any is allocated."""
    blocks = []
    for block in Layout.of(spec.network).blocks:
        values = arrays[_tensor(number, block.name)]
        if values.shape != block.shape or values.dtype.name != spec.training.dtype:
            raise ModelFileError(
                f"network {number}, {block.name}: {spec.training.dtype} of shape {block.shape} is expected, "
                f"found {values.dtype.name} of shape {values.shape}"
            )
        if not np.isfinite(values).all():
            raise ModelFileError(f"network {number}, {block.name}: a value is not finite")
        blocks.append(values.ravel())
    return np.concatenate(blocks)
