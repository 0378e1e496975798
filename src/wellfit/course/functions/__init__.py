"""The modules that the course's notebooks import, under the names by which the notebooks know them.

In the order in which they may import each other, first what they share: `checks` (refuse what does not fit), `pictures` (into pyplot's
axes), `samples` (the data sets), `propagation` (forward and backward), `costs`, `descent` (initial weights, gradient descent,
predictions), `steps` (mini-batches and optimisers), `epochs` (training on mini-batches). Then a module for each notebook: `init_utils`,
`reg_utils`, `gc_utils`, `opt_utils`, `opt_utils_v1a`, and the textbook's `ch8_utils`. Then the inputs and checks of the functions that a
learner writes: `testCases`, `testCases_2022`, `testCase`, `test_utils`, `public_tests`.
"""
