"""The same sums at different speeds, behind one contract; engines are found by name, lazily.

From the bottom up: `types` (what an engine offers), `layout` (parameters in one vector),
`evaluation` (loss and error on given rows), `watch` (records and stopping), `reference` (the textbook), `kernels`, `programs` (which
of them a network needs), `arguments` and `compiled` (the fast engine), `api` (an engine by its name), `kinks`, `differences` and
`gradcheck` (any engine against central differences).
"""
