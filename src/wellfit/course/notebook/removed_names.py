"""Names that notebooks of 2017 use and that NumPy and SciPy have dropped since.

Only the kernel that runs a notebook gets them back; nothing else of wellfit does.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["restore_removed_names"]

# What NumPy's release notes (1.20, 1.24, 2.0) name as the replacement of each.
REPLACEMENTS: dict[str, Any] = {
    "bool": bool,
    "complex": complex,
    "float": float,
    "int": int,
    "object": object,
    "str": str,
    "float_": np.float64,
    "complex_": np.complex128,
    "Inf": np.inf,
    "Infinity": np.inf,
    "infty": np.inf,
    "NaN": np.nan,
    "NAN": np.nan,
    "alltrue": np.all,
    "sometrue": np.any,
    "product": np.prod,
    "cumproduct": np.cumprod,
    "asscalar": lambda array: array.item(),
    "row_stack": np.vstack,
    "round_": np.round,
    "trapz": np.trapezoid,
}


def restore_removed_names() -> None:
    """Give NumPy's removed names, and ``scipy.misc.imresize``, back to this process; what is still there stays as it is."""
    for name, value in REPLACEMENTS.items():
        if name not in vars(np):
            setattr(np, name, value)
    try:
        # SciPy has kept the name, with nothing behind it but a warning.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            misc = importlib.import_module("scipy.misc")
    except ImportError:
        misc = sys.modules["scipy.misc"] = ModuleType("scipy.misc", "What the notebooks of 2017 used of it.")
        setattr(importlib.import_module("scipy"), "misc", misc)  # noqa: B010 - mypy knows that SciPy has no such name
    if "imresize" not in vars(misc):
        setattr(misc, "imresize", _imresize)  # noqa: B010


def _imresize(arr: NDArray[Any], size: float | tuple[int, ...], interp: str = "bilinear") -> NDArray[np.uint8]:
    """Return a picture in another size: a whole number is a percentage, a fraction a factor, a tuple rows and columns."""
    from scipy.ndimage import zoom

    picture = np.asarray(arr)
    if isinstance(size, tuple):
        factors = [new / old for new, old in zip(size, picture.shape, strict=False)]
    else:
        factors = [size / 100 if isinstance(size, int) else size] * 2
    order = {"nearest": 0, "bilinear": 1, "bicubic": 3, "cubic": 3, "lanczos": 3}[interp]
    resized = zoom(picture.astype(np.float64), [*factors, *[1] * (picture.ndim - 2)], order=order)
    return np.asarray(np.clip(np.round(resized), 0, 255), dtype=np.uint8)
