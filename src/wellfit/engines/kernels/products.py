"""The three products of a dense layer.

Legend: W (n_in, n_out) row-major weights, b biases behind them; A input activations (n_in, ld); Z (n_out, ld); D = dJ/dZ (n_out, ld);
G slopes of the layer below (n_in, ld); ld padded examples of a slice.

    forward    Z  = max(W^T A + b, floor)
    backward   G  = (W D) * G          element by element: slopes turn into the deltas of the layer below
    unrectify  G  = (W D) * kept where A > 0, else 0: the same for a ReLU layer, which needs no slopes
    gradient   dW += A D^T,  db += sums of D over the examples; of the first slice dW =, db =
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, misc"

from __future__ import annotations

from wellfit.engines.kernels.jit import ITEMSIZE, Floats, Int, Real, after, f, kernel, whole_registers
from wellfit.engines.kernels.processor import VECTOR_BYTES
from wellfit.engines.kernels.tiles import dots, make_product, row_sums
from wellfit.engines.kernels.turns import SQUARE_BYTES, turn_square

_product_bias = make_product("bias", "floor")
_product_gate = make_product("zero", "gate")
_product_positive = make_product("zero", "positive")
_product_add = make_product("add", "plain")


@kernel
def forward(W: Floats, n_in: Int, n_out: Int, A: Floats, Z: Floats, ld: Int, floor: Real) -> None:
    """Z = max(W^T A + b, floor): 0 makes a ReLU, minus infinity leaves the sums as they are."""
    _product_bias(Z, ld, W, 1, n_out, A, ld, after(W, n_in * n_out), 1, n_out, ld, n_in, f(floor))


@kernel
def backward(W: Floats, n_in: Int, n_out: Int, D: Floats, G: Floats, ld: Int) -> None:
    """G = (W D) * G."""
    _product_gate(G, ld, W, n_out, 1, D, ld, G, 1, n_in, ld, n_out, f(1.0))


@kernel
def unrectify(W: Floats, n_in: Int, n_out: Int, D: Floats, G: Floats, A: Floats, ld: Int, kept: Real) -> None:
    """G = (W D) * kept where A > 0, else 0."""
    _product_positive(G, ld, W, n_out, 1, D, ld, A, 1, n_in, ld, n_out, f(kept))


@kernel
def gradient(out: Floats, n_in: Int, n_out: Int, A: Floats, D: Floats, ld: Int, turned: Floats, padded: Floats, is_first: Int) -> None:
    """Add A D^T to the weights' gradient and the sums of D to the biases'; where this is the first slice, they replace what is there."""
    whole_registers()
    lanes = VECTOR_BYTES // ITEMSIZE
    width = (n_out + lanes - 1) // lanes * lanes
    # Vector operations either way: dot products pay for a sum across lanes, rows for turning D about.
    dot_work = n_in * n_out * (ld // lanes + 8)
    row_work = n_in * (width // lanes) * ld + n_out * ld + (n_in * width // lanes if width > n_out else 0)
    whole = dot_work > row_work and width == n_out
    if is_first != 0:
        for index in range(n_in * n_out if whole else 0, n_in * n_out + n_out):
            out[index] = f(0.0)
    if dot_work <= row_work:
        dots(out, n_out, A, ld, D, ld, n_in, n_out, ld)
    else:
        # Rows a power of two apart would fall on each other in the cache.
        stride, side = width + lanes, SQUARE_BYTES // ITEMSIZE
        # turned[e, j] = D[j, e]; columns from n_out to width become 0.
        for j in range(0, n_out // side * side, side):
            for e in range(0, ld, side):
                turn_square(D, j * ld + e, ld, turned, e * stride + j, stride)
        for j in range(n_out // side * side, width):
            for e in range(ld):
                turned[e * stride + j] = D[j * ld + e] if j < n_out else f(0.0)
        sums = out if whole else padded
        _product_add(sums, width, A, ld, 1, turned, stride, sums, int(whole and is_first == 0), n_in, width, ld, f(1.0))
        if not whole:
            for i in range(n_in):
                for j in range(n_out):
                    out[i * n_out + j] += padded[i * width + j]
    row_sums(after(out, n_in * n_out), D, ld, n_out, ld)
