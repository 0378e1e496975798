"""The same sums at different speeds, found by name.

In the order in which the modules may import each other: `contract` (what every engine offers), `evaluation` (loss and error on rows),
`watch` (records and stopping), `reference` (the textbook in NumPy, the oracle), `kernels` (compiled loops), `compiled` (the fast
engine over them), `differences` (central differences of a cost), `gradcheck` (any engine against them).
"""
