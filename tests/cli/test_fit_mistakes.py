"""``wellfit fit`` where it cannot begin, resume or write: one line, and what was there stays."""

import errno
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from run_folder import FILES, LINE, bits, change_header, names, networks, result, timeless

from wellfit import files
from wellfit.study import journal as journal_module
from wellfit.study.journal import Journal, read_journal


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--time 0.5", "--time-budget must be at least 1 second and finite, found 0.5"),
        ("--time -3", "--time-budget must be at least 1 second and finite, found -3"),
        ("--time nan", "--time-budget must be at least 1 second and finite, found nan"),
        ("--time inf", "--time-budget must be at least 1 second and finite, found inf"),
        ("--trials 0", "--max-trials must be at least 1, found 0"),
        ("--trials -5 --time 60", "--max-trials must be at least 1, found -5"),
        ("--trials 7 --l2 -1", "l2 must lie in [0, inf), found -1.0"),
        ("--time 9 --hidden 8,0", "hidden layer 2 must be at least 1, found 0"),
        ("--trials 7 --target-error 5", "target error must be a share of the rows in [0, 1]"),
        ("--trials many", "--trials"),
        ("--trials 7 --group d", "column to group rows by, 'd' is unknown"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(folder, wellfit, options, words):
    before = names(folder)
    answer = wellfit(*LINE, *options.split())
    assert answer.code == 2
    lines = [line for line in answer.err.splitlines() if not line.startswith("warning: ")]
    assert len(lines) == 1
    assert words in lines[0]
    assert names(folder) == before


def damage_the_middle():
    path = Path("run/journal.jsonl")
    lines = path.read_bytes().split(b"\n")
    lines[4] = lines[4][:-9]
    path.write_bytes(b"\n".join(lines))


SPOILED = {
    "another table": (
        lambda: pd.read_csv("good.csv").assign(a=0.5).assign(a=lambda t: t.index * 1.0).to_csv("good.csv", index=False),
        (),
        "its table fingerprint is another one",
    ),
    "fewer rows": (lambda: pd.read_csv("good.csv").head(50).to_csv("good.csv", index=False), (), "its table rows is 60, not 50"),
    "another seed": (lambda: None, ("--seed", "1"), "its data seed is 0, not 1"),
    "another target": (lambda: None, ("--target", "c"), 'its data target is "label", not "c"'),
    "another error": (lambda: None, ("--target-error", "0.1"), "its settings target error is none, not 0.1"),
    "a newer journal": (lambda: change_header(journal=2, wellfit="9.0"), (), "is a journal of format 2, written by wellfit 9.0"),
    "a damaged line": (damage_the_middle, (), "line 5 of 'run/journal.jsonl' is damaged; restore a copy"),
    "no journal": (
        lambda: Path("run/journal.jsonl").write_text("mine\n"),
        (),
        "holds 'journal.jsonl', which is not from an earlier wellfit fit",
    ),
}


@pytest.mark.parametrize("case", SPOILED)
def test_a_folder_that_cannot_be_gone_on_with_is_left_as_it_is(finished, wellfit, case):
    spoil, options, words = SPOILED[case]
    spoil()
    before = {name: Path("run", name).read_bytes() for name in names()}
    answer = wellfit(*LINE, "--trials", "9", *options)
    assert answer.code == 2
    lines = [line for line in answer.err.splitlines() if not line.startswith("warning: ")]
    assert len(lines) == 1
    assert words in lines[0]
    assert {name: Path("run", name).read_bytes() for name in names()} == before


def test_a_journal_without_a_plan_is_refused_in_a_line(finished, wellfit):
    header = read_journal("run/journal.jsonl")[0]
    change_header(settings={name: value for name, value in header["settings"].items() if name != "plan"})
    before = {name: Path("run", name).read_bytes() for name in names()}
    answer = wellfit(*LINE)
    assert answer.code == 2
    assert len(answer.err.splitlines()) == 1
    assert 'its settings plan is none, not "regularisation".' in answer.err
    assert {name: Path("run", name).read_bytes() for name in names()} == before


def test_a_second_process_is_told_who_is_at_work(finished, wellfit):
    header, records = read_journal("run/journal.jsonl")
    with Journal.open("run/journal.jsonl", {name: value for name, value in header.items() if name not in ("kind", "journal")}):
        answer = wellfit(*LINE, "--trials", "9")
    assert answer.code == 2
    assert f"'run/journal.jsonl' is in use by process {os.getpid()} on " in answer.err
    assert read_journal("run/journal.jsonl")[1] == records


def test_files_of_others_are_not_replaced(folder, wellfit):
    Path("run").mkdir()
    Path("run/report.html").write_text("mine")
    answer = wellfit(*LINE, "--trials", "7")
    assert answer.code == 2
    assert "holds 'report.html', which is not from an earlier wellfit fit" in answer.err
    assert names() == ["report.html"]


def test_a_folder_that_cannot_be_written_to(folder, wellfit, monkeypatch):
    def refuse(path, content):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(files, "_write_new", refuse)
    answer = wellfit(*LINE, "--trials", "7")
    assert answer.code == 2
    assert answer.err.splitlines()[-1] == "error: cannot write into 'run': read-only file system."
    assert names(folder) == ["good.csv", "prices.csv"]


def test_a_full_disk_in_the_middle_loses_no_trial(finished, wellfit, monkeypatch):
    expected, expected_bits = timeless(result()), bits()
    shutil.rmtree("run")
    append, calls = Journal.append, []

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    def filling(self, record):
        calls.append(record)
        if sum(each["kind"] == "trial" for each in calls) == 5:
            patch.setattr(journal_module.os, "fsync", full)
        append(self, record)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", filling)
        answer = wellfit(*LINE, "--trials", "7")
    assert answer.code == 2
    assert answer.err.splitlines()[-1] == "error: cannot write 'run/journal.jsonl': no space left on device."
    assert names() == ["journal.jsonl"]
    assert len(networks()) == 4
    answer = wellfit(*LINE, "--trials", "7")
    assert answer.code == 0
    assert "run: the study resumes after 4 networks; it ended there" in answer.out
    assert timeless(result()) == expected
    assert bits() == expected_bits


def test_a_full_disk_at_the_end_leaves_the_journal(folder, wellfit, monkeypatch):
    write, calls = files._write_new, []

    def full(path, content):
        calls.append(path)
        if len(calls) > 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(files, "_write_new", full)
        answer = wellfit(*LINE, "--trials", "4")
    assert answer.code == 2
    assert answer.err.splitlines()[-1] == "error: cannot write folder 'run': no space left on device."
    assert names() == ["journal.jsonl"]
    assert len(networks()) == 4
    assert wellfit(*LINE, "--trials", "4").code == 0
    assert names() == sorted(FILES)
