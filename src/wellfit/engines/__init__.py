"""The same sums at different speeds, behind one contract; engines are found by name, lazily.

In the order in which the modules may import each other: `layout` (parameters in one vector), `contract` (what an engine
offers), `evaluation` (loss and error on given rows), `watch` (records and stopping), `reference` (the textbook), `kernels`,
`arguments` and `compiled` (the fast engine), `kinks`, `differences` and `gradcheck` (any engine against central differences).
"""
