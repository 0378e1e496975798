"""The textbook's equations in NumPy, each beside its derivative.

Pure functions of arrays, which know nothing of one another: `initialisers` (where weights start), `activations` and `losses` (the functions
of a network), `regularisation` (penalties, dropout), `optimisers` and `schedules` (how it is trained), `counter` (masks and shuffles),
`calibration` (probabilities made surer or less sure).
"""
