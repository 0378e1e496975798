"""Running a study: references and a plain network, rounds of trials, and a model at the end."""

from __future__ import annotations

import math
import time
from typing import Any

from wellfit.engines.api import get_engine
from wellfit.engines.types import Engine
from wellfit.errors import DataError
from wellfit.events import Callback
from wellfit.plurals import counted
from wellfit.spec import Spec
from wellfit.study.average import judge_average
from wellfit.study.choice import MEMBERS, Chosen, Entry, available_entries, choose, entries_of
from wellfit.study.cost_model import CostModel
from wellfit.study.final import Final, finish
from wellfit.study.journal import Journal
from wellfit.study.plans import RECIPE, Plan
from wellfit.study.problem import SearchProblem
from wellfit.study.requests import Repeat, TrialRequest
from wellfit.study.round_records import verdict_record
from wellfit.study.rounds import ROUNDS_WITHOUT_GAIN, Rounds
from wellfit.study.study import Study
from wellfit.study.trainer import Trainer
from wellfit.study.trial import Budget, ends_of
from wellfit.study.warm_up import prepared, reference_of, warm
from wellfit.training.fit import DEFAULT_ENGINE
from wellfit.training.result import History
from wellfit.training.tasks import at_once

__all__ = ["run_search"]

# Shares of a budget in seconds.
MOST_OF_FINAL = 0.28
# What is kept back beside the last training itself: its table, and what the clock cannot foresee.
KEPT_BACK = 0.03
LATE = 1.04
# Of what is left: to train again the best of an earlier session, which may be averaged.
SHARE_TO_RECALL = 0.33
MOST_WITHOUT_MODEL = 0.85


def run_search(
    problem: SearchProblem,
    budget: Budget,
    journal: Journal,
    *,
    plan: Plan = RECIPE,
    seed: int = 0,
    n_jobs: int | None = None,
    engine: str | Engine = DEFAULT_ENGINE,
    callback: Callback | None = None,
) -> Study:
    """Run a study, or resume one from its journal.

    With a budget in trials the result is a function of problem and seed: the same bits on any number of workers, in one go or interrupted
    anywhere and resumed. Without a budget nothing follows the plan, unless it is the recipe. Raises `KeyboardInterrupt` if it is stopped
    before any network was trained.
    """
    computer = get_engine(engine) if isinstance(engine, str) else engine
    before = time.perf_counter()
    warm(problem, computer)
    begin = budget.begin + (time.perf_counter() - before)
    cost_model = CostModel(budget, at_once(n_jobs), begin)
    folds, plain = prepared(problem, journal, cost_model, computer, seed)
    trainer = Trainer(problem, folds, journal, cost_model, seed=seed, n_jobs=n_jobs, engine=computer, callback=callback)
    rounds = Rounds(trainer, reference_of(trainer))
    reason = _run_rounds(rounds, plan, plain)
    final, chosen = _model(rounds, plan, plain, reason)
    judged: dict[str, Any] = {}
    if plan.name == "fixed" and rounds.best is not None:
        found = judge_average(final.model, trainer.table(0), trainer.folds[0], problem.metric_of(trainer.table(0)), rounds.reference)
        judged = {"judged": verdict_record(found)}
    _close(trainer, final, chosen, reason, judged)
    return Study(journal.header, journal.records, final.model, final.histories, _curves(rounds))


# === The search ===


