"""The journal: every line is there when `append` returns, and nothing that ends a process, fills a disk or is damaged loses one."""

import errno
import json
import math
import os
import resource
import signal
import subprocess
import sys

import numpy as np
import pytest

from wellfit.errors import DataWarning, JournalError, OutputError
from wellfit.study import journal as module
from wellfit.study import locks
from wellfit.study.journal import Journal, read_journal

HEADER = {
    "table": {"fingerprint": "a" * 64, "rows": 30},
    "target": "kind",
    "seed": 0,
    "settings": {"dev_fraction": 0.2},
    "time_budget": 60.0,
    "max_trials": None,
}
TRIALS = [{"kind": "trial", "number": number, "dev_error": number / 7} for number in range(5)]


@pytest.fixture
def path(tmp_path):
    """A journal of five trials."""
    with Journal.open(tmp_path / "journal.jsonl", HEADER) as journal:
        for trial in TRIALS:
            journal.append(trial)
    return tmp_path / "journal.jsonl"


@pytest.mark.parametrize("kept", [True, False])
def test_records_come_back_as_they_were_given(tmp_path, kept):
    place = tmp_path / "journal.jsonl" if kept else None
    records = [{"kind": "trial", "spec": {"hidden": (3, 2)}, "train_error": np.float64(0.1), "word": "λ\ud800\n", "seed": 2**70}]
    with Journal.open(place, HEADER) as journal:
        for record in [*records, *TRIALS]:
            journal.append(record)
        first = journal.records
    assert first[0] == {"kind": "trial", "spec": {"hidden": [3, 2]}, "train_error": 0.1, "word": "λ\ud800\n", "seed": 2**70}
    assert first[1:] == TRIALS
    assert journal.header["seed"] == 0
    if kept:
        with Journal.open(place, HEADER) as again:
            assert again.records == first
        assert read_journal(place) == (again.header, first)
        assert again.header == journal.header


@pytest.mark.parametrize("kept", [True, False])
def test_numbers_that_are_not_finite_become_none(tmp_path, kept):
    with Journal.open(tmp_path / "journal" if kept else None, HEADER) as journal:
        journal.append({"kind": "trial", "dev_error": math.inf, "gap": [math.nan, {"low": -math.inf}]})
    assert journal.records == [{"kind": "trial", "dev_error": None, "gap": [None, {"low": None}]}]


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("record", [{"kind": "trial", "spec": {1, 2}}, {"number": 1}])
def test_what_is_no_record_leaves_no_trace(tmp_path, kept, record):
    with Journal.open(tmp_path / "journal" if kept else None, HEADER) as journal:
        with pytest.raises((TypeError, ValueError)):
            journal.append(record)
        journal.append(TRIALS[0])
        assert journal.records == TRIALS[:1]
    if kept:
        assert read_journal(tmp_path / "journal")[1] == TRIALS[:1]


def test_a_line_is_written_at_once_and_synced(path, monkeypatch):
    with Journal.open(path, HEADER) as journal:
        seen, write, sync = [], os.write, os.fsync
        monkeypatch.setattr(os, "write", lambda handle, line: seen.append(bytes(line)) or write(handle, line))
        monkeypatch.setattr(os, "fsync", lambda handle: seen.append("sync") or sync(handle))
        journal.append(TRIALS[0])
        monkeypatch.undo()
    assert seen == [json.dumps(TRIALS[0]).encode() + b"\n", "sync"]


# === Cut off at any byte ===


def test_a_file_cut_off_at_any_byte_is_gone_on_with(path):
    whole = path.read_bytes()
    ends = [place + 1 for place, byte in enumerate(whole) if byte == ord("\n")]
    starts_of_trials = ends[1:-1]
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        expected = sum(end <= length for end in ends[2:])
        if length in (0, *ends) or length < ends[0]:
            journal = Journal.open(path, HEADER)
        else:
            with pytest.warns(DataWarning, match="the last line of .* is incomplete and was dropped"):
                journal = Journal.open(path, HEADER)
        with journal:
            assert journal.records == TRIALS[:expected]
            journal.append({"kind": "end"})
        assert read_journal(path)[1] == [*TRIALS[:expected], {"kind": "end"}]
    assert len(starts_of_trials) == len(TRIALS)


def test_a_running_journal_can_be_read(path):
    with Journal.open(path, HEADER) as journal:
        with open(path, "ab") as torn:
            torn.write(b'{"kind": "tri')
        assert read_journal(path)[1] == TRIALS == journal.records


