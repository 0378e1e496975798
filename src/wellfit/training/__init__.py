"""Arrays become one network, or many.

From the bottom up: `threads` (BLAS on one thread), `interrupts` (Ctrl-C),
`arrays` (a table as an engine takes it), `result` (the result of a run), `lbfgs` (SciPy's optimiser over an engine), `fit` (one
network), `task` (what is to be trained), `backends` (threads, processes or machines for many), `tasks` (many, over any tables),
`population` (many over one table).
"""
