"""A study of a table: how its rows are read and split, what it is known by, and what its model is measured against."""

import time
import warnings

import numpy as np
import pandas as pd
import pytest

import wellfit
from wellfit.errors import DataError, JournalError, SpecError
from wellfit.events import Message, TrialEnd
from wellfit.runs.table_study import prepare_study, run_study, study_journal
from wellfit.spec import Data
from wellfit.study.journal import Journal
from wellfit.study.pages.tried import tried_by_kind
from wellfit.study.run_files import JOURNAL
from wellfit.study.study import Study
from wellfit.study.trial import Budget
from wellfit.table.target import read_target
from wellfit.table.train_dev_test import split_rows

# === The way of a table ===


@pytest.fixture(scope="module")
def moons(fitted, moons_table):
    """The study of two half moons."""
    return fitted(moons_table(), target="moon", name="moons")


def test_the_way_of_a_table(moons):
    assert {part: len(rows) for part, rows in moons.split._asdict().items()} == {"train": 90, "dev": 30, "test": 30}
    assert moons.target.classes == ("lower", "upper")
    assert moons.problem.table.target.loss == "binary_cross_entropy"
    assert moons.preparation.width == 2
    assert moons.study.networks == 20
    assert moons.test.rows == 30
    assert moons.seconds > 0
    # All but the test rows are learned from.
    assert len(moons.problem.values) == 120


def test_the_preparation_is_learned_on_the_rows_to_learn_from(moons):
    rows = np.sort(np.concatenate([moons.split.train, moons.split.dev]))
    X = moons.preparation.transform(moons.frame.iloc[rows]).X
    z = X / np.sqrt(1 - (X / 8) ** 2)  # as they were before they were smoothly clipped at 8
    assert np.allclose(z.mean(axis=0), 0, atol=1e-5)
    assert np.allclose(z.std(axis=0), 1, atol=1e-5)


def test_the_model_predicts_what_was_tested(moons):
    model = moons.model({"why": "chosen on dev"})
    rows = moons.split.test
    wrong = model.predict(moons.frame.iloc[rows]) != moons.frame["moon"].iloc[rows]
    assert moons.test.model.estimate == pytest.approx(wrong.mean())
    assert model.about == {"why": "chosen on dev"}
    assert len(model.networks) == len(moons.study.of_kind("model")[-1]["members"])


def parameters(job):
    return [network.parameters.tobytes() for network in job.study.model.networks]


def test_the_same_seed_gives_the_same_bits_on_any_number_of_workers(moons, fitted, moons_table):
    again = fitted(moons_table(), target="moon", n_jobs=1)
    assert parameters(again) == parameters(moons)
    assert again.study.to_dict() == {**moons.study.to_dict(), **{name: again.study.to_dict()[name] for name in ("seconds", "overhead")}}
    assert again.test == moons.test
    assert parameters(fitted(moons_table(), target="moon", seed=1)) != parameters(moons)


@pytest.mark.parametrize("target", ["moon", "y"])
def test_test_rows_play_no_part(fitted, moons_table, target):
    frame = moons_table()
    one = fitted(frame, target=target)
    rows = one.split.test
    changed = frame.copy()
    changed.loc[rows, "x"] = 1e6
    if target == "y":
        changed.loc[rows, "y"] = changed.loc[rows, "y"].to_numpy()[::-1]
    two = fitted(changed, target=target)
    assert two.split.test.tolist() == rows.tolist()
    assert parameters(two) == parameters(one)
    assert two.study.compared == one.study.compared
    assert two.study.of_kind("references") == one.study.of_kind("references")
    assert two.test.model != one.test.model


def test_it_reports_while_it_runs(fitted, moons_table):
    events = []
    study = fitted(moons_table(), target="moon", callback=events.append).study
    assert [(each.done, each.total) for each in events if isinstance(each, TrialEnd)] == [(done, 20) for done in range(1, 21)]
    # The reading of the test rows has its own line.
    assert [each.text for each in events if isinstance(each, Message)] == study.messages[:-1]
    read = []
    prepare_study(moons_table(), Data(target="moon"), lambda frame: read.append(len(frame)))
    assert read == [150]


def test_three_classes_and_numbers(fitted, moons_table):
    table = moons_table()
    table["third"] = np.where(table["x"] > 1, "right", table["moon"])
    three = fitted(table, target="third")
    assert (three.problem.table.target.loss, three.problem.table.target.outputs) == ("cross_entropy", 3)
    assert len(three.study.compared) == 4
    numbers = fitted(table, target="y")
    assert numbers.problem.table.target.loss == "squared_error"
    rows = np.concatenate([numbers.split.train, numbers.split.dev])
    assert numbers.metric.spread == pytest.approx(table["y"].iloc[rows].std(ddof=0))


