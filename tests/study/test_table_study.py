"""A search on a table: what it is told apart by, and what its model is measured against."""

import time

import numpy as np
import pandas as pd
import pytest

import wellfit
from wellfit.errors import DataError, JournalError
from wellfit.spec import Data
from wellfit.study.run_files import JOURNAL
from wellfit.study.search.journal import Journal
from wellfit.study.search.study import Study
from wellfit.study.search.trial import Budget
from wellfit.study.search.tried import tried_by_kind
from wellfit.study.table_study import prepare_study, run_study, study_journal
from wellfit.table.target import read_target
from wellfit.table.train_dev_test import split_rows


def searched(frame, trials=3, **data):
    job = prepare_study(frame, Data(target="y", **data), lambda frame: None)
    return run_study(job, Budget(trials=trials), Journal.open(None, job.header()))


def test_the_simple_model_to_beat_is_the_best_on_dev_rows_and_not_one_that_learned_its_rows_by_heart():
    draw = np.random.default_rng(0)
    frame = pd.DataFrame(draw.normal(size=(60, 80)), columns=[f"x{place}" for place in range(80)])
    job = searched(frame.assign(y=draw.normal(size=60)))
    errors = job.study.of_kind("references")[0]["errors"]
    assert errors["mean"] < errors["linear regression"]
    assert job.test.against == "mean"


@pytest.mark.parametrize("value", [np.inf, "lots"])
@pytest.mark.parametrize("part", ["test", "train"])
def test_a_cell_that_cannot_be_used_is_told_before_the_search_by_its_row_in_the_table(part, value):
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({"a": draw.normal(size=60), "y": np.where(draw.random(60) < 0.5, "yes", "no")})
    row = int(getattr(split_rows(read_target(frame["y"]), Data(target="y")), part)[-1])
    frame["a"] = frame["a"].astype(object)
    frame.loc[row, "a"] = value
    with pytest.raises(DataError, match=f"column 'a' holds .*{value}.* in row {row + 1}[ ;]"):
        prepare_study(frame, Data(target="y"), lambda frame: None)


def test_a_search_from_python_looks_at_the_test_rows_cells_first(monkeypatch):
    draw = np.random.default_rng(0)
    frame, y = pd.DataFrame({"a": draw.normal(size=60)}), pd.Series(np.where(draw.random(60) < 0.5, "yes", "no"), name="y")
    row = int(split_rows(read_target(y), Data(target="y", dev_fraction=0.0)).test[0])
    frame.loc[row, "a"] = np.inf
    monkeypatch.setattr("wellfit.study.search.search.run_search", lambda *arguments, **more: pytest.fail("it searched"))
    with pytest.raises(DataError, match=f"column 'a' holds inf in row {row + 1};"):
        wellfit.search(frame, y, max_trials=3)


@pytest.mark.parametrize("scale", [1e200, 1e-200])
def test_targets_whose_squares_are_no_numbers_are_refused(scale):
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({"a": draw.normal(size=60)}).assign(y=lambda table: scale * table["a"])
    with pytest.raises(DataError, match="for errors to be squared; give it in other units"):
        prepare_study(frame, Data(target="y"), lambda frame: None)


@pytest.fixture
def prepared():
    """A search on sixty rows, before it begins."""
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({"a": draw.normal(size=60), "y": draw.normal(size=60)})
    return prepare_study(frame, Data(target="y"), lambda frame: None)


def test_the_journal_goes_by_the_whole_table_whose_rows_are_looked_through_once(prepared, monkeypatch):
    whole = {**prepared.problem.header(0), "data": prepared.data.to_dict()}
    monkeypatch.setattr("wellfit.study.search.problem.fingerprint_of", lambda *_: pytest.fail("the rows were looked through again"))
    header = prepared.header()
    assert header["table"] == {"rows": 60, "columns": 2, "fingerprint": prepared.fingerprint}
    assert {**header, "table": whole["table"]} == whole
    assert list(header) == ["data", "table", "target", "task", "seed", "settings"]


def test_a_journal_that_another_process_begins_at_the_same_moment_is_left_there(prepared, tmp_path, monkeypatch):
    def begun_by_another(path, header, replace):
        path.write_text("another's")
        raise JournalError(f"{path} is held by another process")

    monkeypatch.setattr(Journal, "open", begun_by_another)
    with pytest.raises(JournalError, match="held by another"), study_journal(prepared, tmp_path / "run", print):
        pass
    assert (tmp_path / "run" / JOURNAL).read_text() == "another's"


def test_many_kinds_of_change_are_counted_in_no_time():
    draw = np.random.default_rng(0)
    study = searched(pd.DataFrame({"a": draw.normal(size=60), "y": draw.normal(size=60)}), trials=2).study
    line = study.of_kind("trial")[0]
    more = [{**line, "number": number, "change": f"kind {number % 150}"} for number in range(600)]
    begin = time.process_time()
    kinds = tried_by_kind(Study(study.header, [record for record in study.records if record["kind"] != "trial"] + more))
    assert len(kinds) == 150
    # Read once for each kind they took ten seconds.
    assert time.process_time() - begin < 3.0
