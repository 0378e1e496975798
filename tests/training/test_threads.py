"""The limit on BLAS threads: set by the first user, put back by the last."""

import os
import threading

import pytest
import scipy.linalg  # noqa: F401
from threadpoolctl import ThreadpoolController

from wellfit.training.threads import one_blas_thread


@pytest.fixture
def blas():
    """The threads of every BLAS library, at 2 for the length of a test."""
    controller = ThreadpoolController().select(user_api="blas")
    with controller.limit(limits=2):
        yield lambda: {library["num_threads"] for library in controller.info()}


def test_limit_holds_inside_and_goes_with_the_last_block(blas):
    before = blas()
    with one_blas_thread():
        with one_blas_thread():
            assert blas() == {1}
        assert blas() == {1}
    assert blas() == before == {2}


def test_limit_goes_after_an_exception(blas):
    with pytest.raises(KeyError), one_blas_thread():
        raise KeyError
    assert blas() == {2}


def test_last_user_may_leave_on_another_thread_than_the_first(blas):
    entered, leave = threading.Event(), threading.Event()

    def stay():
        with one_blas_thread():
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=stay)
    with one_blas_thread():
        thread.start()
        assert entered.wait(10)
    assert blas() == {1}
    leave.set()
    thread.join()
    assert blas() == {2}


def test_many_threads_at_once_leave_nothing_behind(blas):
    def come_and_go():
        for _ in range(50):
            with one_blas_thread():
                seen.append(blas())

    seen = []
    threads = [threading.Thread(target=come_and_go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 200
    assert all(threads_seen == {1} for threads_seen in seen)
    assert blas() == {2}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process can only be forked on POSIX")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_starts_without_the_users_of_its_parent(blas):
    with one_blas_thread():
        child = os.fork()
        if child == 0:
            with one_blas_thread():
                inside = blas()
            os._exit(0 if inside == {1} else 1)
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert blas() == {2}
