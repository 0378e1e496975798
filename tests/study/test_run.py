"""The search as a whole: the same bits in one go or cut off anywhere, budgets kept, and no look at rows that are not its own."""

import math

import numpy as np
import pandas as pd
import pytest

import wellfit
from wellfit.errors import ClusterError, DataError, SpecError
from wellfit.events import Message, TrialEnd
from wellfit.study.journal import Journal
from wellfit.study.run import run_search
from wellfit.study.study import Study
from wellfit.study.trial import Budget
from wellfit.training import tasks

pytestmark = pytest.mark.usefixtures("tiny")


class Log:
    """Keeps messages and trials; stops the search after so many trials."""

    def __init__(self, most=math.inf):
        self.texts, self.ends, self.most = [], [], most

    def __call__(self, event):
        if isinstance(event, Message):
            self.texts.append(event.text)
        elif isinstance(event, TrialEnd):
            self.ends.append(event)
        return len(self.ends) >= self.most


# === The same bits ===


@pytest.mark.parametrize("rows", [70, 2_050])
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_any_number_of_workers_gives_the_same_bits(problem, searched, bits, task, rows):
    made = problem(rows, task=task)
    assert bits(searched(made, 30, n_jobs=1)) == bits(searched(made, 30, n_jobs=3))
    assert bits(searched(made, 30, n_jobs=1)) != bits(searched(made, 30, n_jobs=1, seed=1))


@pytest.mark.parametrize(("rows", "trials"), [(70, 34), (2_050, 24)])
def test_resumed_after_any_record_it_ends_the_same(problem, searched, bits, rows, trials):
    made = problem(rows)
    whole = searched(made, trials)
    asked = bits(whole)
    assert whole.networks == trials
    for cut in range(0, len(whole.records), 3 if rows > 100 else 2):
        study = searched(made, trials, records=whole.records[:cut])
        assert bits(study) == asked, f"cut after {cut} records"
        again = [record for record in study.records if record["kind"] == "trial"]
        assert len({(record["number"], record["rung"]) for record in again}) == len(again)


@pytest.mark.parametrize("rows", [70, 4_050])
def test_without_a_budget_it_ends_the_same_after_any_record(problem, searched, bits, regularisers, rows):
    made, plan = problem(rows), regularisers()
    whole = searched(made, plan=plan)
    assert whole.end_reason == "planned"
    for cut in range(0, len(whole.records), 2):
        log = Log()
        study = searched(made, plan=plan, records=whole.records[:cut], callback=log)
        assert bits(study) == bits(whole), f"cut after {cut} records"
        assert len(study.of_kind("trial")) == len(whole.of_kind("trial"))
        kept = sum(record["kind"] == "trial" for record in whole.records[:cut])
        # Those that were there are not trained again to be compared.
        assert len(log.ends) == len(whole.of_kind("trial")) - kept
        assert study.compared == whole.compared


@pytest.mark.parametrize(("rows", "trials"), [(70, 45), (4_050, 30)])
def test_a_study_without_a_budget_is_extended_by_one_and_ends_the_same_after_any_record(
    problem, searched, bits, regularisers, rows, trials
):
    made, plan = problem(rows), regularisers()
    begun = searched(made, plan=plan)
    whole = searched(made, trials, plan=plan, records=begun.records)
    assert (whole.networks, whole.has_rounds, whole.end_reason) == (trials, True, "trials")
    assert whole.compared == begun.compared
    assert whole.of_kind("trial")[: begun.networks] == begun.of_kind("trial")
    for cut in range(len(begun.records), len(whole.records), 4):
        assert bits(searched(made, trials, plan=plan, records=whole.records[:cut])) == bits(whole), f"cut after {cut} records"
    # Nothing more is asked for, and nothing is done.
    assert searched(made, plan=plan, records=whole.records).networks == trials


def test_what_is_finished_is_not_trained_again(problem, searched, bits):
    made, log = problem(70), Log()
    whole = searched(made, 12)
    again = searched(made, 12, records=whole.records, callback=log)
    assert bits(again)[1:] == bits(whole)[1:]
    assert log.ends == []
    assert again.records == whole.records
    more = searched(made, 40, records=whole.records)
    assert more.networks == 40
    told = whole.of_kind("trial")
    assert more.of_kind("trial")[: len(told)] == told


