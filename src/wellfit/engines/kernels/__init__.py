"""Compiled loops over arrays and scalars; the one place where Numba is imported.

In the order in which the modules may import each other: `jit` (the compile flags), `compiling` (telling that it goes on), `layouts` (what
is passed in and out), `borrow` (arrays without reference counts), `tiles` and `products` (matrices), `vectormath` and `functions`
(activations, losses), `counter` (masks and shuffles), `updates` (penalties, optimisers, schedules), `network` (one batch), `epochs`
(many).
"""
