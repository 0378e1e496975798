"""Kernels: functions that are compiled apart from each other when they are first needed, and kept on disk.

A kernel takes numbers and addresses, as a C function does, and calls other kernels by their addresses. So each is compiled once, not
once more in every caller, and what a network does not use is not compiled at all. Annotations give the types:

    Real, Int               a float64, an int64
    Floats                  the address of numbers of the network's dtype
    Reals, Ints, Bytes      the address of float64, int64, uint8
    Run, Table, ...         the address of a record of `wellfit.engines.kernels.layouts`

Within a kernel, `f` converts to the network's dtype and `ITEMSIZE` is its size in bytes; a kernel that takes Floats is compiled for
each dtype, any other once for both.
"""

from __future__ import annotations

import ctypes
import hashlib
import inspect
import threading
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any, TypeAlias

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from wellfit.engines.kernels.layouts import RECORDS
from wellfit.engines.kernels.processor import TARGET, VECTOR_BYTES

__all__ = [
    "ITEMSIZE",
    "KERNELS",
    "Bytes",
    "Floats",
    "Int",
    "Ints",
    "Kernel",
    "Rates",
    "Real",
    "Reals",
    "Rule",
    "Run",
    "Table",
    "after",
    "clear",
    "copy",
    "f",
    "integers",
    "kernel",
    "reals",
    "scalar",
    "whole_registers",
]

Real: TypeAlias = float
Int: TypeAlias = int
# Addresses, of numbers and of records.
Floats: TypeAlias = Any
Reals: TypeAlias = Any
Ints: TypeAlias = Any
Bytes: TypeAlias = Any
Run: TypeAlias = Any
Rule: TypeAlias = Any
Rates: TypeAlias = Any
Table: TypeAlias = Any

# Stand for the network's dtype until `Kernel` compiles for one.
f: Any = np.float64
ITEMSIZE = 8

# No fast-math flags: not "nnan" and "ninf", which let the compiler assume that a diverged run does not exist; not "reassoc", "arcp"
# and "contract", under which two compilations of one formula may round differently. Sums and products that are to be fast state
# their own order (`tiles`).
OPTIONS = {"error_model": "numpy"}

BYTE_POINTER = ir.IntType(8).as_pointer()
RECORD_TYPES = {name: numba.from_dtype(dtype) for name, dtype in RECORDS.items()}
FIXED_TYPES = {
    "Real": types.float64,
    "Int": types.int64,
    "Reals": types.CPointer(types.float64),
    "Ints": types.CPointer(types.int64),
    "Bytes": types.CPointer(types.uint8),
    "None": types.void,
    **RECORD_TYPES,
}
DTYPES = {"float32": (np.float32, types.float32), "float64": (np.float64, types.float64)}
NO_DTYPE = "any"