def _run_rounds(rounds: Rounds, plan: Plan, plain: Spec) -> str:
    """Run all rounds, and return why the search ended."""
    trainer, cost_model = rounds.trainer, rounds.trainer.cost_model
    # Without it there is no model; so it may use the reserve, too.
    rounds.run_initial(plan, plain, MOST_WITHOUT_MODEL * cost_model.limit)
    known, resets = _ends_passed(trainer)
    while True:
        if trainer.is_over():
            return "interrupted"
        if rounds.best is None:
            return "time" if cost_model.is_timed and cost_model.left < 0.5 * cost_model.limit else "diverged"
        if rounds.number >= known and plan.name != "recipe" and not trainer.budget.is_limited:
            return "planned"
        if rounds.number in resets:
            # The study was extended after an end: two rounds at least.
            rounds.without_gain = min(rounds.without_gain, ROUNDS_WITHOUT_GAIN - 2)
        until = cost_model.limit - _reserve(rounds, rounds.best.spec)
        if rounds.number == known and cost_model.is_timed:
            available_entries(trainer, _pool(rounds), cost_model.elapsed + SHARE_TO_RECALL * (until - cost_model.elapsed))
        if rounds.number >= known:
            reason = _end_reason(rounds, until)
            if reason is not None:
                return reason
        if not rounds.step(until):
            if trainer.is_over():
                return "interrupted"
            rounds.spend_rest(cost_model.limit - _reserve(rounds, rounds.best.spec))
            return "interrupted" if trainer.is_over() else "time" if cost_model.is_timed and trainer.trials_left > 0 else "trials"
        drawn = [trial for each in rounds.compared.values() for trial in each.trials.values()]
        trainer.forget([*rounds.best.trials.values(), *drawn, *(trial for entry in _pool(rounds) for trial in entry.trials)])


def _end_reason(rounds: Rounds, until: float) -> str | None:
    """Return why there is no further round; None if there is one."""
    target = rounds.trainer.problem.target_error
    if rounds.best is not None and target is not None and rounds.best.verdict.dev.estimate <= target:
        return "target met"
    if rounds.without_gain >= ROUNDS_WITHOUT_GAIN:
        return "three rounds"
    return "time" if rounds.trainer.cost_model.elapsed >= until else None


def _ends_passed(trainer: Trainer) -> tuple[int, set[int]]:
    """Return the last round in the journal, and the rounds after which the study ended before it was resumed."""
    known, granted, ends = 0, None, []
    for record in trainer.journal.records:
        if record["kind"] == "round":
            known = int(record["round"])
        elif record["kind"] == "session":
            granted = record["max_trials"]
        elif record["kind"] == "end" and record["reason"] != "interrupted":
            ends.append((known, record["trials"] if granted is None else granted))
    budget = trainer.budget
    wanted = math.inf if budget.seconds is not None or budget.trials is None else budget.trials
    return known, {number for number, trials in ends if number < known or wanted > trials}


def _reserve(rounds: Rounds, spec: Spec) -> float:
    """Return the seconds to keep back for the last training."""
    trainer, cost_model = rounds.trainer, rounds.trainer.cost_model
    if not cost_model.is_timed:
        return 0.0
    rows, likely = len(trainer.problem.rows_of_the_model), _pool(rounds)[:MEMBERS]
    each = [cost_model.seconds(entry.spec, rows, 0, entry.epochs) for entry in likely] or [cost_model.seconds(spec, rows, 0)]
    wanted = max(max(each), MEMBERS * sum(each) / len(each) / cost_model.workers)
    return min(MOST_OF_FINAL * cost_model.limit, wanted + cost_model.table_seconds) + KEPT_BACK * cost_model.limit


# === The end ===


def _curves(rounds: Rounds) -> dict[str, tuple[History, ...]]:
    """Return how the best networks of each regulariser were trained, where the initial round compared them."""
    kept, found = rounds.trainer.kept, {}
    for change, each in rounds.compared.items():
        found[change] = tuple(kept[trial.key].history for trial in each.trials.values() if trial.key in kept)
    return {change: histories for change, histories in found.items() if histories} if len(found) > 1 else {}


def _pool(rounds: Rounds) -> list[Entry]:
    """Return the networks that may be averaged."""
    return entries_of(rounds.trainer, rounds.planner.repeats(rounds.planner.whole))