def test_stopped_and_gone_on_with_it_ends_the_same(problem, searched, bits, held_after):
    made, log = problem(70), Log(7)
    whole = searched(made, 30)
    with held_after(7):
        cut = searched(made, 30, callback=log)
    assert cut.interrupted
    assert cut.model is not None
    assert 0 < cut.networks < 30
    assert bits(searched(made, 30, records=cut.records))[1:] == bits(whole)[1:]


def test_stopped_before_anything_was_trained_there_is_nothing(problem, searched):
    with pytest.raises(KeyboardInterrupt):
        searched(problem(70), 30, callback=lambda event: True)


class Losing:
    """Trains the networks of so many runs, then its cluster is gone."""

    def __init__(self, runs):
        self.left, self.asked, self.train_all = runs, 0, tasks.train_all

    def __call__(self, *order):
        self.asked += 1
        if self.asked > self.left:
            return {}, "the scheduler was lost"
        return self.train_all(*order)


@pytest.mark.parametrize("rows", [70, 2_050])
def test_a_cluster_that_is_lost_before_anything_was_trained_is_no_ctrl_c(problem, searched, rows, monkeypatch):
    monkeypatch.setattr(tasks, "train_all", Losing(0))
    with pytest.raises(ClusterError, match="the scheduler was lost before any network was trained"):
        searched(problem(rows), 30)


@pytest.mark.parametrize("rows", [70, 2_050])
def test_a_cluster_that_is_lost_later_ends_with_what_was_found_and_is_not_asked_again(problem, searched, rows, monkeypatch):
    cluster = Losing(2)
    monkeypatch.setattr(tasks, "train_all", cluster)
    study = searched(problem(rows), 60)
    assert study.interrupted
    assert study.model is not None
    assert cluster.asked == 3


# === Budgets ===


@pytest.mark.parametrize("trials", [1, 2, 3, 7, 16, 17, 33])
@pytest.mark.parametrize("rows", [50, 2_050])
def test_a_budget_in_trials_is_kept_exactly(problem, searched, rows, trials):
    log = Log()
    study = searched(problem(rows), trials, callback=log)
    assert study.networks == trials
    assert study.end_reason == "trials"
    assert max(event.done for event in log.ends) == trials
    assert {event.total for event in log.ends} == {trials}
    assert sorted({trial.number for trial in study.trials}) == list(range(trials))


@pytest.mark.parametrize("rows", [80, 2_050])
@pytest.mark.parametrize("used", [0.0, 2.0])
def test_a_budget_in_seconds_is_kept(problem, rows, used, clock):
    made = problem(rows)
    clock.now = used
    study = run_search(made, Budget(10.0, begin=0.0), Journal.open(None, made.header(0)), n_jobs=1)
    assert study.end_reason == "time"
    assert 8.0 < study.seconds <= 11.0
    assert study.seconds == pytest.approx(clock.now, abs=1e-3)
    assert study.overhead < 0.05
    assert study.networks > 20


def test_a_target_that_is_met_ends_it(problem, searched):
    study = searched(problem(80, target_error=0.99), 60)
    assert study.end_reason == "target met"
    assert study.networks == 5


def test_three_rounds_without_gain_end_it(tiny, searched, set_problem):
    rng = np.random.default_rng(0)
    noise = set_problem(pd.DataFrame(rng.normal(size=(80, 2)), columns=["a", "b"]), pd.Series(rng.integers(0, 2, 80), name="y"))
    study = searched(noise, 400)
    assert study.end_reason == "three rounds"
    kept = [record["choice"]["kept"] for record in study.rounds]
    assert kept[-3:] == [False, False, False]
    same = searched(noise, 400, records=study.records)
    assert same.records == study.records
    more = searched(noise, 600, records=study.records)
    assert len(more.rounds) >= len(study.rounds) + 2
    assert searched(noise, 600, records=more.records).records == more.records


# === How it goes on ===


def test_each_round_trains_what_the_verdict_asks_for(problem, searched):
    from wellfit.remedies.remedies import FOR_BIAS, FOR_VARIANCE, REFINING

    lists = {"bias": FOR_BIAS, "variance": FOR_VARIANCE, "neither": REFINING}
    study = searched(problem(70), 120)
    rounds = study.rounds[1:]
    assert rounds
    for record in rounds:
        named = {name for each in record["candidates"] for name in each["change"].split(" + ")}
        assert named <= set(lists[record["move"]])
    sure = {"underfits": "bias", "overfits": "variance"}
    assert rounds[0]["move"] == sure.get(rounds[0]["verdict"], "neither")


