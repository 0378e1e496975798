"""The comparison of regularisers: what is chosen, on which rows, and what an interruption, a divergence or a small budget leaves."""

import dataclasses
import math

import numpy as np
import pytest

from wellfit.errors import ClusterError, SpecError
from wellfit.events import TrialEnd
from wellfit.spec import Spec
from wellfit.study.journal import Journal
from wellfit.study.pages.tried import settings_tried, tried_by_kind
from wellfit.study.plans import DEFAULT, REGULARISATION, REGULARISERS
from wellfit.study.run import run_search
from wellfit.study.trial import Budget, interval_of
from wellfit.table.split import Fold

pytestmark = pytest.mark.usefixtures("tiny")

# Compared by folds, and by one dev part.
ROWS = [70, 4_050]
WIDE = {"hidden": ((6,), (8,)), "l2": (0.1, 1.0)}


class Count:
    """Counts networks; stops the search after so many."""

    def __init__(self, most=math.inf):
        self.done, self.most = [], most

    def __call__(self, event):
        if isinstance(event, TrialEnd):
            self.done.append((event.done, event.total))
        return len(self.done) >= self.most


def timeless(record):
    return {name: value for name, value in record.items() if name not in ("elapsed", "seconds")}


# === What is chosen ===


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_each_regulariser_is_shown_at_its_best_setting_and_the_best_of_all_is_kept(problem, searched, regularisers, rows, task):
    study = searched(problem(rows, task=task), plan=regularisers(**WIDE))
    assert study.end_reason == "planned"
    assert [each["change"] for each in study.compared] == list(REGULARISERS)
    costs = {}
    for each in study.compared:
        trials = [trial for trial in study.trials if trial.change == each["change"]]
        settings = {trial.spec for trial in trials}
        assert (each["networks"], each["settings"], each["diverged"]) == (len(trials), len(settings), 0)
        means = [np.mean([trial.dev_cost for trial in trials if trial.spec == spec]) for spec in settings]
        found = [trial for trial in trials if trial.spec.to_dict() == each["spec"]]
        costs[each["change"]] = np.mean([trial.dev_cost for trial in found])
        assert costs[each["change"]] == pytest.approx(min(means))
    best = study.best
    assert costs[best["change"]] == min(costs.values())
    assert best["spec"] in [each["spec"] for each in study.compared]


@pytest.mark.parametrize("rows", ROWS)
def test_errors_lie_within_their_intervals_and_the_gap_is_their_difference(problem, searched, regularisers, rows):
    for each in searched(problem(rows), plan=regularisers()).compared:
        train, dev, gap = (interval_of(each[name]) for name in ("train_error", "dev_error", "gap"))
        assert train.low <= train.estimate <= train.high
        assert dev.low <= dev.estimate <= dev.high
        assert gap.low < gap.estimate < gap.high
        assert gap.estimate == pytest.approx(dev.estimate - train.estimate)
        assert each["verdict"] in ("underfits", "overfits", "fits", "undecided")


def test_a_network_for_each_setting_and_seed_or_fold(problem, searched, regularisers):
    assert searched(problem(4_050), plan=regularisers(seeds=3)).networks == 4 * 3
    # Folds are trained on all, however few seeds there are.
    assert searched(problem(70), plan=regularisers(seeds=2)).networks == 4 * 5
    assert searched(problem(70), plan=regularisers(seeds=6)).networks == 4 * 10


def test_more_seeds_leave_the_first_as_they_were(problem, searched, regularisers):
    few, more = (searched(problem(4_050), plan=regularisers(seeds=seeds)) for seeds in (2, 3))
    first = {(trial.spec, trial.seed): trial.dev_cost for trial in few.trials}
    assert first.items() <= {(trial.spec, trial.seed): trial.dev_cost for trial in more.trials}.items()
    other = searched(problem(4_050), plan=regularisers(), seed=1)
    assert not {trial.seed for trial in other.trials} & {trial.seed for trial in more.trials}


def test_the_default_network_is_compared_unless_settings_are_requested(problem, searched, regularisers):
    whole = searched(problem(40), plan=REGULARISATION)
    assert [each["change"] for each in whole.compared] == [*REGULARISERS, DEFAULT]
    assert whole.compared[-1]["spec"] == whole.of_kind("start")[0]["plain"]
    assert DEFAULT not in {trial.change for trial in searched(problem(40), plan=regularisers()).trials}


def test_networks_are_counted_as_they_come(problem, searched, regularisers):
    count = Count()
    study = searched(problem(70), plan=regularisers(), callback=count)
    assert count.done == [(done, 20) for done in range(1, 21)]
    assert study.networks == 20
    assert {tuple(map(len, (histories, study.curves))) for histories in study.curves.values()} == {(5, 4)}


