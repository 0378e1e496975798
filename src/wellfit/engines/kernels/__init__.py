"""Loops over arrays and scalars, compiled by Numba; the only package that imports it.

From the bottom up: ``jit`` (flags, cache), ``tiles`` (products in registers), ``vectormath`` (exp, log, tanh), ``layouts``
(tuples that enter and leave), ``borrow``, then the textbook's subjects: ``counter`` (dropout masks, shuffles), ``functions``
(activations, losses), ``updates`` (penalties, optimisers, schedules), ``products`` (a layer's three products), ``network``
(a batch forward and back) and ``epochs`` (the training loop).
"""