def _model(rounds: Rounds, plan: Plan, plain: Spec, reason: str) -> tuple[Final, Chosen]:
    """Choose the networks that are averaged, and train them on all rows."""
    trainer, cost_model = rounds.trainer, rounds.trainer.cost_model
    kept_back = _reserve(rounds, plain if rounds.best is None else rounds.best.spec)
    pool = available_entries(trainer, _pool(rounds) or [_fallback(trainer, plain)], cost_model.limit - kept_back)
    if not pool:
        # Before the networks of an earlier session were there again: the journal has them, and nothing is to be added.
        raise trainer.interruption_error
    chosen = choose(trainer, pool)
    problem = trainer.problem
    rows, most = problem.rows_of_the_model, len(trainer.folds[0].train)
    # Rows that were too many to be trained on before still are; and where there are no more there is nothing new to see.
    pays_off = plan.name != "fixed" and reason != "interrupted" and most < len(rows) <= 2 * most
    if pays_off and cost_model.is_timed:
        needed = cost_model.seconds(chosen.entries[0].spec, len(rows), 0, chosen.entries[0].epochs)
        pays_off = needed + cost_model.table_seconds <= LATE * cost_model.limit - cost_model.elapsed
    # Folds leave no preparation that all their networks share.
    refit = pays_off or bool(trainer.folds.n_splits)
    return finish(trainer, chosen, LATE * cost_model.limit, refit=refit), chosen


def _fallback(trainer: Trainer, plain: Spec) -> Entry:
    """Return a network where none came to its end everywhere: the best that did somewhere, or was broken off, or one of a single epoch."""
    trial = min(trainer.registry.whole(), key=lambda trial: trial.dev_cost, default=None) or trainer.broken_off()
    if trial is None and not trainer.is_over():
        (trial,) = trainer.train([TrialRequest("plain", plain, Repeat(0), 0, 1)])
    if trial is None:
        raise trainer.interruption_error
    if not math.isfinite(trial.dev_cost):
        raise DataError("all networks diverged; look for outliers in the target.")
    return Entry(trial.spec, (trial,))


def _close(trainer: Trainer, final: Final, chosen: Chosen, reason: str, judged: dict[str, Any]) -> None:
    """Write model and end into the journal, unless all was there before."""
    journal, cost_model, metric = trainer.journal, trainer.cost_model, trainer.problem.metric
    written = next((record["members"] for record in reversed(journal.records) if record["kind"] == "model"), None)
    is_new = written != final.members
    if not trainer.has_session and not is_new and any(record["kind"] == "end" and record["reason"] == reason for record in journal.records):
        return
    # A process may have come to its end between the model's line and the next.
    is_new |= journal.records[-1]["kind"] != "model"
    trainer.open_session()
    many = len(final.members)
    old = many - final.refit
    how = f"trained on all {counted(final.rows, 'row')}" if not old else f"as trained on {counted(final.rows, 'row')}"
    if old and final.refit:
        how = f"{old} as chosen, {final.refit} trained again on all {counted(final.rows, 'row')}"
    networks = "one network" if many == 1 else f"average of {counted(many, 'network')}"
    words = f"The model: {networks}, {how}; its dev {metric.name} is {metric.show(chosen.dev.estimate)}."
    if is_new:
        journal.append(
            {
                "kind": "model",
                "members": final.members,
                "refit": final.refit > 0,
                "as_chosen": many - final.refit,
                "rows": final.rows,
                "dev_error": ends_of(chosen.dev),
                "temperature": chosen.temperature,
                "words": words,
                "elapsed": round(cost_model.elapsed, 3),
                **judged,
            }
        )
    trainer.say(words)
    ends = {
        "target met": "The target error is reached.",
        "time": "The time budget is used up.",
        "trials": "All trials are used up.",
        "planned": "All settings are trained.",
        "three rounds": "Three rounds brought no improvement: the search ends.",
        "interrupted": "Interrupted: this is the best so far.",
        "diverged": "All networks diverged: lower the learning rate, or look for outliers in the table.",
    }
    searched = max(cost_model.elapsed - cost_model.used_before, time.get_clock_info("perf_counter").resolution)
    journal.append(
        {
            "kind": "end",
            "reason": reason,
            "words": ends[reason],
            "trials": len(trainer.finished),
            "seconds": round(cost_model.elapsed, 3),
            "overhead": round(1.0 - min(1.0, cost_model.training / searched), 4),
        }
    )
    trainer.say(ends[reason])
