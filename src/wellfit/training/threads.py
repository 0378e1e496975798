"""BLAS on one thread while anything trains or predicts.

Two BLAS threads change the bits of most products, and on busy cores they wait for each other so long that they are slower
than one. BLAS keeps its number of threads for the whole process, so the limit is counted: the first user sets it, the last
one to leave puts back what was there.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

__all__ = ["one_blas_thread", "one_openmp_thread"]


class _Limit:
    """The one limit of this process and how many are using it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = 0
        self.limiter: Any = None

    def enter(self) -> None:
        with self.lock:
            if self.users == 0:
                # Made without `with`: threadpoolctl ties a context to the thread that entered it, and the last user to leave
                # may be on another thread than the first.
                with _in_control():
                    self.limiter = _controller().limit(limits=1, user_api="blas")
            self.users += 1

    def leave(self) -> None:
        with self.lock:
            self.users -= 1
            if self.users == 0:
                with _in_control():
                    self.limiter.restore_original_limits()
                self.limiter = None


@contextmanager
def _in_control() -> Iterator[None]:
    """Let this thread set BLAS threads: threadpoolctl 3.8 and later ignore all but the first thread that did."""
    _clear_control()
    yield
    _clear_control()


def _clear_control() -> None:
    for library in _controller().lib_controllers:
        if hasattr(library, "clear_controlling_thread"):
            library.clear_controlling_thread(force=True)


@cache
def _controller() -> Any:
    """Return the controller of every BLAS library loaded; finding them takes milliseconds, so only once."""
    # Compiled code calls the BLAS that SciPy brings, NumPy its own: both must be loaded before they are looked for.
    import scipy.linalg  # noqa: F401
    from threadpoolctl import ThreadpoolController

    # Of BLAS alone: restoring would otherwise also set the OpenMP threads of whichever thread happens to leave last.
    return ThreadpoolController().select(user_api="blas")


_limit = _Limit()


def _forget_users() -> None:
    """Start anew in a forked child: the users of the parent do not exist there, and its lock may be held for ever."""
    global _limit
    _limit = _Limit()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_users)


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold every BLAS library of this process to one thread for the length of a ``with`` block.

    Blocks may nest and may run on many threads at once; the number of threads that was set before the first of them began
    comes back when the last one ends.
    """
    limit = _limit
    limit.enter()
    try:
        yield
    finally:
        limit.leave()


@contextmanager
def one_openmp_thread() -> Iterator[None]:
    """Hold OpenMP, by which scikit-learn's trees and neighbours compute, to one thread for the length of a ``with`` block.

    On busy cores its threads wait for each other by spinning: a fit of 0.7 seconds took 38. The limit holds for the calling thread alone,
    so blocks on several threads do not interfere.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="openmp"):
        yield
