"""Where networks are trained side by side: the bits are the same everywhere.

From the bottom up: `crew` (threads of this process), `parcels` (tasks and results as they
travel between processes), `worker` (what the other process does), `dispatch` (hands tasks to any pool of other processes, and sees
that they come back), `processes` (a pool of this machine, by loky), `kept` (what a Dask worker does), `tables` (which tables
its workers were sent), `connecting` (getting to its scheduler), `cluster` (a pool of many machines, by Dask), `others` (any other
backend of joblib), `active` (which of them is asked for).
"""
