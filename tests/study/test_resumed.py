"""Gone on with: after an end, after Ctrl-C, with little time; what earlier sessions trained counts, and costs little."""

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from wellfit.errors import ClusterError
from wellfit.events import TrialEnd
from wellfit.spec import Network, Spec, Training
from wellfit.study import run
from wellfit.study.choice import Entry, available_entries
from wellfit.study.cost_model import CostModel
from wellfit.study.rounds import Rounds
from wellfit.study.trainer import Trainer
from wellfit.study.trial import Budget, Trial
from wellfit.table.split import Fold

pytestmark = pytest.mark.usefixtures("tiny")

SPEC = Spec(Network(inputs=2, hidden=(3,)), Training(loss="squared_error", epochs=9))


def by_number(study):
    """Return the networks of a study, without their times."""
    return [{**trial.to_record(), "seconds": None} for trial in study.trials]


def trial_of(cost, number, part=0):
    return Trial(number, 1, "l2", SPEC, 0, part, 0, 9, 9, 9, "EPOCHS_USED_UP", cost, cost, cost, 0.1)


# === After an end ===


@pytest.mark.parametrize(("rows", "first", "then"), [(70, 18, 45), (2_050, 10, 30)])
def test_an_extension_that_was_cut_off_ends_as_in_one_go(problem, searched, bits, rows, first, then):
    made = problem(rows)
    begun = searched(made, first).records
    whole = searched(made, then, records=begun)
    for cut in range(len(begun), len(whole.records), 5):
        records = list(whole.records[:cut])
        kinds = [(record["kind"], record.get("round"), record.get("rung")) for record in records[-2:]]
        if kinds[0] == kinds[1]:
            # Networks of a rung are ready in any order: here the last one before that before it.
            del records[-2]
        study = searched(made, then, records=records)
        assert bits(study) == bits(whole), f"cut after {cut} records"
        assert by_number(study) == by_number(whole)


@pytest.fixture(scope="module")
def noise(set_problem):
    """A problem whose search ends soon: there is nothing to be learned."""
    rng = np.random.default_rng(0)
    return set_problem(pd.DataFrame(rng.normal(size=(80, 2)), columns=["a", "b"]), pd.Series(rng.integers(0, 2, 80), name="y"))


def test_an_extension_that_was_cut_off_before_its_first_round_is_one_still(noise, searched):
    ended = searched(noise, 400)
    assert ended.end_reason == "three rounds"
    more = searched(noise, 600, records=ended.records)
    cut = more.records[: len(ended.records) + 1]
    assert cut[-1]["kind"] == "session"
    again = searched(noise, 600, records=cut)
    assert len(again.rounds) == len(more.rounds) >= len(ended.rounds) + 2


def test_a_study_that_was_given_seconds_can_be_given_trials(noise, searched):
    made, ended = noise, searched(noise, 400)
    timed = [{**record, "max_trials": None, "time_budget": 60.0} if record["kind"] == "session" else record for record in ended.records]
    assert searched(made, ended.networks, records=timed).networks == ended.networks
    assert searched(made, ended.networks + 100, records=timed).networks > ended.networks


def test_a_session_that_came_to_another_model_says_so_though_it_compared_no_network(problem, searched):
    made = problem(70)
    ended = searched(made, 12)
    # As where an earlier session had time for more networks in the average, or for fewer.
    records = [{**record, "members": record["members"][:1]} if record["kind"] == "model" else record for record in ended.records]
    again = searched(made, 12, records=records)
    assert len(again.of_kind("model")) == 2
    assert again.of_kind("model")[-1]["members"] == ended.of_kind("model")[-1]["members"]
    assert again.end_reason == "trials"
    assert searched(made, 12, records=again.records).records == again.records


# === Nothing is trained twice without need ===


def test_in_one_go_no_network_is_trained_again(problem, searched, monkeypatch):
    again, missing = Trainer.again, []

    def watched(self, trials, until=math.inf):
        missing.extend(trial for trial in trials if trial.key not in self.kept)
        return again(self, trials, until)

    monkeypatch.setattr(Trainer, "again", watched)
    study = searched(problem(70), 160)
    assert any(len(record["rungs"]) == 3 for record in study.rounds)
    assert missing == []