def test_halving_trains_ever_fewer_networks_ever_longer(problem, searched):
    study = searched(problem(2_050), 59)
    first = study.rounds[1]
    names = [each["keep"] for each in first["rungs"]]
    assert names == sorted(names, reverse=True)
    of_round = [record for record in study.of_kind("trial") if record["round"] == 1 and record["change"] != "plain"]
    by_rung = [[record for record in of_round if record["rung"] == rung] for rung in range(3)]
    assert len(by_rung[0]) == len(first["candidates"]) >= 16
    assert len(by_rung[1]) == names[0] < len(by_rung[0])
    assert max(record["epochs"] for record in by_rung[0]) < max(record["epochs"] for record in by_rung[1])
    # Those that went on are the best of the first rung.
    went_on = {record["number"] for record in by_rung[1]}
    costs = sorted(by_rung[0], key=lambda record: record["dev_cost"])
    assert {record["number"] for record in costs[: names[0]]} == went_on


def test_with_folds_the_best_error_is_that_of_a_setting_over_all_of_them(problem, searched):
    for task in ("classification", "regression"):
        log = Log()
        study = searched(problem(70, task=task), 30, callback=log, n_jobs=1)
        told = [event.best_error for event in log.ends]
        assert told[:4] == [None] * 4
        assert told[4] == pytest.approx(study.rounds[0]["choice"]["dev_error"][0])
        assert told[4:] == sorted(told[4:], reverse=True)
        lucky = min(trial.dev_error for trial in study.trials)
        assert lucky < told[-1]


def test_it_tells_what_it_does(problem, searched):
    log = Log()
    study = searched(problem(70), 30, callback=log)
    assert log.texts == list(study.messages)
    assert any("Trying" in words and "dev error" in words for words in log.texts)
    assert any(": kept" in words or "not significantly better" in words for words in log.texts)
    frame = study.to_frame()
    assert len(frame) == 30
    assert {"change", "dev_error", "hidden", "dropout", "l2"} <= set(frame.columns)
    assert "\n30 networks in " in str(study)
    assert study.verdict.word in ("underfits", "overfits", "fits", "undecided")
    assert study.dev_error.low <= study.dev_error.estimate <= study.dev_error.high
    assert len(study.histories) == len(study.model.networks)


# === What it must not see ===


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_test_rows_change_nothing_before_they_are_read(table_of, bits, task):
    frame, target = table_of(80, task=task)
    one = wellfit.search(frame, target, max_trials=8)
    test = sorted(set(range(80)) - set(_rows_of(frame, target, task)))
    other, others = frame.copy(), target.copy()
    other.loc[test, ["a", "b"]] = 1e3
    if task == "regression":
        others[test] = others[test].to_numpy()[::-1]
    two = wellfit.search(other, others, max_trials=8)
    assert bits(one)[1:] == bits(two)[1:]
    for kind in ("references", "trial", "choice"):
        # Networks of a round are written as they are ready.
        told = [sorted(study.of_kind(kind), key=lambda record: (record.get("number"), record.get("rung"))) for study in (one, two)]
        for mine, theirs in zip(*told, strict=True):
            assert {**mine, "seconds": 0, "elapsed": 0} == {**theirs, "seconds": 0, "elapsed": 0}
    assert one.test_reads == two.test_reads == 1


def _rows_of(frame, target, task):
    from wellfit.spec import Data
    from wellfit.table.target import read_target
    from wellfit.table.train_dev_test import split_rows

    return split_rows(read_target(target, task), Data(target="y", task=task, dev_fraction=0.0, test_fraction=0.2, seed=0)).train


def test_the_journal_counts_every_reading(table_of, tmp_path):
    frame, target = table_of(80)
    path = tmp_path / "study.jsonl"
    first = wellfit.search(frame, target, max_trials=6, out=path)
    assert first.test_reads == 1
    assert wellfit.search(frame, target, max_trials=6, out=path).test_reads == 1
    assert wellfit.search(frame, target, max_trials=9, out=path).test_reads == 2
    read = Study.read(path)
    assert read.networks == 9
    assert read.model is None
    assert read.test_error.estimate == read.of_kind("test")[-1]["error"][0]
    with pytest.raises(wellfit.errors.JournalError):
        wellfit.search(frame, target, max_trials=6, out=path, random_state=1)


