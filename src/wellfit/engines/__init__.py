"""The same sums at different speeds, behind one contract; engines are found by name, lazily.

In the order of their floors: contract, evaluation, watch, reference, kernels, compiled, differences, gradcheck.
"""
