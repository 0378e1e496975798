"""Where networks are trained side by side: the bits are the same everywhere.

From the bottom up: `run` (collects results in the caller's thread, from threads of this process or from whoever else trains), `remote`
(what another process does), `by_joblib` (any backend of joblib), `connecting` (reaching a Dask scheduler), `by_dask` (a Dask cluster),
`active` (chooses between them).
"""
