"""Run a notebook as it is, and compare what its cells print with what they printed when it was stored.

In the order in which the modules may import each other: `file` reads and writes a notebook, `text` finds the lines that cannot run here
and what the cells printed, `numbers` compares two outputs, `removed_names` restores what NumPy and SciPy have dropped, `kernel` is the
process that runs the cells, `run` does it all.
"""
