"""Whatever moment a saver dies at, the old file or the new one is there, whole; and a search goes on where it was killed."""

import os
import signal
import sys
from pathlib import Path

import pytest

from wellfit import files
from wellfit.files import write_file

ROOT = Path(__file__).resolve().parents[2]
posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process can only be forked on POSIX")


@posix
def test_killed_savers_leave_the_old_file_or_the_new_one(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    from soak import kills

    found = kills.run(count=10)
    assert found["kills"] == sum(found["left"]) == 10


@posix
def test_killed_searches_lose_no_trial_and_end_as_in_one_go(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    from soak import studies

    found = studies.run(count=5)
    assert found["kills"] >= 5
    assert found["between trials"] > 0


@posix
def test_a_search_that_fails_by_itself_is_told_of_with_its_traceback(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(ROOT))
    from soak import studies

    def fails(argv):
        raise RuntimeError("a fault of the search")

    monkeypatch.setattr(studies, "wellfit", fails)
    with pytest.raises(AssertionError, match=r"(?s)ended with status 1:\nTraceback.*RuntimeError: a fault of the search"):
        studies.whole(tmp_path, (3,))


def die_at_line(number):
    """End this process with SIGKILL before the line of `wellfit.files` that it comes to as the number-th."""
    left = [number]

    def in_files(frame, event, argument):
        if event == "line":
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return in_files

    sys.settrace(lambda frame, event, argument: in_files if frame.f_code.co_filename == files.__file__ else None)


@posix
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_death_before_each_line_in_turn(tmp_path):
    path, seen = tmp_path / "model", []
    for number in range(1, 200):
        path.write_bytes(b"old")
        child = os.fork()
        if child == 0:
            die_at_line(number)
            write_file(path, b"new" * 1000)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        seen.append(path.read_bytes())
        if not os.WIFSIGNALED(status):
            break
        assert os.WTERMSIG(status) == signal.SIGKILL
    # Every line was reached, the last of them after the file had changed.
    assert os.waitstatus_to_exitcode(status) == 0
    assert 10 < number < 199
    assert set(seen) == {b"old", b"new" * 1000}
    assert seen == sorted(seen, key=len)