def test_what_is_left_out_is_warned_of_once_and_nothing_else_warns(fitted, moons_table):
    table = moons_table().assign(same=1, empty=np.nan)
    table.loc[[3, 4], "moon"] = None
    table.loc[5:40, "x"] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        job = fitted(table, target="moon")
    assert len(job.warnings) == 3
    assert sum("'same'" in text for text in job.warnings) == 1
    assert sum("'empty'" in text for text in job.warnings) == 1
    assert sum("2 of 150 rows" in text for text in job.warnings) == 1
    assert any("'x'" in note and "median" in note for note in job.notes)
    assert not {3, 4} & {row for part in job.split for row in part}


def test_warnings_of_others_come_through(moons_table, prepared, monkeypatch):
    def noisy(*arguments, **options):
        warnings.warn("something of another library", RuntimeWarning, stacklevel=1)
        return moons_table()

    monkeypatch.setattr("wellfit.runs.table_study.read_table", noisy)
    with pytest.warns(RuntimeWarning, match="another library"):
        prepared("moons", target="moon")


def test_groups_stay_together_and_are_no_input(fitted, moons_table):
    table = moons_table().assign(patient=np.arange(150) // 5)
    job = fitted(table, target="moon", group="patient")
    patients = [set(table["patient"].iloc[rows]) for rows in job.split]
    assert not patients[0] & patients[1]
    assert not patients[0] & patients[2]
    assert job.preparation.width == 2


def test_by_time_networks_are_compared_by_newer_rows_and_tested_on_the_newest(fitted, moons_table):
    table = moons_table().assign(day=pd.date_range("2024-01-01", periods=150)[::-1])
    job = fitted(table, target="moon", time="day")
    assert table["day"].iloc[job.split.test].min() > table["day"].iloc[job.split.dev].max()
    assert table["day"].iloc[job.split.dev].min() > table["day"].iloc[job.split.train].max()
    assert (job.study.of_kind("start")[0]["folds"], job.study.of_kind("start")[0]["dev_rows"]) == (0, 30)
    assert job.study.networks == 8


@pytest.mark.parametrize(
    ("data", "changes", "error", "words"),
    [
        ({"target": "mon"}, {}, DataError, "did you mean 'moon'"),
        ({"target": "moon", "group": "patien"}, {}, DataError, "column to group rows by, 'patien' is unknown"),
        ({"target": "moon", "time": "dy"}, {}, DataError, "column to order rows by, 'dy' is unknown"),
        ({"target": "moon", "test_fraction": 0.0}, {}, SpecError, "must be above 0"),
        ({"target": "moon"}, {"dropout": (1.0,)}, SpecError, "dropout must lie in"),
        ({"target": "moon"}, {"seeds": 0}, SpecError, "seeds must be at least 1"),
    ],
)
def test_mistakes(moons_table, fitted, data, changes, error, words):
    with pytest.raises(error, match=words):
        fitted(moons_table(), changes, **data)


def test_a_target_error_that_is_none_is_refused(moons_table, prepared):
    with pytest.raises(SpecError, match="target error must be a share of the rows"):
        prepared(moons_table(), target_error=2.0, target="moon")


# === The test error ===


def test_the_test_report_is_that_of_the_average_beside_simple_models(moons):
    report = moons.test
    assert [name for name, _ in report.references] == ["majority class", "logistic regression"]
    errors = moons.study.of_kind("references")[0]["errors"]
    assert report.against == min(errors, key=errors.get)
    assert report.advantage.estimate == pytest.approx(dict(report.references)[report.against].estimate - report.model.estimate)
    assert report.r_squared is None
    assert moons.study.test_reads == 1


def test_numbers_come_with_r_squared_and_a_network_that_was_needed(fitted, moons_table):
    frame = moons_table(300).assign(far=lambda table: 3 * np.hypot(table["x"], table["y"])).drop(columns="moon")
    job = fitted(frame, {"epochs": 40, "hidden": ((16,),)}, target="far")
    truth = frame["far"].iloc[job.split.test]
    assert job.test.r_squared.estimate == pytest.approx(1 - job.test.model.estimate**2 / truth.var(ddof=0), abs=1e-5)
    assert job.test.network_needed == "yes"
    assert job.test.reason.startswith("a network was needed: its RMSE is ")


def test_a_network_that_is_worse_was_not_needed(fitted, moons_table):
    frame = moons_table().assign(z=lambda table: 5 * table["x"] - table["y"]).drop(columns="moon")
    job = fitted(frame, {"epochs": 1, "learning_rate": 1e-5}, target="z")
    assert job.test.network_needed == "no"
    assert "use the simpler model" in job.test.reason


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
    monkeypatch.setattr("wellfit.study.search.run_search", lambda *arguments, **more: pytest.fail("it searched"))
    with pytest.raises(DataError, match=f"column 'a' holds inf in row {row + 1};"):
        wellfit.search(frame, y, max_trials=3)


@pytest.mark.parametrize("scale", [1e200, 1e-200])
def test_targets_whose_squares_are_no_numbers_are_refused(scale):
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({"a": draw.normal(size=60)}).assign(y=lambda table: scale * table["a"])
    with pytest.raises(DataError, match="to square errors; rescale it"):
        prepare_study(frame, Data(target="y"), lambda frame: None)


# === What it is known by ===


@pytest.fixture
def sixty():
    """A study of sixty rows, before it begins."""
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({"a": draw.normal(size=60), "y": draw.normal(size=60)})
    return prepare_study(frame, Data(target="y"), lambda frame: None)


def test_the_journal_goes_by_the_whole_table_whose_rows_are_looked_through_once(sixty, monkeypatch):
    whole = {**sixty.problem.header(0), "data": sixty.data.to_dict()}
    monkeypatch.setattr("wellfit.study.problem.fingerprint_of", lambda *_: pytest.fail("the rows were looked through again"))
    header = sixty.header()
    assert header["table"] == {"rows": 60, "columns": 2, "fingerprint": sixty.fingerprint}
    assert header["settings"] == {**whole["settings"], "plan": "regularisation"}
    assert {**header, "table": whole["table"], "settings": whole["settings"]} == whole
    assert list(header) == ["data", "table", "target", "task", "seed", "settings"]


OTHER_PLANS = {
    "another list": ({"l2": (0.5,)}, "its settings l2 is [0.1], not [0.5]."),
    "other shapes": ({"hidden": ((6,), (8,))}, "its settings hidden is [[6]], not [[6], [8]]."),
    "more epochs": ({"epochs": 7}, "its settings epochs is 6, not 7."),
    "one more setting": ({"activation": "tanh"}, 'its settings activation is none, not "tanh".'),
}


@pytest.mark.parametrize("case", OTHER_PLANS)
def test_a_journal_of_another_plan_is_refused_in_a_line(moons_table, prepared, fitted, tmp_path, case):
    changes, words = OTHER_PLANS[case]
    one = prepared(moons_table(), target="moon")
    with study_journal(one, tmp_path / "run", print) as journal:
        run_study(one, Budget(), journal)
    before = (tmp_path / "run" / JOURNAL).read_bytes()
    other = prepared(moons_table(), changes, target="moon")
    with pytest.raises(JournalError) as caught, study_journal(other, tmp_path / "run", print):
        pass
    assert f"is the journal of another study: {words} Give the same settings" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (tmp_path / "run" / JOURNAL).read_bytes() == before
    with study_journal(one, tmp_path / "run", print) as journal:
        assert Study(journal.header, journal.records).networks == 20


def test_a_journal_of_an_earlier_version_without_a_plan_is_refused_in_a_line(moons_table, tmp_path):
    job = prepare_study(moons_table(), Data(target="moon"), lambda frame: None)
    header = job.header()
    earlier = {**header, "settings": {name: value for name, value in header["settings"].items() if name != "plan"}}
    with Journal.open(tmp_path / JOURNAL, earlier) as journal:
        journal.append({"kind": "trial", "number": 0})
    with pytest.raises(JournalError, match=r'its settings plan is none, not "regularisation"\.'), study_journal(job, tmp_path, print):
        pass
    with study_journal(job, tmp_path, print, overwrite=True) as journal:
        assert journal.records == []


def test_a_journal_that_another_process_begins_at_the_same_moment_is_left_there(sixty, tmp_path, monkeypatch):
    def begun_by_another(path, header, replace):
        path.write_text("another's")
        raise JournalError(f"{path} is held by another process")

    monkeypatch.setattr(Journal, "open", begun_by_another)
    with pytest.raises(JournalError, match="held by another"), study_journal(sixty, tmp_path / "run", print):
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
