"""Round after round: see what is wrong with the best so far, train what should mend it, keep what is better beyond noise."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from wellfit.spec import Spec
from wellfit.study.intervals import Interval, Spread, pooled_spread
from wellfit.study.search.asks import Ask, Place
from wellfit.study.search.moves import FOR_BIAS, FOR_VARIANCE, REFINING, Candidate, candidates
from wellfit.study.search.standing import Standing, gain_of, look_at
from wellfit.study.search.trainer import Trainer
from wellfit.study.search.trial import Trial, plain_number

__all__ = ["ROUNDS_WITHOUT_GAIN", "Rounds", "Rung"]

ROUNDS_WITHOUT_GAIN = 3
FEWEST, MOST = 16, 256
# Fewer than this are trained to their end at once: there is nothing to halve.
FEWEST_HALVED = 6
FIRST_EPOCHS = 0.25
FINALISTS = 3
SEEDS, MOST_SEEDS = 3, 6
SHARE_OF_TIME, SHARE_OF_TRIALS = 0.33, 1 / 3
# The average is made of the best few: a round that betters these by this share of their cost brought something.
GAIN_TOGETHER = 0.02
# What the last comparison costs, spread over all candidates.
OF_FINALISTS = 0.12
# A network that takes longer than this share of the budget, and than the best so far, would leave no time to be trained anew.
LONGEST = 0.15
# Cores wait for the last network of a rung.
BUSY = 0.85
MOST_OF_TIME = 0.7
DRAWS, MOST_MISSES = 4_000, 20


class Rung(NamedTuple):
    """A comparison: who is left is trained at some places, and the best go on.

    Attributes
    ----------
    places : tuple of Place
        Where each is trained by now.
    epochs : float
        Share of its epochs that it has done by now.
    keep : int
        How many go on.
    """

    places: tuple[Place, ...]
    epochs: float
    keep: int


class Rounds:
    """The best network so far, and how it is bettered.

    Parameters
    ----------
    trainer : Trainer
        Trains, and has the journal.
    asked : Interval
        The error that bias is measured from.
    asked_name : str
        What that is.
    """

    def __init__(self, trainer: Trainer, asked: Interval, asked_name: str) -> None:
        self.trainer, self.asked, self.asked_name = trainer, asked, asked_name
        self.best: Standing | None = None
        # Rounds since one was kept, and since one brought anything.
        self.turn = self.without_gain = 0
        self.number = 0
        records = trainer.journal.records
        self._plans = {record["round"]: record for record in records if record["kind"] == "round"}
        self._choices = {record["round"]: record for record in records if record["kind"] == "choice"}

    # === Where ===

    @property
    def folds(self) -> int:
        """Folds of a repetition; 0 with one dev part."""
        return self.trainer.parts.folds

    def places(self, count: int) -> tuple[Place, ...]:
        """Return the first places: seeds on one dev part, or folds."""
        if not self.folds:
            return tuple(Place(0, draw) for draw in range(count))
        parts = len(self.trainer.parts)
        return tuple(Place(number % parts, number // parts) for number in range(count))

    @property
    def whole(self) -> int:
        """Places at which a network has to have been trained to be judged."""
        return self.folds or 1

    def trials_of(self, spec: Spec) -> dict[Place, Trial]:
        """Return where a spec was trained to its end, among the places that are compared."""
        found = {}
        for place in self.places(max(SEEDS, len(self.trainer.parts))):
            trial = self.trainer.found(Ask("", spec, place, 0, spec.training.epochs))
            if trial is not None:
                found[place] = trial
        return found

    # === The plain network ===

    def plain(self, spec: Spec, until: float) -> None:
        """Train the network that all others have to beat.

        Parameters
        ----------
        spec : Spec
            The network.
        until : float
            When to break off.
        """
        pace = self.trainer.pace
        # Seeds beyond the workers would be waited for.
        count = self.folds or (min(SEEDS, pace.workers) if pace.is_timed else SEEDS)
        words = f"The plain network: {_shape(spec)}, {spec.training.epochs} epochs."
        self._begin({"move": "plain", "verdict": None, "words": words}, [Candidate("plain", spec)], [Rung(self.places(count), 1.0, 1)])
        plan = self._plans[0]
        spec, places = Spec.from_dict(plan["candidates"][0]["spec"]), [Place(*place) for place in plan["rungs"][0]["places"]]
        self.trainer.train([Ask("plain", spec, place, 0, spec.training.epochs) for place in places], until)
        self.best = self._standing("plain", spec)
        if self.best is not None:
            metric = self.trainer.problem.metric
            words = f"dev {metric.name} {metric.show(self.best.dev.estimate)}, training {metric.show(self.best.train.estimate)}."
            self._end(self.best, True, None, f"{words[0].upper()}{words[1:]}")

    # === A round ===

    def step(self, until: float) -> bool:
        """Play one more round.

        Parameters
        ----------
        until : float
            When to break off.

        Returns
        -------
        bool
            False if there was no time, or no trial, left for one.
        """
        assert self.best is not None
        self.number += 1
        trainer = self.trainer
        trainer.round = self.number
        plan = self._plans.get(self.number)
        if plan is None:
            verdict, moves = self._moves()
            made, rungs = self._plan(moves, until)
            if not made:
                self.number -= 1
                return False
            words = self._announced(verdict, moves, made)
            self._begin({"move": verdict, "verdict": self.best.verdict.word, "words": words}, made, rungs)
            plan = self._plans[self.number]
        else:
            trainer.listener.told(plan["words"])
        made = [Candidate(each["change"], Spec.from_dict(each["spec"])) for each in plan["candidates"]]
        rungs = [Rung(tuple(Place(*place) for place in each["places"]), each["epochs"], each["keep"]) for each in plan["rungs"]]
        finalists = self._halve(made, rungs, until)
        choice = self._choices.get(self.number)
        if choice is not None:
            self._adopt(choice)
        elif not trainer.is_over():
            self._choose(finalists)
        return not trainer.is_over()

    def spend_rest(self, until: float) -> None:
        """Train the best networks at further places with what is too little for a round.

        Parameters
        ----------
        until : float
            When to break off.
        """
        trainer, pace = self.trainer, self.trainer.pace
        left = trainer.trials_left
        if self.best is None or left < 1 or (math.isinf(left) and not pace.is_timed):
            return
        # Of folds only all of a repetition would be of use, and their time is short.
        more = min(left, MOST_SEEDS)
        if pace.is_timed:
            each = self._seconds(self.best.spec) / self.whole
            more = min(more, 0 if self.folds else int((until - pace.elapsed) / max(each, 1e-9)) * pace.workers)
        spec = self.best.spec
        places = self.places(len(trainer.parts) + MOST_SEEDS if not self.folds else 2 * len(trainer.parts) + int(more))
        asks = [Ask(self.best.change, spec, place, 0, spec.training.epochs) for place in places]
        new = [ask for ask in asks if trainer.found(ask) is None][: int(more)]
        # With those that an earlier session finished: numbers go by the order in which networks are asked for.
        trainer.train([ask for ask in asks if ask in new or trainer.found(ask) is not None], until)

    def _moves(self) -> tuple[str, tuple[str, ...]]:
        """Return what is asked for, and the moves for it; after a round without gain the next list has its turn."""
        assert self.best is not None
        verdict = self.best.verdict
        if verdict.has_bias and not (verdict.has_variance and verdict.gap.estimate > verdict.bias.estimate):
            lists = [("bias", FOR_BIAS), ("neither", REFINING), ("variance", FOR_VARIANCE)]
        elif verdict.has_variance:
            lists = [("variance", FOR_VARIANCE), ("neither", REFINING), ("bias", FOR_BIAS)]
        else:
            lists = [("neither", REFINING), ("bias", FOR_BIAS), ("variance", FOR_VARIANCE)]
        return lists[self.turn % len(lists)]

    def _plan(self, moves: Sequence[str], until: float) -> tuple[list[Candidate], list[Rung]]:
        """Return as many candidates as there is time and are trials for, and how they are compared."""
        assert self.best is not None
        trainer, pace = self.trainer, self.trainer.pace
        drawn = candidates(self.best.spec, moves, int(np.random.SeedSequence([trainer.seed, self.number]).generate_state(1)[0]))
        tried = {trial.spec for trial in trainer.trials.values()}
        most, left = self._affordable(), until - pace.elapsed
        longest = max(LONGEST * pace.budget, 1.3 * self._seconds(self.best.spec) / self.whole) if pace.is_timed else math.inf
        room, spent, misses = SHARE_OF_TIME * left * pace.workers * BUSY, 0.0, 0
        made: dict[Spec, Candidate] = {}
        for candidate in itertools.islice(drawn, DRAWS):
            if len(made) >= most or misses > MOST_MISSES:
                break
            if candidate.spec in tried or candidate.spec in made:
                continue
            seconds = self._seconds(candidate.spec) if pace.is_timed else 0.0
            cost = self._share_of_a_candidate() * seconds
            # Where there is time for little else, one network may take most of it.
            fits = spent + cost <= room if made else seconds <= MOST_OF_TIME * left * pace.workers
            if fits and seconds / self.whole <= min(longest, MOST_OF_TIME * left):
                made[candidate.spec] = candidate
                spent += cost
            else:
                misses += 1
        return list(made.values()), self._rungs(len(made))

    def _affordable(self) -> int:
        """Return how many candidates there are trials for."""
        left = self.trainer.trials_left
        if math.isinf(left):
            return MOST
        each = (self._share_of_a_candidate() - OF_FINALISTS) * self.folds if self.folds else 1.0
        # The finalists' further places, and the best one's where it has none yet.
        more = (FINALISTS + 1) * (self.folds or SEEDS - 1)
        if left < more + FEWEST_HALVED * each:
            return int(left // self.whole)
        return int(min(max(FEWEST, left * SHARE_OF_TRIALS / each), (left - more) / each, MOST))

    def _share_of_a_candidate(self) -> float:
        """Return what a candidate costs on the average, in trainings at all places of one repetition, the halved ones included."""
        if self.folds:
            return 2 / 5 + 3 / 5 / 3 + OF_FINALISTS
        return FIRST_EPOCHS + (1 - FIRST_EPOCHS) / 4 + OF_FINALISTS

    def _rungs(self, count: int) -> list[Rung]:
        """Return how so many candidates are compared: the more there are, the more the finalists may cost."""
        if count < FEWEST_HALVED:
            return [Rung(self.places(self.whole), 1.0, 1)]
        left, kept = self.trainer.trials_left, max(2, -(-count // (3 if self.folds else 4)))
        finalists, turns = (FINALISTS, SEEDS) if count >= 3 * FEWEST else (2, SEEDS) if count >= 2 * FEWEST else (2, 2)
        if not self.folds:
            rungs = [Rung(self.places(1), FIRST_EPOCHS, kept), Rung(self.places(1), 1.0, finalists)]
            used, more = count, (finalists + 1) * (turns - 1)
            last = Rung(self.places(turns), 1.0, 1)
        else:
            few = -(-2 * self.folds // 5)
            rungs = [Rung(self.places(few), 1.0, kept), Rung(self.places(self.folds), 1.0, finalists)]
            used, more = count * few + kept * (self.folds - few), (finalists + 1) * self.folds
            last = Rung(self.places(2 * self.folds), 1.0, 1)
        return [*rungs, last] if count >= 2 * FEWEST_HALVED and left >= used + more else rungs

    def _seconds(self, spec: Spec) -> float:
        """Return how long one training of a spec at all places of a repetition takes on one thread."""
        part = self.trainer.parts[0]
        return self.whole * self.trainer.pace.seconds(spec, len(part.train), len(part.dev))

    # === Successive halving ===

    def _halve(self, made: Sequence[Candidate], rungs: Sequence[Rung], until: float) -> list[Candidate]:
        """Train the candidates rung by rung, and return those left, the best first."""
        assert self.best is not None
        trainer, left = self.trainer, list(made)
        for number, rung in enumerate(rungs):
            if len(rung.places) > self.whole:
                # Whom they have to beat is to be known as well as they are.
                own = [Ask(self.best.change, self.best.spec, place, 0, self.best.spec.training.epochs) for place in rung.places]
            else:
                own = []
            asks = [self._ask(candidate, place, number, rung) for candidate in left for place in rung.places]
            found = trainer.train([*own, *asks], until)[len(own) :]
            scored = []
            for turn in range(len(left)):
                trials = found[turn * len(rung.places) : (turn + 1) * len(rung.places)]
                there = [trial for trial in trials if trial is not None]
                # Of finalists some places will do where time has run out.
                if len(there) == len(rung.places) or (number == len(rungs) - 1 and number > 0 and len(there) >= self.whole):
                    costs = [trial.dev_cost if math.isfinite(trial.dev_cost) else math.inf for trial in there]
                    scored.append((float(np.mean(costs)), turn))
            if not scored:
                return left if number == len(rungs) - 1 and number > 0 else []
            left = [left[turn] for _, turn in sorted(scored)[: rung.keep if number < len(rungs) - 1 else None]]
            trainer.drop([candidate.spec for candidate in left])
        return left

    def _ask(self, candidate: Candidate, place: Place, number: int, rung: Rung) -> Ask:
        epochs = max(1, round(rung.epochs * candidate.spec.training.epochs))
        return Ask(candidate.change, candidate.spec, place, number, epochs)

    # === The choice ===

    def _choose(self, finalists: Sequence[Candidate]) -> None:
        """Keep the best finalist if it is better than the best so far beyond noise."""
        assert self.best is not None
        metric = self.trainer.problem.metric
        challenger = next(filter(None, (self._standing(each.change, each.spec) for each in finalists[:FINALISTS])), None)
        if challenger is None:
            self._count(False, 0.0)
            self._end(self.best, False, None, "Nothing came of it: no network was trained to its end.")
            return
        # By now it may be known from more seeds.
        self.best = self._standing(self.best.change, self.best.spec) or self.best
        before, after = self.trials_of(self.best.spec), challenger.trials
        gain = gain_of(self.trainer, before, after, self._gain_spread(before, after))
        is_worse = challenger.dev.estimate > self.best.dev.estimate + self.best.verdict.margin / 10
        kept = gain.low > 0 and not is_worse
        shown = f"{metric.show(challenger.dev.estimate)} with {challenger.change}"
        together = self._gain_together()
        words = f"{shown[0].upper()}{shown[1:]}: {'kept' if kept else 'not better beyond chance'}"
        if not kept and together >= GAIN_TOGETHER:
            words += f"; but the five best together cost {100 * together:.0f} % less than before"
        self._count(kept, together)
        if kept:
            self.best = challenger
        self._end(challenger, kept, gain, f"{words}.", together)

    def _count(self, kept: bool, together: float) -> None:
        """Count rounds for whose turn it is among the moves, and rounds that brought nothing."""
        self.turn = 0 if kept else self.turn + 1
        self.without_gain = 0 if kept or together >= GAIN_TOGETHER else self.without_gain + 1

    def _gain_together(self) -> float:
        """Return by what share this round lowered the mean cost of the five best networks, or of folds specs: the stuff of the average."""
        before, after = (self._best_costs(number) for number in (self.number, self.number + 1))
        return 1.0 - float(np.mean(after)) / float(np.mean(before)) if len(before) and np.mean(before) > 0 else 0.0

    def _best_costs(self, number: int) -> list[float]:
        """Return the five lowest costs before a round."""
        whole = {(place.part, self.trainer.seed_of(place)) for place in self.places(self.whole)}
        costs: dict[Any, list[float]] = {}
        for trial in sorted(self.trainer.trials.values(), key=lambda trial: trial.number):
            if trial.round < number and trial.epochs == trial.spec.training.epochs and math.isfinite(trial.dev_cost):
                if not self.folds:
                    costs[trial.number] = [trial.dev_cost]
                elif (trial.part, trial.seed) in whole:
                    costs.setdefault(trial.spec, []).append(trial.dev_cost)
        return sorted(float(np.mean(each)) for each in costs.values() if len(each) == self.whole)[:5]

    def _standing(self, change: str, spec: Spec) -> Standing | None:
        """Return how a spec stands, as far as it was trained."""
        trials = self.trials_of(spec)
        if len(trials) < self.whole or any(not math.isfinite(trial.dev_cost) for trial in trials.values()):
            return None
        if any(kept is None for kept in self.trainer.again(list(trials.values()))):
            return None
        return look_at(self.trainer, change, trials, self.asked, self.asked_name, self._error_spread())

    def _groups(self, what: str) -> list[list[float]]:
        """Return a value of each network, those of one spec and one part together."""
        groups: dict[tuple[Spec, int], list[float]] = {}
        # Sums in the order of the numbers, lest their last bits depend on who was ready first.
        for trial in sorted(self.trainer.trials.values(), key=lambda trial: trial.number):
            if trial.epochs == trial.spec.training.epochs and math.isfinite(getattr(trial, what)):
                groups.setdefault((trial.spec, trial.part), []).append(getattr(trial, what))
        return list(groups.values())

    def _error_spread(self) -> Spread:
        return pooled_spread(self._groups("dev_error"))

    def _gain_spread(self, before: dict[Place, Trial], after: dict[Place, Trial]) -> Spread:
        """Return the spread of a gain between places: of folds their own, of seeds what all that had several say together."""
        if self.folds:
            return pooled_spread([[before[place].dev_cost - after[place].dev_cost for place in before if place in after]])
        spread = pooled_spread(self._groups("dev_cost"))
        return Spread(math.sqrt(2.0) * spread.deviation, spread.freedom)

    # === The journal ===

    def _begin(self, what: dict[str, Any], made: Sequence[Candidate], rungs: Sequence[Rung]) -> None:
        """Write a round's plan before its first trial, so that it can be played again without a clock."""
        record = self._plans.get(self.number)
        if record is None:
            record = {
                "kind": "round",
                "round": self.number,
                **what,
                "candidates": [{"change": each.change, "spec": each.spec.to_dict()} for each in made],
                "rungs": [rung._asdict() for rung in rungs],
                "elapsed": round(self.trainer.pace.elapsed, 3),
            }
            self.trainer.open_session()
            self.trainer.journal.append(record)
            record = self._plans[self.number] = self.trainer.journal.records[-1]
        self.trainer.listener.told(record["words"])

    def _end(self, found: Standing, kept: bool, gain: Interval | None, words: str, together: float = 0.0) -> None:
        """Write what a round's choice was."""
        if self.number in self._choices:
            return
        self.trainer.journal.append(
            {
                "kind": "choice",
                "round": self.number,
                "kept": kept,
                "change": found.change,
                "spec": found.spec.to_dict(),
                "train_error": _ends(found.train),
                "dev_error": _ends(found.dev),
                "gain": None if gain is None else _ends(gain),
                "gain_together": together,
                "verdict": found.verdict.word,
                "reason": found.verdict.reason,
                "bias": _ends(found.verdict.bias),
                "gap": _ends(found.verdict.gap),
                "margin": found.verdict.margin,
                "words": words,
                "elapsed": round(self.trainer.pace.elapsed, 3),
            }
        )
        self._choices[self.number] = self.trainer.journal.records[-1]
        self.trainer.listener.told(words)

    def _adopt(self, choice: dict[str, Any]) -> None:
        """Take a choice that was made in an earlier session."""
        self.trainer.listener.told(choice["words"])
        self._count(choice["kept"], choice["gain_together"])
        if choice["kept"]:
            spec = Spec.from_dict(choice["spec"])
            self.best = self._standing(choice["change"], spec) or self.best

    def _announced(self, verdict: str, moves: Sequence[str], made: Sequence[Candidate]) -> str:
        """Return what is wrong and what is tried, in a sentence."""
        assert self.best is not None
        metric, best = self.trainer.problem.metric, self.best
        seen = f"dev {metric.name} {metric.show(best.dev.estimate)}, training {metric.show(best.train.estimate)}"
        found = {"bias": "high bias", "variance": "high variance", "neither": "refining"}[verdict]
        if self.turn and verdict != "neither":
            found = f"now against {verdict}"
        named = list(dict.fromkeys(name for each in made for name in each.change.split(" + ")))
        shown = ", ".join(named[:4]) + (" and more" if len(named) > 4 else "")
        networks = f"{len(made)} networks" if len(made) > 1 else "a network"
        return f"Round {self.number}: {seen}: {found}. Trying {networks} with {shown} ..."


def _shape(spec: Spec) -> str:
    hidden = "-".join(map(str, spec.network.hidden))
    return f"hidden layers of {hidden} units" if hidden else "no hidden layer"


def _ends(interval: Interval) -> list[float | None]:
    return [plain_number(value) for value in (interval.estimate, interval.low, interval.high)]
