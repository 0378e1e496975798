"""Loops over arrays and scalars, compiled by Numba; the only package that imports it.

From the bottom up: `inlining` and `libraries` (what Numba is told to do otherwise), `jit` (flags, cache), `compiling`
(telling that it happens), `vectors` (registers), `tiles` (products in registers), `turns` (rows to columns), `atomics`
(numbers between threads), `subnormals` (numbers too small to count), `vectormath` (exp, log, tanh), `layouts` (tuples that
enter and leave) and `borrow`; then the textbook's subjects: `counter` (dropout masks, shuffles), `functions` (activations,
losses), `updates` (penalties, optimisers, schedules), `products` (a layer's three products), `network` (a batch forward and
back), `team` (a batch among threads) and `epochs` (the training loop).
"""
