"""The modules that the course's notebooks import, under the names by which the notebooks know them.

In the order in which they may import each other, first what several share: `checks` (refuse what does not fit), `pictures` (into pyplot's
axes), `samples` (the data sets), `propagation` (forward and backward), `costs`, `descent` (initial weights, gradient descent,
predictions). Then the notebooks': `init_utils`; `regularisation`, which `reg_utils` and the textbook's `ch8_utils` share; `gc_utils`;
`steps` (mini-batches and optimisers) and `optimisation`, which `opt_utils` and `opt_utils_v1a` share. Then the inputs and checks of the
functions that a learner writes: `testCases`, `testCases_2022`, `testCase`, `test_utils`, `public_tests`.
"""
