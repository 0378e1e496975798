"""Rounds: diagnose the best network so far, train what should improve it, keep what is significantly better."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from wellfit.judge.evaluation import SeedErrors
from wellfit.judge.intervals import Spread, pooled_spread
from wellfit.judge.references import Reference
from wellfit.plurals import counted
from wellfit.remedies.remedies import FOR_BIAS, FOR_VARIANCE, REFINING, Candidate
from wellfit.spec import Spec
from wellfit.study.evaluation import Evaluated, evaluate, gain_of
from wellfit.study.planning import FINALISTS, MOST_SEEDS, SEEDS, InitialRound, Planner, Rung
from wellfit.study.plans import Plan, label_of
from wellfit.study.requests import Repeat, TrialRequest
from wellfit.study.round_records import RoundPlan, RoundRecords, evaluated
from wellfit.study.trainer import Trainer
from wellfit.study.trial import Trial

__all__ = ["ROUNDS_WITHOUT_GAIN", "Rounds"]

ROUNDS_WITHOUT_GAIN = 3
# The average is made of the best few: a round that betters these by this share of their cost brought something.
GAIN_TOGETHER = 0.02


class Rounds:
    """The best network so far, and the rounds that improve it."""

    def __init__(self, trainer: Trainer, reference: Reference) -> None:
        self.trainer, self.reference = trainer, reference
        self.best: Evaluated | None = None
        # The best of each regulariser, where the initial round compared them.
        self.compared: dict[str, Evaluated] = {}
        # Rounds since one was kept, and since one brought anything.
        self.turn = self.without_gain = 0
        self.number = 0
        self.planner, self.records = Planner(trainer), RoundRecords(trainer)
        # Repeats at which networks are compared; more where the initial round has more seeds.
        self.repeats = max(SEEDS, len(trainer.folds))

    def trials_of(self, spec: Spec) -> dict[Repeat, Trial]:
        """Return where a spec was trained to its end, among the repeats that are compared."""
        found = {}
        for repeat in self.planner.repeats(self.repeats):
            trial = self.trainer.found(TrialRequest("", spec, repeat, 0, spec.training.epochs))
            if trial is not None:
                found[repeat] = trial
        return found

    # === The initial round ===

    def run_initial(self, plan: Plan, plain: Spec, until: float) -> None:
        """Train the networks that all others have to beat: a plain one, or the comparison of regularisers."""
        known = self.records.known(0)
        if known is None:
            initial = self.planner.initial_round(plan, plain)
            known = RoundPlan(initial.candidates, [initial.rung])
            grid = None if initial.grid is None else initial.grid.to_dict()
            self.records.begin(0, initial.name, None, known, _announced_plan(initial), grid=grid)
        repeats, candidates = known.rungs[0].repeats, known.candidates
        self.repeats = max(self.repeats, len(repeats))
        requests = [self._request(each, repeat, 0, known.rungs[0]) for repeat in repeats for each in candidates]
        if self.planner.n_splits:
            # A setting can be compared only after it has been trained on all folds.
            requests = [self._request(each, repeat, 0, known.rungs[0]) for each in candidates for repeat in repeats]
        if not self.trainer.budget.is_limited:
            self.trainer.planned = len(requests)
        is_whole = None not in self.trainer.train(requests, until)
        by_change: dict[str, list[Candidate]] = {}
        for each in candidates:
            by_change.setdefault(each.change, []).append(each)
        found = {change: self._best_of(each) for change, each in by_change.items()}
        self.compared = {change: best for change, best in found.items() if best is not None}
        is_comparison = len(candidates) > 1
        compared = [self._compared(change, each, found[change]) for change, each in by_change.items()] if is_comparison else []
        if not self.compared:
            if is_comparison and is_whole:
                self.records.end(0, None, False, None, "No network can be chosen: all diverged.", compared=compared)
            return
        self.best = min(self.compared.values(), key=lambda each: self._cost(each.spec))
        if not is_comparison:
            self.records.end(0, self.best, True, None, f"{self._errors_in_words(self.best)}.")
            return
        words = f"Best: {label_of(self.best.spec)}, {self._errors_in_words(self.best, capital=False)}."
        self.records.end(0, self.best, True, None, words, compared=compared, is_whole=is_whole)

    def _best_of(self, candidates: Sequence[Candidate]) -> Evaluated | None:
        """Return the setting with the lowest dev cost among those of one regulariser; None where none was trained to its end."""
        ranked = sorted((each for each in candidates if math.isfinite(self._cost(each.spec))), key=lambda each: self._cost(each.spec))
        return next(filter(None, (self._evaluated(each.change, each.spec) for each in ranked)), None)

    def _cost(self, spec: Spec) -> float:
        """Return the mean dev cost of a setting; inf unless it was trained to its end at all repeats."""
        costs = [trial.dev_cost for trial in self.trials_of(spec).values()]
        return float(np.mean(costs)) if len(costs) >= self.planner.whole and np.isfinite(costs).all() else math.inf

    def _compared(self, change: str, candidates: Sequence[Candidate], best: Evaluated | None) -> dict[str, Any]:
        """Return what came of one regulariser as the journal has it: its best setting, and how many networks diverged."""
        specs = {each.spec for each in candidates}
        trials = sorted((trial for trial in self.trainer.trials.values() if trial.spec in specs), key=lambda trial: trial.number)
        diverged = [trial for trial in trials if trial.message]
        counts = {"settings": len(candidates), "networks": len(trials), "diverged": len(diverged)}
        if best is not None:
            return {**evaluated(best), **counts, "divergence": None}
        message = diverged[0].message if diverged else None
        return {"change": change, "spec": candidates[0].spec.to_dict(), **counts, "divergence": message}

    def _errors_in_words(self, found: Evaluated, *, capital: bool = True) -> str:
        metric = self.trainer.problem.metric
        words = f"dev {metric.name} {metric.show(found.verdict.dev.estimate)}, training {metric.show(found.verdict.train.estimate)}"
        return f"{words[0].upper()}{words[1:]}" if capital else words

    # === A round ===

    def step(self, until: float) -> bool:
        """Run one more round; return False if there was no time, or no trial, left for one."""
        assert self.best is not None
        self.number += 1
        trainer = self.trainer
        trainer.round = self.number
        plan = self.records.known(self.number)
        if plan is None:
            against, names = self._remedies()
            plan = RoundPlan(*self.planner.plan(self.best.spec, names, self.number, until))
            if not plan.candidates:
                self.number -= 1
                trainer.round = self.number
                return False
            words = self._announced(against, plan.candidates)
            self.records.begin(self.number, against, self.best.verdict.word, plan, words)
        choice = self.records.choice(self.number)
        if choice is not None:
            # What was stopped for lack of time is not needed any more.
            self._adopt(choice)
            return not trainer.is_over()
        finalists = self._halve(plan, until)
        if not trainer.is_over():
            self._choose(finalists)
        return not trainer.is_over()

    def spend_rest(self, until: float) -> None:
        """Train the best networks at further repeats with what is too little for a round."""
        trainer, cost_model = self.trainer, self.trainer.cost_model
        left = trainer.trials_left
        if self.best is None or left < 1 or (math.isinf(left) and not cost_model.is_timed):
            return
        # Of folds only all of a repetition would be of use, and their time is short.
        more = min(left, MOST_SEEDS)
        if cost_model.is_timed:
            each = self.planner.seconds(self.best.spec) / self.planner.whole
            more = min(more, 0 if self.planner.n_splits else int((until - cost_model.elapsed) / max(each, 1e-9)) * cost_model.workers)
        spec = self.best.spec
        repeats = self.planner.repeats(len(trainer.folds) + MOST_SEEDS if not self.planner.n_splits else 2 * len(trainer.folds) + int(more))
        requests = [TrialRequest(self.best.change, spec, repeat, 0, spec.training.epochs) for repeat in repeats]
        new = [request for request in requests if trainer.found(request) is None][: int(more)]
        # With those that an earlier session finished: numbers follow the order in which networks are requested.
        trainer.train([request for request in requests if request in new or trainer.found(request) is not None], until)

    def _remedies(self) -> tuple[str, tuple[str, ...]]:
        """Return what is tried against what; after a round without gain the next list has its turn."""
        assert self.best is not None
        verdict = self.best.verdict
        if verdict.has_bias and not (verdict.has_variance and verdict.gap.estimate > verdict.bias.estimate):
            lists = [("bias", FOR_BIAS), ("neither", REFINING), ("variance", FOR_VARIANCE)]
        elif verdict.has_variance:
            lists = [("variance", FOR_VARIANCE), ("neither", REFINING), ("bias", FOR_BIAS)]
        else:
            lists = [("neither", REFINING), ("bias", FOR_BIAS), ("variance", FOR_VARIANCE)]
        return lists[self.turn % len(lists)]

    # === Successive halving ===

    def _halve(self, plan: RoundPlan, until: float) -> list[Candidate]:
        """Train the candidates rung by rung, and return those left, the best first."""
        assert self.best is not None
        trainer, left, rungs = self.trainer, list(plan.candidates), plan.rungs
        for number, rung in enumerate(rungs):
            if len(rung.repeats) > self.planner.whole:
                # Whom they have to beat is to be known as well as they are.
                own = [TrialRequest(self.best.change, self.best.spec, repeat, 0, self.best.spec.training.epochs) for repeat in rung.repeats]
            else:
                own = []
            requests = [self._request(candidate, repeat, number, rung) for candidate in left for repeat in rung.repeats]
            found = trainer.train([*own, *requests], until)[len(own) :]
            scored = []
            for turn in range(len(left)):
                trials = found[turn * len(rung.repeats) : (turn + 1) * len(rung.repeats)]
                there = [trial for trial in trials if trial is not None]
                # Of finalists some repeats will do where time has run out.
                if len(there) == len(rung.repeats) or (number == len(rungs) - 1 and number > 0 and len(there) >= self.planner.whole):
                    costs = [trial.dev_cost if math.isfinite(trial.dev_cost) else math.inf for trial in there]
                    scored.append((float(np.mean(costs)), turn))
            if not scored:
                return left if number == len(rungs) - 1 and number > 0 else []
            left = [left[turn] for _, turn in sorted(scored)[: rung.keep if number < len(rungs) - 1 else None]]
            trainer.drop([candidate.spec for candidate in left])
        return left

    def _request(self, candidate: Candidate, repeat: Repeat, number: int, rung: Rung) -> TrialRequest:
        epochs = max(1, round(rung.epochs * candidate.spec.training.epochs))
        return TrialRequest(candidate.change, candidate.spec, repeat, number, epochs)

    # === The choice ===

    def _choose(self, finalists: Sequence[Candidate]) -> None:
        """Keep the best finalist if it is better than the best so far beyond noise."""
        assert self.best is not None
        metric = self.trainer.problem.metric
        challenger = next(filter(None, (self._evaluated(each.change, each.spec) for each in finalists[:FINALISTS])), None)
        # By now it may be known from more seeds.
        best = self._evaluated(self.best.change, self.best.spec)
        if self.trainer.is_over():
            # Networks of an earlier session are not all there again: the next one chooses.
            return
        self.best = best or self.best
        if challenger is None:
            self._count(False, 0.0)
            self.records.end(self.number, self.best, False, None, "The round has no result: no network finished training.")
            return
        before, after = self.trials_of(self.best.spec), challenger.trials
        gain = gain_of(self.trainer, before, after, self._gain_spread(before, after))
        is_worse = challenger.verdict.dev.estimate > self.best.verdict.dev.estimate + self.best.verdict.margin / 10
        kept = gain.low > 0 and not is_worse
        shown = f"{metric.show(challenger.verdict.dev.estimate)} with {challenger.change}"
        together = self._gain_together()
        words = f"{shown[0].upper()}{shown[1:]}: {'kept' if kept else 'not significantly better'}"
        if not kept and together >= GAIN_TOGETHER:
            words += f"; but the average of the five best costs {100 * together:.0f} % less than before"
        self._count(kept, together)
        if kept:
            self.best = challenger
        self.records.end(self.number, challenger, kept, gain, f"{words}.", gain_together=together)

    def _count(self, kept: bool, together: float) -> None:
        """Update the turn of the remedies, and the number of rounds without gain."""
        self.turn = 0 if kept else self.turn + 1
        self.without_gain = 0 if kept or together >= GAIN_TOGETHER else self.without_gain + 1

    def _gain_together(self) -> float:
        """Return by what share this round lowered the mean cost of the five best, of which the average is made."""
        before, after = (self._best_costs(number) for number in (self.number, self.number + 1))
        return 1.0 - float(np.mean(after)) / float(np.mean(before)) if len(before) and np.mean(before) > 0 else 0.0

    def _best_costs(self, number: int) -> list[float]:
        """Return the five lowest costs before a round."""
        whole = {(repeat.fold, self.trainer.seed_of(repeat)) for repeat in self.planner.repeats(self.planner.whole)}
        costs: dict[Any, list[float]] = {}
        for trial in sorted(self.trainer.trials.values(), key=lambda trial: trial.number):
            if trial.round < number and trial.epochs == trial.spec.training.epochs and math.isfinite(trial.dev_cost):
                if not self.planner.n_splits:
                    costs[trial.number] = [trial.dev_cost]
                elif (trial.part, trial.seed) in whole:
                    costs.setdefault(trial.spec, []).append(trial.dev_cost)
        return sorted(float(np.mean(each)) for each in costs.values() if len(each) == self.planner.whole)[:5]

    def _evaluated(self, change: str, spec: Spec) -> Evaluated | None:
        """Return a spec with its verdict, if it was trained at all repeats of a repetition."""
        trials = self.trials_of(spec)
        if len(trials) < self.planner.whole or any(not math.isfinite(trial.dev_cost) for trial in trials.values()):
            return None
        if any(kept is None for kept in self.trainer.again(list(trials.values()))):
            return None
        return evaluate(self.trainer, change, trials, self.reference, self._seeds())

    def _groups(self, what: str) -> list[list[float]]:
        """Return a value of each network, those of one spec and one fold together; with folds mostly one each, which has no spread."""
        groups: dict[tuple[Spec, int], list[float]] = {}
        finite = {"dev_cost", "dev_error", "train_error"}
        # Sums in the order of the numbers, lest their last bits depend on which was ready first.
        for trial in sorted(self.trainer.trials.values(), key=lambda trial: trial.number):
            if trial.epochs == trial.spec.training.epochs and all(math.isfinite(getattr(trial, name)) for name in finite):
                groups.setdefault((trial.spec, trial.part), []).append(getattr(trial, what))
        return list(groups.values())

    def _seeds(self) -> SeedErrors:
        """Return errors of each network, those of one spec and one fold together."""
        train, dev = (tuple(map(np.array, self._groups(what))) for what in ("train_error", "dev_error"))
        return SeedErrors(train, dev, 1)

    def _gain_spread(self, before: dict[Repeat, Trial], after: dict[Repeat, Trial]) -> Spread:
        """Return the spread of a gain between repeats: of folds their own, of seeds pooled over all networks that have several."""
        if self.planner.n_splits:
            return pooled_spread([[before[repeat].dev_cost - after[repeat].dev_cost for repeat in before if repeat in after]])
        spread = pooled_spread(self._groups("dev_cost"))
        return Spread(math.sqrt(2.0) * spread.deviation, spread.freedom)

    def _adopt(self, choice: dict[str, Any]) -> None:
        """Take a choice that was made in an earlier session."""
        self.trainer.say(choice["words"])
        self._count(choice["kept"], choice["gain_together"])
        # To stand anywhere it is trained again, which is of no use to one that was bettered later.
        if choice["kept"] and not self.records.is_bettered(self.number):
            spec = Spec.from_dict(choice["spec"])
            self.best = self._evaluated(choice["change"], spec) or self.best

    def _announced(self, against: str, made: Sequence[Candidate]) -> str:
        """Return what is wrong and what is tried, in a sentence."""
        assert self.best is not None
        metric, best = self.trainer.problem.metric, self.best
        seen = f"dev {metric.name} {metric.show(best.verdict.dev.estimate)}, training {metric.show(best.verdict.train.estimate)}"
        found = {"bias": "high bias", "variance": "high variance", "neither": "refining"}[against]
        if self.turn and against != "neither":
            found = f"now against {against}"
        named = list(dict.fromkeys(name for each in made for name in each.change.split(" + ")))
        shown = ", ".join(named[:4]) + (" and more" if len(named) > 4 else "")
        networks = counted(len(made), "network") if len(made) > 1 else "a network"
        return f"Round {self.number}: {seen}: {found}. Trying {networks} with {shown} ..."


def _announced_plan(initial: InitialRound) -> str:
    """Return what the initial round trains, in a sentence."""
    if initial.grid is None:
        spec = initial.candidates[0].spec
        return f"The plain network: {_shape(spec)}, {counted(spec.training.epochs, 'epoch')}."
    names = list(dict.fromkeys(each.change for each in initial.candidates))
    shown = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    settings, networks = len(initial.candidates), len(initial.candidates) * len(initial.rung.repeats)
    return f"Comparing {shown}: {counted(settings, 'setting')}, {counted(networks, 'network')} ..."


def _shape(spec: Spec) -> str:
    hidden = spec.network.hidden
    if not hidden:
        return "no hidden layer"
    return f"hidden layers of {'-'.join(map(str, hidden))} units" if len(hidden) > 1 else f"a hidden layer of {counted(hidden[0], 'unit')}"