def test_a_last_line_of_garbage_is_dropped(path):
    with open(path, "ab") as file:
        file.write(b"\0\0\0\0\n")
    with pytest.warns(DataWarning, match="incomplete"), Journal.open(path, HEADER) as journal:
        assert journal.records == TRIALS


@pytest.mark.parametrize("line", [b"\0" * 9, b"{}", b"[1]", b'{"kind": "trial", "dev_error": NaN}', b"[" * 100_000, b'{"kind": "tri'])
def test_a_broken_line_in_the_middle_is_an_error_and_changes_nothing(path, line):
    lines = path.read_bytes().split(b"\n")
    lines[3] = line
    path.write_bytes(b"\n".join(lines))
    before = path.read_bytes()
    for act in (lambda: Journal.open(path, HEADER), lambda: read_journal(path)):
        with pytest.raises(JournalError, match=r"^line 4 of '.*journal.jsonl' is damaged; restore a copy"):
            act()
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"\0", b"{}", b'{"kind": "trial"}\n'])
def test_a_file_of_another_kind_is_left_as_it_is(path, content):
    path.write_bytes(content)
    for act in (lambda: Journal.open(path, HEADER), lambda: read_journal(path)):
        with pytest.raises(JournalError, match="is not a wellfit journal"):
            act()
    assert path.read_bytes() == content


def test_nothing_is_read_from_nothing(tmp_path):
    with pytest.raises(JournalError, match=r"^cannot read '.*/journal': no such file or directory\.$"):
        read_journal(tmp_path / "journal")
    (tmp_path / "journal").write_bytes(b'{"kind": "header", "jour')
    with pytest.raises(JournalError, match="holds no study: its first line is incomplete"):
        read_journal(tmp_path / "journal")


# === Of another study ===


def _damaged(content):
    lines = content.split(b"\n")
    lines[2] = lines[2][:-4]
    return b"\n".join(lines)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": 1}, "its seed is 0, not 1."),
        ({"target": "other"}, 'its target is "kind", not "other".'),
        ({"table": {"fingerprint": "b" * 64, "rows": 30}}, "its table fingerprint is another one."),
        ({"table": {"fingerprint": "b" * 64, "rows": 31}}, "its table rows is 30, not 31."),
        ({"settings": {"dev_fraction": 0.1}}, "its settings dev fraction is 0.2, not 0.1."),
        ({"settings": {}}, "its settings dev fraction is 0.2, not none."),
    ],
)
def test_a_journal_of_another_study_is_named_by_what_differs(path, change, words):
    before = path.read_bytes()
    with pytest.raises(JournalError) as caught:
        Journal.open(path, HEADER | change)
    assert f"is the journal of another study: {words} Give the same settings, name another folder, or replace it" in str(caught.value)
    assert path.read_bytes() == before


def test_another_study_is_left_as_it_is_though_its_last_line_is_torn(path):
    path.write_bytes(path.read_bytes()[:-1])
    before = path.read_bytes()
    with pytest.raises(JournalError, match="another study"):
        Journal.open(path, HEADER | {"seed": 1})
    assert path.read_bytes() == before


def test_a_study_that_never_began_gives_way_to_another(tmp_path):
    path = tmp_path / "journal.jsonl"
    Journal.open(path, HEADER).close()
    with Journal.open(path, HEADER | {"seed": 1}) as journal:
        assert journal.header["seed"] == 1
        journal.append(TRIALS[0])
    header, records = read_journal(path)
    assert header["seed"] == 1
    assert records == TRIALS[:1]
    with pytest.raises(JournalError, match="its seed is 1, not 0"):
        Journal.open(path, HEADER)


@pytest.mark.parametrize("spoil", [lambda content: content, lambda content: content.replace(b'"journal": 1', b'"journal": 9'), _damaged])
def test_another_study_is_replaced_on_request(path, spoil):
    path.write_bytes(spoil(path.read_bytes()))
    with Journal.open(path, HEADER | {"seed": 1}, replace=True) as journal:
        assert journal.header["seed"] == 1
        assert journal.records == []
        journal.append(TRIALS[0])
    assert read_journal(path)[1] == TRIALS[:1]


def test_the_same_study_is_kept_though_it_might_be_replaced(path):
    with Journal.open(path, HEADER, replace=True) as journal:
        assert journal.records == TRIALS


