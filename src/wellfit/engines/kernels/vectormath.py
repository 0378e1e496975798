"""exp, log and their relatives as straight-line code that compiles to vector instructions.

Numba from pip has no vector mathematics library: its exp and tanh are calls, one element at a time. Here each function is
a range reduction and a short polynomial, without a branch; nan stays nan. Errors, measured against NumPy in higher
precision: at most 3 units in the last place.

Legend: x argument; n whole number; r = x - n ln 2, abs(r) <= ln(2) / 2; u = exp(-abs(z)).
Source of the reductions: Muller et al., Handbook of Floating-Point Arithmetic, 2nd ed. 2018, ch. 10.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

from wellfit.engines.kernels.jit import OPTIONS, scalar
from wellfit.engines.kernels.processor import IS_FUSED

# LLVM inlines these, so that loops around them become vector instructions; Numba compiles them once for all kernels of a process.
INLINED = OPTIONS | {"forceinline": True}


# === Bits of a floating-point number ===


def _layout(kind: Any) -> tuple[Any, int, int, Any]:
    """Return (integer type, mantissa bits, exponent bias, float type) of a Numba float."""
    if kind == types.float32:
        return ir.IntType(32), 23, 127, ir.FloatType()
    return ir.IntType(64), 52, 1023, ir.DoubleType()


@intrinsic
def _power_of_two(typing_context, n):
    """Return 2^n for a whole number n held in a float, within the range of normal numbers."""

    def generate(context, builder, signature, arguments):
        word, mantissa, bias, real = _layout(signature.args[0])
        whole = builder.fptosi(arguments[0], word)
        return builder.bitcast(builder.shl(builder.add(whole, ir.Constant(word, bias)), ir.Constant(word, mantissa)), real)

    return n(n), generate


@intrinsic
def _exponent(typing_context, x):
    """Return the n of x = m 2^n with m in [sqrt(1/2), sqrt(2)), as a float; x positive and normal."""

    def generate(context, builder, signature, arguments):
        word, mantissa, bias, real = _layout(signature.args[0])
        bits = builder.bitcast(arguments[0], word)
        # Adding the distance from sqrt(1/2) to 1 carries into the exponent just when m would be sqrt(2) or more.
        half_root = int(np.float32(math.sqrt(0.5)).view(np.int32)) if mantissa == 23 else int(np.float64(math.sqrt(0.5)).view(np.int64))
        shifted = builder.add(bits, ir.Constant(word, (bias << mantissa) - half_root))
        return builder.sitofp(builder.sub(builder.ashr(shifted, ir.Constant(word, mantissa)), ir.Constant(word, bias)), real)

    return x(x), generate


@intrinsic
def multiply_add(typing_context, a, b, c):
    """Return a b + c, rounded once where the processor can; kernels do not let the compiler fuse anything else."""

    def generate(context, builder, signature, arguments):
        a, b, c = arguments
        return builder.fma(a, b, c) if IS_FUSED else builder.fadd(builder.fmul(a, b), c)

    return a(a, a, a), generate


@intrinsic
def clipped(typing_context, x, low, high):
    """Return x, or the end that it lies beyond; nan stays. Of branches LLVM makes a tangle where one clip follows another."""

    def generate(context, builder, signature, arguments):
        x, low, high = arguments
        x = builder.select(builder.fcmp_ordered("<", x, low), low, x)
        return builder.select(builder.fcmp_ordered(">", x, high), high, x)

    return x(x, x, x), generate


# === exp and expm1 ===

LOG2_E = 1.0 / math.log(2.0)
# ln 2 in two parts: the product of n with the first is exact.
LN2_HIGH_32, LN2_LOW_32 = 0.693359375, -2.12194440054690583e-4
LN2_HIGH_64, LN2_LOW_64 = 6.93147180369123816490e-01, 1.90821492927058770002e-10
# The ends keep 2^n a normal number: smaller results are as good as 0 wherever wellfit takes an exp.
LOWEST_32, HIGHEST_32 = -87.0, 88.0
LOWEST_64, HIGHEST_64 = -708.0, 709.0


def exp(x):
    """Return e^x; below LOWEST the value there, above HIGHEST the value there."""
    return np.exp(x)


def expm1(x):
    """Return e^x - 1 without cancellation near 0, within the same ends as `exp`."""
    return np.expm1(x)


@scalar
def _reduced_32(x):
    """Clip and split: n, and p = e^r - 1 (Taylor, remainder under 1e-8 of r)."""
    f = np.float32
    x = clipped(x, f(LOWEST_32), f(HIGHEST_32))
    n = np.floor(multiply_add(x, f(LOG2_E), f(0.5)))
    r = multiply_add(n, f(-LN2_LOW_32), multiply_add(n, f(-LN2_HIGH_32), x))
    p = f(1 / 5040)
    p = multiply_add(p, r, f(1 / 720))
    p = multiply_add(p, r, f(1 / 120))
    p = multiply_add(p, r, f(1 / 24))
    p = multiply_add(p, r, f(1 / 6))
    p = multiply_add(p, r, f(0.5))
    return n, multiply_add(r * r, p, r)


@scalar
def _reduced_64(x):
    """Clip and split: n, and p = e^r - 1 (Taylor, remainder under 1e-17 of r)."""
    x = clipped(x, LOWEST_64, HIGHEST_64)
    n = np.floor(multiply_add(x, LOG2_E, 0.5))
    r = multiply_add(n, -LN2_LOW_64, multiply_add(n, -LN2_HIGH_64, x))
    p = 1 / 6227020800
    p = multiply_add(p, r, 1 / 479001600)
    p = multiply_add(p, r, 1 / 39916800)
    p = multiply_add(p, r, 1 / 3628800)
    p = multiply_add(p, r, 1 / 362880)
    p = multiply_add(p, r, 1 / 40320)
    p = multiply_add(p, r, 1 / 5040)
    p = multiply_add(p, r, 1 / 720)
    p = multiply_add(p, r, 1 / 120)
    p = multiply_add(p, r, 1 / 24)
    p = multiply_add(p, r, 1 / 6)
    p = multiply_add(p, r, 0.5)
    return n, multiply_add(r * r, p, r)


@overload(exp, jit_options=INLINED)
def _exp(x):
    if x == types.float32:

        def exp_32(x):
            n, p = _reduced_32(x)
            return (p + np.float32(1.0)) * _power_of_two(n)

        return exp_32

    def exp_64(x):
        n, p = _reduced_64(x)
        return (p + 1.0) * _power_of_two(n)

    return exp_64


@overload(expm1, jit_options=INLINED)
def _expm1(x):
    if x == types.float32:

        def expm1_32(x):
            n, p = _reduced_32(x)
            power = _power_of_two(n)
            return multiply_add(p, power, power - np.float32(1.0))

        return expm1_32

    def expm1_64(x):
        n, p = _reduced_64(x)
        power = _power_of_two(n)
        return multiply_add(p, power, power - 1.0)

    return expm1_64


# === log and log1p ===

LN2, ROOT_2 = math.log(2.0), math.sqrt(2.0)


def log(x):
    """Return ln x of a positive normal number: n ln 2 + 2 artanh((m - 1) / (m + 1))."""
    return np.log(x)


@scalar
def _twice_artanh_32(s):
    """Return 2 artanh s for abs(s) <= 0.172 (Taylor, remainder under 1e-9)."""
    f = np.float32
    t = s * s
    p = f(1 / 9)
    p = multiply_add(p, t, f(1 / 7))
    p = multiply_add(p, t, f(1 / 5))
    p = multiply_add(p, t, f(1 / 3))
    twice = s + s
    return multiply_add(twice * t, p, twice)


@scalar
def _twice_artanh_64(s):
    """Return 2 artanh s for abs(s) <= 0.172 (Taylor, remainder under 1e-19)."""
    t = s * s
    p = 1 / 23
    p = multiply_add(p, t, 1 / 21)
    p = multiply_add(p, t, 1 / 19)
    p = multiply_add(p, t, 1 / 17)
    p = multiply_add(p, t, 1 / 15)
    p = multiply_add(p, t, 1 / 13)
    p = multiply_add(p, t, 1 / 11)
    p = multiply_add(p, t, 1 / 9)
    p = multiply_add(p, t, 1 / 7)
    p = multiply_add(p, t, 1 / 5)
    p = multiply_add(p, t, 1 / 3)
    twice = s + s
    return multiply_add(twice * t, p, twice)


@overload(log, jit_options=INLINED)
def _log(x):
    if x == types.float32:

        def log_32(x):
            f = np.float32
            n = _exponent(x)
            m = x * _power_of_two(-n)
            part = _twice_artanh_32((m - f(1.0)) / (m + f(1.0)))
            return multiply_add(n, f(LN2_HIGH_32), multiply_add(n, f(LN2_LOW_32), part))

        return log_32

    def log_64(x):
        n = _exponent(x)
        m = x * _power_of_two(-n)
        part = _twice_artanh_64((m - 1.0) / (m + 1.0))
        return multiply_add(n, LN2_HIGH_64, multiply_add(n, LN2_LOW_64, part))

    return log_64


def log1p_and_inverse(u):
    """Return ln(1 + u) and 1 / (1 + u) for u in [0, 1], at the price of one division."""
    return np.log1p(u), 1 / (1 + u)


@overload(log1p_and_inverse, jit_options=INLINED)
def _log1p_and_inverse(u):
    # ln(1 + u) = 2 artanh(u / (2 + u)), from sqrt(2) - 1 on ln 2 + 2 artanh((u - 1) / (u + 3)): both numerators are exact.
    if u == types.float32:

        def log1p_and_inverse_32(u):
            f = np.float32
            upper = u > f(ROOT_2 - 1.0)
            y = f(1.0) + u
            over, under = (u - f(1.0) if upper else u), (u + f(3.0) if upper else u + f(2.0))
            scale = f(1.0) / (under * y)
            part = _twice_artanh_32(over * y * scale)
            return part + f(LN2 if upper else 0.0), under * scale

        return log1p_and_inverse_32

    def log1p_and_inverse_64(u):
        upper = u > ROOT_2 - 1.0
        y = 1.0 + u
        over, under = (u - 1.0 if upper else u), (u + 3.0 if upper else u + 2.0)
        scale = 1.0 / (under * y)
        part = _twice_artanh_64(over * y * scale)
        return part + (LN2 if upper else 0.0), under * scale

    return log1p_and_inverse_64


# === Functions of a pre-activation z ===


@scalar
def tanh(z):
    """Return tanh z = q / (q + 2), q = e^2z - 1."""
    f = type(z)
    # Beyond 20 both precisions round tanh to 1; the clip keeps q finite.
    q = expm1(f(2.0) * clipped(z, f(-20.0), f(20.0)))
    return q / (q + f(2.0))


@scalar
def sigmoid(z):
    """Return 1 / (1 + e^-z)."""
    one = type(z)(1.0)
    return one / (one + exp(-z))
