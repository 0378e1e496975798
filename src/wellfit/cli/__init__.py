"""The command line: arguments are parsed, one library function is called, its result is printed.

In the order in which the modules may import each other: `screen` (where things are printed), `gate` (how a command may end early),
`printing` and `progress` (results, and how far it is), `fit`, `predict` and `check` (a command each), `main` (all of them).
"""

from wellfit.cli.main import main

__all__ = ["main"]
