"""The command line: arguments are parsed, one library function is called, its result is printed.

What the commands print with is in `screen`, how they end early in `gate`, which files they may write in `outputs`, what the end
needs is imported `ahead`; what they show meanwhile and at the end is in `progress` and `printing`, of a search in `study_progress`
and `study_printing`; what was `asked` is a record that two commands share. Then a command a file, `fit`, `study` (which is ``fit``
with a budget), `predict`, `diagnose`, `check`, `warmup`, `course` and `reproduce`, and their options in `main`.
"""

from wellfit.cli.main import main

__all__ = ["main"]
