"""Where networks are trained side by side: the bits are the same everywhere.

In the order in which the modules may import each other: `crew` (threads of this process), `parcels` (tasks and results as they
travel between processes), `worker` (what the other process does), `dispatch` (hands tasks to any pool of other processes, and sees
that they come back), `processes` (a pool of this machine, by loky), `kept` (what a Dask worker does), `tables` (which tables
its workers were sent), `connecting` (getting to its scheduler), `cluster` (a pool of many machines, by Dask), `others` (any other
backend of joblib), `active` (which of them is asked for).
"""
