"""A doctor's examination: planted faults and healthy networks, and what `wellfit.diagnose` names: `python -m benchmarks.faults`.

`tables` draws the rows, `cases` says what a case is, `in_networks` and `in_rows` plant the faults, `everyone` adds the healthy; the command
is in `__main__`.
"""