def test_without_test_rows_nothing_is_read(table_of):
    frame, target = table_of(60)
    study = wellfit.search(frame, target, max_trials=2, test_fraction=0.0)
    assert study.test_reads == 0
    assert study.of_kind("start")[0]["rows"] == 60


# === Odd tables ===


def odd_tables():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 3))
    many = np.repeat(np.arange(150), 3)
    wild = X[:, 0].copy()
    wild[3] = 1e9
    return {
        "150 classes": (rng.normal(size=(450, 4)) + many[:, None], [f"class {code}" for code in many]),
        "one column": (X[:, :1], X[:, 0] > 0),
        "outlier": (X, wild),
        "ten rows": (X[:10], [0, 1] * 5),
        "ten numbers": (X[:10], X[:10, 0]),
        "rare class": (X, ["a"] * 118 + ["b"] * 2),
        "constant column": (np.c_[X, np.ones(120)], X[:, 0] > 0),
        "counts": (X, rng.poisson(50, 120)),
    }


@pytest.mark.parametrize("name", odd_tables())
@pytest.mark.filterwarnings("ignore::wellfit.errors.DataWarning")
def test_odd_tables(name):
    X, y = odd_tables()[name]
    study = wellfit.search(X, y, max_trials=20, task="classification" if name == "150 classes" else "auto")
    assert study.networks == 20
    assert np.isfinite(study.test_error.estimate)
    frame = pd.DataFrame(X, columns=[f"column {number + 1}" for number in range(np.shape(X)[1])])
    assert len(study.model.predict(frame)) == len(y)


def test_weights_groups_and_categories_are_heard(table_of):
    frame, target = table_of(90)
    frame["code"] = np.arange(90) % 4
    study = wellfit.search(
        frame,
        target,
        max_trials=6,
        sample_weight=np.linspace(0.1, 2.0, 90),
        groups=np.repeat(np.arange(30), 3),
        categorical_features=["code"],
    )
    assert any(name.startswith("code = ") for name in study.model.preparation.names)
    plain = wellfit.search(frame, target, max_trials=6, groups=np.repeat(np.arange(30), 3), categorical_features=[4])
    assert plain.records[1] != study.records[1] or plain.to_frame().dev_cost.tolist() != study.to_frame().dev_cost.tolist()


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"time_budget": 0.5}, SpecError, "time_budget must be at least 1 second"),
        ({"max_trials": 0}, SpecError, "max_trials must be at least 1"),
        ({"y": [1] * 3}, DataError, "the same number of rows"),
        ({"y": ["a"] * 60}, DataError, "only one class"),
        ({"sample_weight": np.zeros(60)}, DataError, "sample_weight"),
        ({"sample_weight": np.ones(3)}, DataError, "sample_weight"),
        ({"groups": np.zeros(60)}, DataError, "group"),
        ({"target_error": 7.0}, SpecError, "target error"),
        ({"test_fraction": 1.5}, SpecError, "test_fraction"),
        ({"categorical_features": [99]}, SpecError, "categorical_features"),
        ({"categorical_features": ["nonsense"]}, DataError, "nonsense"),
        ({"task": "nonsense"}, SpecError, "task"),
        ({"random_state": -1}, SpecError, "random_state must be at least 0"),
        ({"random_state": "0"}, SpecError, "random_state must be a whole number"),
    ],
)
def test_bad_input_is_one_clear_line(table_of, changes, error, said):
    frame, target = table_of(60)
    y = changes.pop("y", target)
    with pytest.raises(error, match=said) as caught:
        wellfit.search(frame, y, **({"max_trials": 2} | changes if "time_budget" not in changes else changes))
    assert "\n" not in str(caught.value)


def test_a_journal_in_memory_or_in_a_file_tells_the_same(problem, bits, tmp_path):
    from wellfit.study.run import run_search
    from wellfit.study.trial import Budget

    made = problem(60)
    with Journal.open(tmp_path / "j.jsonl", made.header(0)) as journal:
        kept = run_search(made, Budget(trials=8), journal)
    assert bits(kept) == bits(run_search(made, Budget(trials=8), Journal.open(None, made.header(0))))
    assert Study.read(tmp_path / "j.jsonl").messages == kept.messages