def test_files_of_others_and_journals_in_use_are_not_replaced(path, tmp_path):
    (tmp_path / "diary.jsonl").write_bytes(b"dear diary\n")
    with pytest.raises(JournalError, match="is not a wellfit journal"):
        Journal.open(tmp_path / "diary.jsonl", HEADER, replace=True)
    assert (tmp_path / "diary.jsonl").read_bytes() == b"dear diary\n"
    before = path.read_bytes()
    with Journal.open(path, HEADER), pytest.raises(JournalError, match="is in use by process"):
        Journal.open(path, HEADER | {"seed": 1}, replace=True)
    assert path.read_bytes().startswith(before)


def test_more_time_and_a_newer_wellfit_go_on_with_it(path, monkeypatch):
    monkeypatch.setattr(module.wellfit, "__version__", "99.0")
    with Journal.open(path, HEADER | {"time_budget": None, "max_trials": 7}) as journal:
        assert journal.records == TRIALS
        assert journal.header["time_budget"] == 60.0


def test_a_newer_format_is_refused(path):
    before = path.read_bytes().replace(b'"journal": 1', b'"journal": 2').replace(b'"wellfit": "', b'"wellfit": "9.', 1)
    path.write_bytes(before)
    for act in (lambda: Journal.open(path, HEADER), lambda: read_journal(path)):
        with pytest.raises(JournalError, match=r"is a journal of format 2, written by wellfit 9\..*; this is wellfit .* format 1\."):
            act()
    assert path.read_bytes() == before


# === Two processes ===

HOLD = """
import sys
from wellfit.study.journal import Journal
journal = Journal.open(sys.argv[1], {})
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_process_is_told_who_holds_it_and_a_killed_one_holds_nothing(tmp_path):
    path = tmp_path / "journal"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout.readline() == "held\n"
            before = path.read_bytes()
            with pytest.raises(JournalError, match=rf"is in use by process {holder.pid} on \S+, since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d"):
                Journal.open(path, {})
            assert path.read_bytes() == before
        finally:
            holder.send_signal(signal.SIGKILL)
    with Journal.open(path, {}) as journal:
        assert journal.records == []


def test_one_process_does_not_open_it_twice(path):
    with Journal.open(path, HEADER), pytest.raises(JournalError, match=f"is in use by process {os.getpid()} on"):
        Journal.open(path, HEADER)
    Journal.open(path, HEADER).close()


def test_a_file_system_without_locks_is_told_of(path, monkeypatch):
    def refuse(handle):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locks, "_lock_now", refuse)
    with pytest.warns(DataWarning, match="does not support locks: do not let a second process use it"):
        Journal.open(path, HEADER).close()


# === Disks ===


@pytest.mark.parametrize("where", ["write", "half a line", "fsync"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_line_that_cannot_be_written_leaves_the_file_as_it_was(path, monkeypatch, where, error):
    write, calls = os.write, []

    def fail(handle, *line):
        if where == "half a line" and not calls:
            calls.append(1)
            return write(handle, line[0][:5])
        raise error

    with Journal.open(path, HEADER) as journal:
        before = path.read_bytes()
        monkeypatch.setattr(os, "fsync" if where == "fsync" else "write", fail)
        with pytest.raises(OutputError if isinstance(error, OSError) else KeyboardInterrupt) as caught:
            journal.append({"kind": "end"})
        monkeypatch.undo()
        assert path.read_bytes() == before
        assert journal.records == TRIALS
        journal.append({"kind": "end"})
    assert read_journal(path)[1] == [*TRIALS, {"kind": "end"}]
    if isinstance(error, OSError):
        assert str(caught.value) == f"cannot write {str(path)!r}: no space left on device."


def test_a_file_that_may_not_grow(tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Journal.open(tmp_path / "journal", HEADER) as journal:
        journal.append(TRIALS[0])
        resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / "journal").stat().st_size + 20, limits[1]))
        try:
            with pytest.raises(OutputError, match=r"^cannot write '.*journal': file too large\.$"):
                journal.append(TRIALS[1])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert read_journal(tmp_path / "journal")[1] == TRIALS[:1]


def test_places_that_no_journal_can_be_in(tmp_path, monkeypatch):
    with pytest.raises(OutputError, match=r"nowhere/journal': no such file or directory\.$"):
        Journal.open(tmp_path / "nowhere" / "journal", HEADER)
    with pytest.raises(OutputError, match=r"is a directory\.$"):
        Journal.open(tmp_path, HEADER)
    with pytest.raises(OutputError, match=r"is not a regular file"):
        Journal.open("/dev/null", HEADER)

    def refuse(*arguments):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(OutputError, match=r"cannot write '.*/journal': read-only file system\.$"):
        Journal.open(tmp_path / "journal", HEADER)