def test_without_a_budget_no_round_follows_and_with_one_rounds_do(problem, searched, regularisers):
    planned = searched(problem(70), plan=regularisers())
    assert (planned.end_reason, planned.has_rounds) == ("planned", False)
    limited = searched(problem(70), 80, plan=regularisers())
    assert (limited.end_reason, limited.has_rounds) == ("trials", True)
    assert [timeless(each) for each in limited.compared] == [timeless(each) for each in planned.compared]
    recipe = searched(problem(70), 30)
    assert recipe.has_rounds
    assert recipe.compared == []
    assert recipe.curves == {}


# === Which rows do what ===


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_dev_rows_choose_but_do_not_train(problem, searched, regularisers, task):
    train, dev = np.arange(60), np.arange(60, 90)
    made = problem(90, task=task, folds=[Fold(train, dev)])
    values = made.values.copy()
    values[dev] = 1 - values[dev] if task == "classification" else values[dev][::-1]
    target = dataclasses.replace(made.table.target, values=values)
    other = dataclasses.replace(made, table=dataclasses.replace(made.table, target=target))
    one, two = (searched(each, plan=regularisers()) for each in (made, other))
    for change, histories in one.curves.items():
        for mine, theirs in zip(histories, two.curves[change], strict=True):
            assert mine.cost.tobytes() == theirs.cost.tobytes()
            assert mine.dev_cost.tobytes() != theirs.dev_cost.tobytes()
    for mine, theirs in zip(one.compared, two.compared, strict=True):
        assert mine["train_error"][0] == theirs["train_error"][0]
        if task == "classification":
            assert theirs["dev_error"][0] == pytest.approx(1 - mine["dev_error"][0])


def test_a_target_error_is_what_bias_is_measured_from(problem, searched, regularisers):
    study = searched(problem(70, target_error=0.0), plan=regularisers(epochs=1))
    assert study.of_kind("references")[0]["asked_name"] == "the target error"
    assert study.verdict.word == "underfits"
    with pytest.raises(SpecError, match="target error"):
        problem(70, target_error=2.0)


# === Interruption ===


@pytest.mark.parametrize("rows", ROWS)
def test_an_interrupted_comparison_keeps_what_is_done_and_is_completed_later(problem, searched, regularisers, bits, held_after, rows):
    made, plan = problem(rows), regularisers(**WIDE)
    whole = searched(made, plan=plan)
    most = whole.networks // 2
    with held_after(most):
        cut = searched(made, plan=plan, callback=Count(most), n_jobs=1)
    assert cut.interrupted
    assert most <= cut.networks < whole.networks
    assert cut.of_kind("choice")[0]["is_whole"] is False
    assert any("verdict" in each for each in cut.compared)
    assert all(np.isfinite(network.parameters).all() for network in cut.model.networks)
    done = searched(made, plan=plan, records=cut.records)
    assert [each["is_whole"] for each in done.of_kind("choice")] == [False, True]
    assert [timeless(each) for each in done.compared] == [timeless(each) for each in whole.compared]
    # What was told differs by the first choice.
    assert bits(done)[1:] == bits(whole)[1:]
    assert tried_by_kind(done) == tried_by_kind(whole)
    assert settings_tried(done) == settings_tried(whole)


def test_a_comparison_that_was_interrupted_is_completed_before_it_is_extended(problem, searched, regularisers, held_after):
    made, plan = problem(70), regularisers()
    with held_after(8):
        cut = searched(made, 80, plan=plan, callback=Count(8), n_jobs=1)
    whole, resumed = searched(made, 80, plan=plan), searched(made, 80, plan=plan, records=cut.records)
    assert [timeless(each) for each in resumed.compared] == [timeless(each) for each in whole.compared]
    assert [trial.dev_cost for trial in resumed.trials] == [trial.dev_cost for trial in whole.trials]


@pytest.mark.parametrize(
    ("lost", "error"), [("", KeyboardInterrupt), ("the scheduler was lost", ClusterError)], ids=["Ctrl-C", "a scheduler that was lost"]
)
def test_an_interruption_before_anything_is_useful_is_passed_on(problem, searched, regularisers, monkeypatch, lost, error):
    monkeypatch.setattr("wellfit.training.tasks.train_all", lambda *_: ({}, lost))
    with pytest.raises(error, match=lost or "^$"):
        searched(problem(70), plan=regularisers())