def _stamp() -> str:
    """Return a digest of all kernels' sources and of the processor."""
    digest = hashlib.sha256(repr(TARGET).encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


STAMP = _stamp()
LOCK = threading.RLock()
# All that there are, as their modules are imported.
KERNELS: list[Kernel] = []


class Kernel:
    """A function that is compiled, or loaded from the cache on disk, when its address is first needed."""

    def __init__(self, function: Any) -> None:
        self.function = function
        self.parameters = dict(function.__annotations__)
        self.result: str = self.parameters.pop("return")
        self.has_dtype = "Floats" in self.parameters.values()
        self.is_kept = True
        self._compiled: dict[str, Any] = {}
        self._callables: dict[int, Callable[..., Any]] = {}
        KERNELS.append(self)

    def variant(self, dtype: str) -> str:
        """Return the name of what is compiled for a dtype."""
        return dtype if self.has_dtype else NO_DTYPE

    def load(self, variant: str) -> bool:
        """Have a variant in memory; return whether it had to be compiled."""
        with LOCK:
            if variant in self._compiled:
                return False
            self._compiled[variant] = self._compile(variant)
            return not self._compiled[variant].cache_hits

    def address(self, dtype: np.dtype[Any]) -> int:
        """Return where the machine code for a dtype stands."""
        variant = self.variant(dtype.name)
        self.load(variant)
        return int(self._compiled[variant].address)

    def callable(self, dtype: np.dtype[Any]) -> Callable[..., Any]:
        """Return what Python calls; the interpreter is left to other threads meanwhile."""
        address = self.address(dtype)
        if address not in self._callables:
            kinds = {"Real": ctypes.c_double, "Int": ctypes.c_int64, "None": None}
            result, *arguments = (kinds.get(name, ctypes.c_void_p) for name in (self.result, *self.parameters.values()))
            self._callables[address] = ctypes.CFUNCTYPE(result, *arguments)(address)  # type: ignore[arg-type]
        return self._callables[address]

    def _compile(self, variant: str) -> Any:
        number, number_type = DTYPES.get(variant, (f, None))
        known = FIXED_TYPES if number_type is None else {**FIXED_TYPES, "Floats": types.CPointer(number_type)}
        old = self.function
        body = FunctionType(old.__code__, {**old.__globals__, "f": number, "ITEMSIZE": np.dtype(number).itemsize}, old.__name__)
        body.__module__ = old.__module__
        # Numba names its files in the cache after this. Code of older sources, or of another processor that shares the folder, is not
        # found under the name; and processes that compile for different dtypes at once do not write to each other's files.
        body.__qualname__ = f"{old.__name__}_{variant}_{STAMP}"
        signature = known[self.result](*(known[kind] for kind in self.parameters.values()))
        try:
            return numba.cfunc(signature, cache=True, **OPTIONS)(body)
        except RuntimeError:
            # Neither the package's folder nor the user's cache folder can be written to: compiled in each process.
            self.is_kept = False
            return numba.cfunc(signature, **OPTIONS)(body)


def kernel(function: Callable[..., Any]) -> Any:
    """Make a kernel, and return what other kernels call it by: the address comes first, then the arguments.

    An address may be passed where the kernel takes a typed one. The Kernel itself is the attribute ``kernel``.
    """
    made = Kernel(function)
    kinds, result = list(made.parameters.values()), FIXED_TYPES[made.result]

    def call(typing_context: Any, *arguments: Any) -> Any:
        taken = [FIXED_TYPES[kind] if kind in ("Int", "Real") else found for kind, found in zip(kinds, arguments[1:], strict=True)]

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            passed = []
            for kind, found, value in zip(kinds, signature.args[1:], values[1:], strict=True):
                if kind not in ("Int", "Real"):
                    convert = builder.inttoptr if isinstance(found, types.Integer) else builder.bitcast
                    value = convert(value, BYTE_POINTER)
                passed.append(value)
            form = ir.FunctionType(context.get_value_type(result) if result != types.void else ir.VoidType(), [v.type for v in passed])
            returned = builder.call(builder.inttoptr(values[0], form.as_pointer()), passed)
            return context.get_dummy_value() if result == types.void else returned

        return result(types.int64, *taken), generate

    names = ["typing_context", "address", *made.parameters]
    call.__name__ = function.__name__
    call.__signature__ = inspect.Signature([inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names])  # type: ignore[attr-defined]
    emitted = intrinsic(call)
    emitted.kernel = made
    return emitted


def scalar(function: Callable[..., Any]) -> Any:
    """Make a part of each kernel that calls it: of scalars, for use within loops."""
    return numba.njit(**OPTIONS, inline="always")(function)


# === Addresses ===


def _view(pointed: Any) -> Any:
    @intrinsic
    def view(typing_context: Any, address: Any) -> Any:
        kind = types.CPointer(pointed)

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return builder.inttoptr(values[0], context.get_value_type(kind))

        return kind(types.int64), generate

    return view


# What an address points to, as an array without a length: integers(address)[index].
integers, reals = _view(types.int64), _view(types.float64)


@intrinsic
def after(typing_context: Any, pointer: Any, count: Any) -> Any:
    """Return the address of pointer[count]."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.gep(values[0], [values[1]])

    return pointer(pointer, types.int64), generate


@intrinsic
def copy(typing_context: Any, source: Any, out: Any, size: Any) -> Any:
    """Copy so many bytes from one address to another."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        source, out = (builder.inttoptr(value, BYTE_POINTER) for value in values[:2])
        kinds = [BYTE_POINTER, BYTE_POINTER, values[2].type]
        move = builder.module.declare_intrinsic("llvm.memcpy", kinds)
        builder.call(move, [out, source, values[2], ir.Constant(ir.IntType(1), 0)])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), generate


@intrinsic
def clear(typing_context: Any, out: Any, size: Any) -> Any:
    """Set so many bytes from an address on to 0."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        out, zero = builder.inttoptr(values[0], BYTE_POINTER), ir.Constant(ir.IntType(8), 0)
        fill = builder.module.declare_intrinsic("llvm.memset", [BYTE_POINTER, values[1].type])
        builder.call(fill, [out, zero, values[1], ir.Constant(ir.IntType(1), 0)])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


# === Registers ===


@intrinsic
def whole_registers(typing_context: Any) -> Any:
    """Have plain loops of this kernel fill registers of 512 bits where there are any.

    LLVM takes half of them on Intel's processors, for fear of a lower clock. Measured on an Ice Lake: a step takes 0.7 to 0.9 of
    the time with whole ones.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        attributes = builder.function.attributes
        # llvmlite knows no attributes with values, but writes what it holds.
        set.add(attributes, f'"prefer-vector-width"="{8 * VECTOR_BYTES}"')
        # Within the C function around it, which Numba writes, the loops would be compiled without.
        attributes.add("noinline")
        return context.get_dummy_value()

    return types.void(), generate
