"""Checks of shapes and settings, with errors of one line; without them NumPy would broadcast some mistakes into wrong numbers.

Legend: X (n0, m): m examples, one a column; W (n, n0), b (n, 1): weights and biases of a layer; A (n, m): its activations; Y: labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import DataError, SpecError
from wellfit.plurals import counted

Array = NDArray[Any]
Parameters = dict[str, Array]


def depth(parameters: Mapping[str, Array]) -> int:
    """Return L, the number of layers in a dictionary of W1, b1, ..., WL, bL."""
    L = 0
    while f"W{L + 1}" in parameters:
        L += 1
        if f"b{L}" not in parameters:
            raise DataError(f"the parameters have W{L} but no b{L}; expected both for every layer.")
    if L == 0:
        raise DataError(f"expected parameters W1, b1, W2, ..., found {', '.join(map(str, parameters)) or 'none'}.")
    return L


def check_network(X: Array, parameters: Mapping[str, Array]) -> int:
    """Return L, or raise `DataError` if X, (n0, m), and the parameters do not fit each other."""
    if np.ndim(X) != 2 or X.shape[1] == 0:
        raise DataError(f"X has shape {np.shape(X)}; expected (features, examples), with at least one example.")
    L, before, units = depth(parameters), "X", X.shape[0]
    for l in range(1, L + 1):
        W, b = parameters[f"W{l}"], parameters[f"b{l}"]
        if np.ndim(W) != 2 or W.shape[1] != units:
            hint = "; one column is one example, so X may have to be X.T" if l == 1 else ""
            raise DataError(f"W{l} has shape {np.shape(W)}, but {before} has {counted(units, 'row')}; expected (units, {units}){hint}.")
        before, units = f"W{l}", W.shape[0]
        if np.shape(b) not in ((units, 1), (1, 1), (1,), ()):
            raise DataError(f"b{l} has shape {np.shape(b)}, but W{l} has shape {W.shape}; expected ({units}, 1).")
    return L


def check_labels(A: Array, Y: Array) -> None:
    """Raise `DataError` unless Y has a label for each output in A: of shape (n, m), or (m,) for one output."""
    found, wanted = np.shape(Y), np.shape(A)
    if found != wanted and (1, *found) != wanted:
        raise DataError(f"Y has shape {found}; expected {wanted}, one column an example, as the network's output.")


def check_keep_prob(keep_prob: float) -> None:
    """Raise `SpecError` unless the probability is in (0, 1]."""
    if not 0 < keep_prob <= 1:
        raise SpecError(f"keep_prob must be above 0 and at most 1, found {keep_prob}; it is the chance of keeping a unit, 1 keeps all.")


def check_lambd(lambd: float) -> None:
    """Raise `SpecError` if the penalty is negative."""
    if not lambd >= 0:
        raise SpecError(f"lambd must be at least 0, found {lambd}; 0 is no penalty.")


def check_layers(layer_dims: Iterable[int]) -> list[int]:
    """Return the sizes of the layers, the input first, or raise `SpecError` if they are no such sizes."""
    sizes = list(layer_dims)
    if len(sizes) < 2 or any(size != int(size) or size < 1 for size in sizes):
        raise SpecError(f"the sizes of the layers must be at least two whole numbers from 1, the input's first, found {sizes}.")
    return [int(size) for size in sizes]


def check_gradients(parameters: Mapping[str, Array], grads: Mapping[str, Array]) -> int:
    """Return L, or raise `DataError` if a gradient is missing or its shape differs from its parameter's."""
    L = depth(parameters)
    for l in range(1, L + 1):
        for name in (f"W{l}", f"b{l}"):
            if f"d{name}" not in grads:
                raise DataError(f"the gradients have no d{name}; expected one for each parameter.")
            if np.shape(grads[f"d{name}"]) != np.shape(parameters[name]):
                shapes = f"{np.shape(grads[f'd{name}'])}, but {name} has shape {np.shape(parameters[name])}"
                raise DataError(f"d{name} has shape {shapes}; expected the same.")
    return L
