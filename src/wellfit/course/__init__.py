"""The modules that a course's notebooks import, under the names by which the notebooks know them.

From the bottom up: `files` (where the data files are), `checks` (what does not fit is
refused), `samples` (the data sets), `propagation` (forward and backward), `costs`, `descent` (initial weights, gradient descent,
predictions), `steps` (mini-batches and optimisers), `epochs` (training on mini-batches), and then a module a notebook: `init_utils`,
`reg_utils`, `gc_utils`, `opt_utils`, `opt_utils_v1a`, and the textbook's `ch8_utils`. Around them: inputs and checks of the
learner's functions, `testCases`, `testCases_2022`, `testCase`, `test_utils`, `public_tests`; `installing`, which puts the names in
place; and what runs a whole notebook, `removed_names`, `notebook_text`, `notebook_numbers`, `notebook_file`,
`notebook_kernel`, `notebook`.

One column is one example here, as in the notebooks; everywhere else in wellfit it is a row.
"""

from __future__ import annotations

from typing import Any

from wellfit.course.installing import install, uninstall

__all__ = ["install", "load_ipython_extension", "uninstall", "unload_ipython_extension"]


def load_ipython_extension(shell: Any) -> None:
    """Put the modules in place: what ``%load_ext wellfit.course`` calls.

    Parameters
    ----------
    shell : IPython shell
        Not needed: the names are the process's.
    """
    install()


def unload_ipython_extension(shell: Any) -> None:
    """Take the names away again: what ``%unload_ext wellfit.course`` calls.

    Parameters
    ----------
    shell : IPython shell
        Not needed.
    """
    uninstall()
