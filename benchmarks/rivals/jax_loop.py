"""JAX with the whole training loop compiled by XLA (`lax.scan`)."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.rivals import Run, fastest
from benchmarks.tasks import COURSE_LEARNING_RATE, CourseTask

GENERATORS = ("threefry2x32", "rbg", "unsafe_rbg")


def course(task: CourseTask) -> Run:
    """Return the run of the course's task, in the faster of two layouts and with the fastest generator of masks."""
    jax.config.update("jax_enable_x64", task.dtype == "float64")  # type: ignore[no-untyped-call]
    generators = GENERATORS if task.dropout else GENERATORS[:1]
    return fastest([_run(task, by_rows, name) for by_rows in (True, False) for name in generators], 2000)


def _run(task: CourseTask, by_rows: bool, generator: str) -> Run:
    """Return one variant: examples in rows (A W) or in columns (W A)."""
    X, Y = (jnp.asarray(array if by_rows else array.T) for array in task.data())
    arrays = task.weights()
    pairs = list(zip(arrays[0::2], arrays[1::2], strict=True))
    parameters = [(jnp.asarray(W), jnp.asarray(b)) if by_rows else (jnp.asarray(W.T), jnp.asarray(b[:, None])) for W, b in pairs]
    keep = 1 - task.dropout

    def cost(parameters: Any, key: Any) -> Any:
        A = X
        for layer, (W, b) in enumerate(parameters):
            Z = A @ W + b if by_rows else W @ A + b
            if layer < len(parameters) - 1:
                A = jnp.maximum(Z, 0)
                if task.dropout:
                    mask = jax.random.bernoulli(jax.random.fold_in(key, layer), keep, A.shape)
                    A = jnp.where(mask, A / keep, 0)
        return jnp.mean(jax.nn.softplus(Z) - Y * Z)

    @functools.partial(jax.jit, static_argnums=1)
    def train(parameters: Any, steps: int) -> Any:
        root = jax.random.key(0, impl=generator)

        def step(parameters: Any, number: Any) -> Any:
            key = jax.random.fold_in(root, number) if task.dropout else root
            value, gradient = jax.value_and_grad(cost)(parameters, key)
            return jax.tree.map(lambda p, g: p - COURSE_LEARNING_RATE * g, parameters, gradient), value

        return jax.lax.scan(step, parameters, jnp.arange(steps))

    def run(steps: int) -> float:
        _, costs = train(parameters, steps)
        return float(costs[-1])

    return run
