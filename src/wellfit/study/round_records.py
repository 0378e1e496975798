"""The plan and the result of each round in the journal, written before its first trial and after its last."""

from __future__ import annotations

from typing import Any, NamedTuple

from wellfit.judge.intervals import Interval
from wellfit.judge.verdict import Verdict
from wellfit.remedies.remedies import Candidate
from wellfit.spec import Spec
from wellfit.study.evaluation import Evaluated
from wellfit.study.planning import Rung
from wellfit.study.requests import Repeat
from wellfit.study.trainer import Trainer
from wellfit.study.trial import ends_of

__all__ = ["RoundPlan", "RoundRecords", "evaluated", "verdict_record"]


class RoundPlan(NamedTuple):
    """What a round trains."""

    candidates: list[Candidate]  # all that it tries
    rungs: list[Rung]  # how they are compared


class RoundRecords:
    """Rounds in a journal, those of earlier sessions included; each is reported."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        records = trainer.journal.records
        self._plans = {record["round"]: record for record in records if record["kind"] == "round"}
        # One that was made when not all was trained is made again.
        self._choices = {record["round"]: record for record in records if record["kind"] == "choice" and record.get("is_whole", True)}

    def known(self, number: int) -> RoundPlan | None:
        """Return what an earlier session planned for a round, which is then repeated whatever the time."""
        record = self._plans.get(number)
        if record is None:
            return None
        self.trainer.say(record["words"])
        return _read(record)

    def begin(self, number: int, move: str, verdict: str | None, plan: RoundPlan, words: str, **more: Any) -> None:
        """Write a round's plan."""
        record = {
            "kind": "round",
            "round": number,
            "move": move,
            "verdict": verdict,
            "words": words,
            "candidates": [{"change": each.change, "spec": each.spec.to_dict()} for each in plan.candidates],
            "rungs": [{"places": rung.repeats, "epochs": rung.epochs, "keep": rung.keep} for rung in plan.rungs],
            "elapsed": round(self.trainer.cost_model.elapsed, 3),
            **more,
        }
        self.trainer.open_session()
        self.trainer.journal.append(record)
        self._plans[number] = self.trainer.journal.records[-1]
        self.trainer.say(words)

    def choice(self, number: int) -> dict[str, Any] | None:
        """Return the record of a round's choice, if an earlier session made it."""
        return self._choices.get(number)

    def is_bettered(self, number: int) -> bool:
        """Return whether an earlier session kept another network after a round."""
        return any(record["kept"] and later > number for later, record in self._choices.items())

    def end(self, number: int, found: Evaluated | None, kept: bool, gain: Interval | None, words: str, **more: Any) -> None:
        """Write what a round's choice was, unless an earlier session did."""
        if number in self._choices:
            return
        self.trainer.journal.append(
            {
                "kind": "choice",
                "round": number,
                "kept": kept,
                **({} if found is None else evaluated(found)),
                "gain": None if gain is None else ends_of(gain),
                "gain_together": 0.0,
                "words": words,
                "elapsed": round(self.trainer.cost_model.elapsed, 3),
                **more,
            }
        )
        self._choices[number] = self.trainer.journal.records[-1]
        self.trainer.say(words)


def evaluated(found: Evaluated) -> dict[str, Any]:
    """Return errors and verdict of a network as the journal has them."""
    return {"change": found.change, "spec": found.spec.to_dict(), **verdict_record(found.verdict)}


def verdict_record(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict and the errors behind it as the journal has them."""
    return {
        "train_error": ends_of(verdict.train),
        "dev_error": ends_of(verdict.dev),
        "verdict": verdict.word,
        "reason": verdict.reason,
        "bias": ends_of(verdict.bias),
        "gap": ends_of(verdict.gap),
        "margin": verdict.margin,
    }


def _read(record: dict[str, Any]) -> RoundPlan:
    candidates = [Candidate(each["change"], Spec.from_dict(each["spec"])) for each in record["candidates"]]
    rungs = [Rung(tuple(Repeat(*repeat) for repeat in each["places"]), each["epochs"], each["keep"]) for each in record["rungs"]]
    return RoundPlan(candidates, rungs)
