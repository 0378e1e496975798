"""Loops over arrays and scalars, compiled by Numba; the only package that imports it.

From the bottom up: `processor` (how wide its vectors are), `layouts` (records that kernels read), `jit` (kernels, types, cache),
`compiling` (announces that it happens), `vectors` (registers), `tiles` (products in registers), `turns` (rows to columns), `atomics`
(numbers between threads), `subnormals` (numbers too small to count) and `vectormath` (exp, log, tanh); then the textbook's
subjects: `counter` (dropout masks, shuffles), `functions` (activations, losses), `updates` (penalties, optimisers, schedules),
`products` (a layer's three products), `network` (a batch forward and back), `team` (a batch among threads) and `epochs` (the
training loop).

Kernels call each other by address, so each is compiled once and only when a network needs it; `wellfit.engines.programs` selects them.
"""
