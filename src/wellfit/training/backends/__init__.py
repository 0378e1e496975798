"""Where networks are trained side by side: the bits are the same everywhere.

From the bottom up: `run` (collects results in the caller's thread, from threads of this process or from other processes), `remote`
(the work of another process), `by_joblib` (any backend of joblib), `connecting` (reaching a Dask scheduler), `by_dask` (a Dask cluster),
`active` (chooses between them).
"""
