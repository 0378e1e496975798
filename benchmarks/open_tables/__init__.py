"""How good the fixed network is on open tables, beside its rivals as they come: `python -m benchmarks.open_tables --help`.

`tables` reads and splits them, `entrants` says who takes part, `measure` fits and scores, `report` writes the table; the command
is in `__main__`.
"""
