"""The command line: arguments are parsed, one library function is called, its result is printed.

`main` has the commands and their flags; the options of `fit` are a record in `options`. What the commands print with is in `screen`, how
they end early in `error_handler`, which files they may write in `outputs`, what is needed at the end is imported `ahead`. What they show
meanwhile is in `progress`, of a study in `study_progress`; at the end they print a result's blocks. Then a command a file: `fit`,
`predict`, `diagnose`, `check`, `warmup`, `course` and `reproduce`.
"""

from wellfit.cli.main import main

__all__ = ["main"]
