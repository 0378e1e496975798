"""Which kernels a network needs: those are compiled, and no others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from wellfit.engines.kernels import counter, epochs, network, products, team, updates
from wellfit.engines.kernels.functions import ACTIVATION_KERNELS, LOSS_KERNELS
from wellfit.engines.kernels.jit import KERNELS
from wellfit.engines.kernels.layouts import Code, Dropout
from wellfit.events import Callback, Progress
from wellfit.spec import LOSSES, Spec

# By what a network has; `Code` knows them by their own names.
FORWARD = (network.gather, products.forward, network.forward_pass)
BACKWARD = (network.gather_shares, products.gradient, network.backward_pass, network.part_of_batch)
STEPS = (epochs.run_epoch, epochs.record, updates.rate_at, updates.norm, updates.all_finite)
NEEDS = {
    "outputs": (network.put_rows,),
    "rectified layers": (products.unrectify,),
    "other layers": (products.backward,),
    "penalties": (network.penalty, updates.penalise),
    "drawn masks": (counter.drop_layer, counter.drop_units),
    "given masks": (counter.drop_layer, counter.drop_given),
    "weights": (network.weight_of,),
    "shuffles": (counter.shuffle,),
    "dev rows": (network.evaluate,),
    "decay": (updates.shrink,),
    "shards": (team.shared_gradient, team.shared_update, team.do_task, team.do_shard, team.sum_range),
}


def compile_all(dtypes: Sequence[str], losses: Sequence[str] = LOSSES, callback: Callback | None = None) -> tuple[int, bool]:
    """Compile all kernels of some dtypes and losses; return how many were not on disk yet, and whether they are now.

    The callback receives a `Progress` after each kernel; True ends the work.
    """
    others = {kernel for loss in LOSSES if loss not in losses for kernel in LOSS_KERNELS[loss]}
    others -= {kernel for loss in losses for kernel in LOSS_KERNELS[loss]}
    left_out = [kernel.kernel for kernel in others if kernel is not None]
    wanted = dict.fromkeys((kernel, kernel.variant(dtype)) for dtype in dtypes for kernel in KERNELS if kernel not in left_out)
    compiled = 0
    for done, (kernel, variant) in enumerate(wanted, 1):
        compiled += kernel.load(variant)
        if callback is not None and callback(Progress("compiling", done, len(wanted))):
            break
    return compiled, all(kernel.is_kept for kernel, _ in wanted)


def activation_addresses(names: Iterable[str], dtype: np.dtype[Any]) -> list[int]:
    """Return where the kernel of each hidden layer's activation stands; 0 for ReLU, which has none."""
    kernels = (ACTIVATION_KERNELS[name] for name in names)
    return [0 if kernel is None else kernel.kernel.address(dtype) for kernel in kernels]


def prediction_code(spec: Spec) -> Code:
    """Return the kernels that predict."""
    return _code(spec.training.dtype, spec.training.loss, "", frozenset(["outputs"]))


def gradient_code(spec: Spec, drop: Dropout) -> Code:
    """Return the kernels that compute one batch's cost and gradient."""
    return _code(spec.training.dtype, spec.training.loss, "", frozenset(["gradient", *_options(spec, drop)]))


def training_code(spec: Spec, drop: Dropout, is_weighted: bool, is_shuffled: bool, has_dev_rows: bool, has_shards: bool) -> Code:
    """Return the kernels that train."""
    found = {
        "weights": is_weighted,
        "shuffles": is_shuffled,
        "dev rows": has_dev_rows,
        "decay": spec.training.optimizer.name == "adamw",
        "shards": has_shards,
    }
    options = frozenset(["gradient", *_options(spec, drop), *(name for name, is_there in found.items() if is_there)])
    return _code(spec.training.dtype, spec.training.loss, spec.training.optimizer.name, options)


def _options(spec: Spec, drop: Dropout) -> list[str]:
    found = {
        "rectified layers": "relu" in spec.network.activations,
        "other layers": any(name != "relu" for name in spec.network.activations),
        "penalties": spec.training.l1 != 0 or spec.training.l2 != 0,
        "drawn masks": drop.active and not drop.is_given.all(),
        "given masks": drop.active and drop.is_given.any(),
    }
    return [name for name, is_there in found.items() if is_there]


@lru_cache(maxsize=256)
def _code(dtype_name: str, loss: str, optimizer: str, options: frozenset[str]) -> Code:
    """Return the addresses of all kernels that a network with these options needs, compiled where they are not yet."""
    dtype = np.dtype(dtype_name)
    named = list(FORWARD)
    if "gradient" in options:
        named += BACKWARD
    if optimizer:
        named += STEPS
    for option in sorted(options & NEEDS.keys()):
        named += NEEDS[option]
    kernels = {kernel.kernel.function.__name__: kernel for kernel in named}
    loss_kernel, error_kernel, outputs_kernel = LOSS_KERNELS[loss]
    if "gradient" in options:
        kernels["loss"] = loss_kernel
    if "dev rows" in options:
        kernels["error"] = error_kernel
    if "outputs" in options and outputs_kernel is not None:
        kernels["outputs"] = outputs_kernel
    if optimizer:
        kernels["update"] = updates.UPDATE_KERNELS[optimizer]
    # What Python calls stands in no record.
    entries = [network.predict] if "outputs" in options else [epochs.run_epochs] if optimizer else [network.batch_cost]
    for entry in [*entries, *([team.help_along] if "shards" in options else [])]:
        entry.kernel.address(dtype)
    return Code(**{name: kernel.kernel.address(dtype) for name, kernel in kernels.items()})
