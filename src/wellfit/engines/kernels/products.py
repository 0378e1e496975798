"""The three products of a dense layer.

Legend: W (n_in, n_out) row-major weights; b biases; A input activations (n_in, ld); Z (n_out, ld); D = dJ/dZ (n_out, ld);
G slopes of the layer below (n_in, ld); ld padded examples of a slice. All arrays are flat, each with an offset.

    forward    Z  = W^T A + b
    rectified  A' = max(W^T A + b, 0)
    backward   G  = (W D) * G          element by element: slopes turn into the deltas of the layer below
    unrectify  G  = (W D) * kept where A > 0, else 0: the same for a ReLU layer, which needs no slopes
    gradient   dW += A D^T,  db += sums of D over the examples; of the first slice dW =, db =
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, misc"

from __future__ import annotations

from wellfit.engines.kernels.jit import kernel
from wellfit.engines.kernels.libraries import VECTOR_BYTES
from wellfit.engines.kernels.tiles import dots, make_product, row_sums
from wellfit.engines.kernels.turns import SQUARE_BYTES, turn_square

_product_bias = make_product("bias", "plain")
_product_rectify = make_product("bias", "rectify")
_product_gate = make_product("zero", "gate")
_product_positive = make_product("zero", "positive")
_product_add = make_product("add", "plain")


@kernel
def forward(parameters, w, n_in, n_out, A, a, Z, z, ld):
    """Z = W^T A + b."""
    one = Z.dtype.type(1.0)
    _product_bias(Z, z, ld, parameters, w, 1, n_out, A, a, ld, parameters, w + n_in * n_out, n_out, ld, n_in, one)


@kernel
def rectified(parameters, w, n_in, n_out, A, a, z, ld):
    """A[z...] = max(W^T A[a...] + b, 0)."""
    one = A.dtype.type(1.0)
    _product_rectify(A, z, ld, parameters, w, 1, n_out, A, a, ld, parameters, w + n_in * n_out, n_out, ld, n_in, one)


@kernel
def backward(parameters, w, n_in, n_out, D, d, g, ld):
    """D[g...] = (W D[d...]) * D[g...]."""
    _product_gate(D, g, ld, parameters, w, n_out, 1, D, d, ld, D, g, n_in, ld, n_out, D.dtype.type(1.0))


@kernel
def unrectify(parameters, w, n_in, n_out, D, d, g, A, ld, kept):
    """D[g...] = (W D[d...]) * kept where A[g...] > 0, else 0."""
    _product_positive(D, g, ld, parameters, w, n_out, 1, D, d, ld, A, g, n_in, ld, n_out, D.dtype.type(kept))


@kernel
def gradient(out, w, n_in, n_out, A, a, D, d, ld, turned, padded, is_first):
    """Add A D^T to the weights' gradient and the sums of D to the biases'; where this is the first slice, they replace what is there."""
    lanes = VECTOR_BYTES // A.itemsize
    width = (n_out + lanes - 1) // lanes * lanes
    # Vector operations either way: dot products pay for a sum across lanes, rows for turning D about.
    dot_work = n_in * n_out * (ld // lanes + 8)
    row_work = n_in * (width // lanes) * ld + n_out * ld + (n_in * width // lanes if width > n_out else 0)
    whole = dot_work > row_work and width == n_out
    if is_first:
        for index in range(w + n_in * n_out if whole else w, w + n_in * n_out + n_out):
            out[index] = 0
    if dot_work <= row_work:
        dots(out, w, n_out, A, a, ld, D, d, ld, n_in, n_out, ld)
    else:
        # Rows a power of two apart would fall on each other in the cache.
        stride = width + lanes
        _turn(D, d, n_out, ld, turned, width, stride)
        if width == n_out:
            _product_add(out, w, n_out, A, a, ld, 1, turned, 0, stride, out, 0 if is_first else 1, n_in, n_out, ld, out.dtype.type(1.0))
        else:
            _product_add(padded, 0, width, A, a, ld, 1, turned, 0, stride, padded, 0, n_in, width, ld, out.dtype.type(1.0))
            for i in range(n_in):
                for j in range(n_out):
                    out[w + i * n_out + j] += padded[i * width + j]
    row_sums(out, w + n_in * n_out, D, d, ld, n_out, ld)


@kernel
def _turn(D, d, n_out, ld, turned, width, stride):
    """turned[e, j] = D[j, e], a row every `stride` numbers; columns from n_out to width become 0."""
    side = SQUARE_BYTES // D.itemsize
    whole = n_out // side * side
    for j in range(0, whole, side):
        for e in range(0, ld, side):
            turn_square(D, d + j * ld + e, ld, turned, e * stride + j, stride)
    for j in range(whole, width):
        for e in range(ld):
            turned[e * stride + j] = D[d + j * ld + e] if j < n_out else 0