def test_a_best_that_was_bettered_later_is_not_trained_again(problem, searched, monkeypatch):
    made = problem(70)
    whole = searched(made, 60)
    # As if each of the first two rounds had brought a better one.
    records = [{**each, "kept": True} if each["kind"] == "choice" and each["round"] <= 2 else each for each in whole.records]
    kept = [each for each in records if each["kind"] == "choice" and each["kept"]]
    looked_at = []

    def evaluated(self, change, spec, before=Rounds._evaluated):
        looked_at.append(spec.to_dict())
        return before(self, change, spec)

    monkeypatch.setattr(Rounds, "_evaluated", evaluated)
    searched(made, 60, records=records)
    assert [each["round"] for each in kept] == [0, 1, 2]
    assert looked_at == [kept[0]["spec"], kept[2]["spec"]]


def test_what_is_trained_again_is_as_much_as_there_is_time_for():
    pool = [Entry(SPEC, (trial_of(number / 10, number),)) for number in range(6)]
    cost_model = CostModel(Budget(seconds=100.0), 2)
    cost_model.learn(SPEC, 8, 2, 9, 4.0)
    asked = []

    def again(trials, until=math.inf):
        asked.append((len(trials), until))
        trainer.kept.update(dict.fromkeys([trial.key for trial in trials]))

    folds = [Fold(np.arange(8), np.arange(8, 10))]
    # Keys go by specs and seeds, which are all the same here.
    for number, entry in enumerate(pool):
        object.__setattr__(entry.trials[0], "seed", number)
    trainer = SimpleNamespace(cost_model=cost_model, folds=folds, kept={pool[2].trials[0].key: None}, again=again)
    assert available_entries(trainer, pool, cost_model.elapsed + 4.5) == pool[:4]
    assert [count for count, _ in asked] == [1, 2]
    assert asked[1][1] < 10.0
    trainer.kept = {}
    assert available_entries(trainer, pool, cost_model.elapsed - 1.0) == pool[:1]
    assert available_entries(trainer, pool, math.inf) == pool


# === Ctrl-C ===


@pytest.mark.parametrize("rows", [70, 2_050])
def test_stopped_before_networks_of_an_earlier_session_are_there_again_it_changes_nothing(problem, searched, rows, monkeypatch):
    made = problem(rows)
    records = searched(made, 20).records
    cut = list(records[: len(records) // 2])
    with pytest.raises(KeyboardInterrupt):
        searched(made, 20, records=cut, callback=lambda event: True)
    monkeypatch.setattr("wellfit.training.tasks.train_all", lambda *_: ({}, "the scheduler was lost"))
    with pytest.raises(ClusterError, match="the scheduler was lost before any network was trained"):
        searched(made, 20, records=cut)


def test_stopped_after_some_of_the_folds_the_best_of_them_is_the_model():
    done = [trial_of(cost, number, part=number) for number, cost in enumerate((0.4, 0.2, 0.3))]
    registry = SimpleNamespace(whole=lambda: done)
    trainer = SimpleNamespace(registry=registry, broken_off=lambda: None, is_over=lambda: True)
    assert run._fallback(trainer, SPEC).trials == (done[1],)


def test_stopped_while_folds_are_trained_there_is_a_model(problem, searched, held_after):
    ends = []

    def follow(event):
        ends.extend([event] * isinstance(event, TrialEnd))
        return len(ends) >= 2

    with held_after(2):
        study = searched(problem(70), 30, callback=follow, n_jobs=1)
    assert study.interrupted
    assert study.networks < 5
    assert study.model is not None


@pytest.mark.parametrize("rows", [70, 2_050])
def test_stopped_while_a_choice_waits_for_networks_of_an_earlier_session_it_is_left_to_the_next(problem, searched, monkeypatch, rows):
    made, again, calls = problem(rows), Trainer.again, []
    whole = searched(made, 60)
    cut = next(place for place, record in enumerate(whole.records) if record["kind"] == "choice" and record["round"] == 1)

    def stopping(self, trials, until=math.inf):
        calls.append(trials)
        self.is_cancelled |= len(calls) == 2
        return again(self, trials, until)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "again", stopping)
        stopped = searched(made, 60, records=whole.records[:cut])
    assert stopped.interrupted
    assert len(stopped.of_kind("choice")) == 1
    ended = searched(made, 60, records=stopped.records)
    assert [record["words"] for record in ended.of_kind("choice")] == [record["words"] for record in whole.of_kind("choice")]


def test_what_is_left_is_spent_in_the_last_round(problem, searched):
    study = searched(problem(70), 18)
    assert max(trial.round for trial in study.trials) == study.rounds[-1]["round"]