# === Divergence ===


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_learning_rate_of_a_million_ends_as_diverged_with_finite_weights(problem, searched, regularisers, rows, task):
    made, plan = problem(rows, task=task), regularisers(learning_rate=1e6, hidden=((16, 16),), epochs=20)
    study = searched(made, plan=plan)
    assert study.end_reason == "diverged"
    assert study.best is study.verdict is None
    assert [each["change"] for each in study.compared] == list(REGULARISERS)
    for each in study.compared:
        assert each["divergence"].startswith("diverged at epoch ")
        assert each["diverged"] == each["networks"] > 0
        assert "dev_error" not in each
    assert study.divergence == study.compared[0]["divergence"]
    assert all(np.isfinite(network.parameters).all() for network in study.model.networks)
    assert np.isfinite(study.dev_error.estimate)
    again = searched(made, plan=plan, records=study.records)
    assert again.records == study.records
    assert searched(made, 80, plan=plan, records=study.records).end_reason == "diverged"


def test_settings_that_diverged_are_not_chosen_though_others_of_the_regulariser_are(problem, searched, regularisers):
    study = searched(problem(4_050, task="regression"), plan=regularisers(l2=(0.1, 1e9)))
    found = {each["change"]: each for each in study.compared}
    assert (found["L2"]["settings"], found["L2"]["networks"], found["L2"]["diverged"]) == (2, 4, 2)
    assert found["L2"]["spec"]["training"]["l2"] == 0.1
    assert found["L2"]["divergence"] is None
    assert study.divergence == ""
    assert found["no regularisation"]["diverged"] == 0


def test_where_one_regulariser_diverges_the_others_are_compared(problem, searched, regularisers):
    study = searched(problem(4_050, task="regression"), plan=regularisers(l2=(1e9,)))
    verdicts = {each["change"]: each.get("verdict") for each in study.compared}
    assert verdicts["L2"] is verdicts["both"] is None
    assert all(verdicts[change] for change in ("no regularisation", "dropout"))
    assert study.end_reason == "planned"
    assert set(study.curves) == {"no regularisation", "dropout"}


# === Where there is no room for all ===


def settings_of(study):
    opening = study.rounds[0]
    return opening["move"], len(opening["candidates"]), len(opening["rungs"][0]["places"])


@pytest.mark.parametrize(
    ("trials", "expected"),
    [(180, ("regularisation", 12, 5)), (179, ("regularisation", 4, 5)), (60, ("regularisation", 4, 5)), (59, ("plain", 1, 5))],
)
def test_with_few_trials_there_is_one_setting_of_each_regulariser_and_with_fewer_the_plain_network(
    problem, searched, regularisers, trials, expected
):
    study = searched(problem(70), trials, plan=regularisers(**WIDE))
    assert settings_of(study) == expected
    assert [each["change"] for each in study.compared] == (list(REGULARISERS) if expected[0] == "regularisation" else [])
    assert study.best is not None


@pytest.mark.parametrize(
    ("seconds", "expected"), [(30.0, ("regularisation", 12, 5)), (10.0, ("regularisation", 4, 5)), (4.0, ("plain", 1, 5))]
)
def test_with_little_time_likewise(problem, regularisers, clock, seconds, expected):
    made = problem(70)
    journal = Journal.open(None, made.header(0))
    study = run_search(made, Budget(seconds, begin=0.0), journal, plan=regularisers(**WIDE), n_jobs=1)
    assert settings_of(study) == expected
    assert clock.now <= 1.05 * seconds
    assert study.best is not None


def test_a_study_that_began_with_the_plain_network_keeps_it(problem, searched, regularisers):
    begun = searched(problem(70), 30, plan=regularisers(**WIDE))
    more = searched(problem(70), plan=regularisers(**WIDE), records=begun.records)
    assert settings_of(more)[0] == "plain"
    assert more.compared == []
    assert more.end_reason == "planned"


# === Seeds ===


@pytest.mark.parametrize(("rows", "over"), [(80, "rows."), (4_050, "rows and seeds.")])
def test_the_page_says_what_the_intervals_are_over(problem, searched, regularisers, rows, over):
    text = str(searched(problem(rows), plan=regularisers()))
    assert f"Intervals are over {over}" in " ".join(text.split())


def test_all_seeds_of_a_setting_are_averaged(problem, searched, regularisers):
    study = searched(problem(4_050), plan=regularisers(seeds=5))
    for each in study.compared:
        spec = Spec.from_dict(each["spec"])
        errors = [trial.dev_error for trial in study.trials if trial.spec == spec]
        assert len(errors) == 5
        assert interval_of(each["dev_error"]).estimate == pytest.approx(np.mean(errors), abs=1e-6)
