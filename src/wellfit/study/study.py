"""A study: the trials and results of a search, read from its journal, with the model."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from wellfit.judge.intervals import Interval
from wellfit.judge.metric import Metric
from wellfit.judge.verdict import Verdict
from wellfit.render.blocks import Page
from wellfit.render.result import Result
from wellfit.store import FittedModel, load
from wellfit.study.journal import read_journal
from wellfit.study.pages.page import study_page
from wellfit.study.run_files import JOURNAL, MODEL
from wellfit.study.trial import Trial, interval_of, reference_of_record
from wellfit.training.result import History

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Study"]

Record = dict[str, Any]

# Of a verdict, by the fields of a choice's record.
VERDICT_INTERVALS = {"train": "train_error", "dev": "dev_error", "bias": "bias", "gap": "gap"}


@dataclass(frozen=True, eq=False, repr=False)
class Study(Result):
    """The trials and results of a search, read from its journal, and its model.

    Parameters
    ----------
    header : dict
        What identifies the study: table, target, seed.
    records : list of dict
        The journal's lines, in the order in which they were written.
    model : FittedModel or None
        The average of the best networks; None if the study was read from a journal without a model.
    histories : tuple of History
        Training histories of the model's networks.
    curves : mapping of str to tuple of History
        Training histories of the best networks of each regulariser, if they were compared.
    """

    header: Record
    records: Sequence[Record]
    model: FittedModel | None = field(default=None, repr=False)
    histories: tuple[History, ...] = field(default=(), repr=False)
    curves: Mapping[str, tuple[History, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Self:
        """Return the study of a journal, finished or still running.

        Parameters
        ----------
        path : path
            The journal, or the folder that ``wellfit fit`` keeps it in.

        Returns
        -------
        Study
            With its model, if that is in the folder.

        Raises
        ------
        JournalError
            If it is not a journal, or is damaged.
        ModelFileError
            If the folder's model cannot be read.
        """
        folder = Path(path)
        if not folder.is_dir():
            return cls(*read_journal(path))
        study = cls(*read_journal(folder / JOURNAL))
        if not study.of_kind("model") or not (folder / MODEL).exists():
            return study
        model = load(folder / MODEL)
        # Of a study that was cut off while it was extended, the file is an earlier model, and without a study it may be any.
        members = [member["seed"] for member in study.of_kind("model")[-1]["members"]]
        if not isinstance(model, FittedModel) or [network.seed for network in model.networks] != members:
            return study
        return cls(study.header, study.records, model)

    # === What was tried ===

    @property
    def trials(self) -> tuple[Trial, ...]:
        """The networks by number, each as of its last training."""
        latest: dict[int, Trial] = {}
        for trial in map(Trial.from_record, self.of_kind("trial")):
            if trial.number not in latest or trial.rung >= latest[trial.number].rung:
                latest[trial.number] = trial
        return tuple(latest[number] for number in sorted(latest))

    @property
    def networks(self) -> int:
        """How many networks were compared."""
        return len({record["number"] for record in self.of_kind("trial")})

    @property
    def rounds(self) -> list[Record]:
        """Each round's plan, with its ``choice`` (None if it was interrupted)."""
        choices = {record["round"]: record for record in self.of_kind("choice")}
        return [{**record, "choice": choices.get(record["round"])} for record in self.of_kind("round")]

    @property
    def has_rounds(self) -> bool:
        """Whether rounds followed the initial one."""
        return any(record["round"] > 0 for record in self.of_kind("round"))

    @property
    def compared(self) -> list[Record]:
        """The result of each regulariser at its best setting; empty if none were compared."""
        return next((record.get("compared", []) for record in reversed(self.of_kind("choice")) if record["round"] == 0), [])

    @property
    def divergence(self) -> str:
        """Why none of the compared networks can be chosen, in a sentence; empty if one can."""
        return "" if self.best is not None else next((each["divergence"] for each in self.compared if each["divergence"]), "")

    @property
    def best(self) -> Record | None:
        """The latest choice that was kept."""
        return next((record for record in reversed(self.of_kind("choice")) if record["kept"]), None)

    @property
    def messages(self) -> list[str]:
        """Messages of the run."""
        return [record["words"] for record in self.records if record.get("words")]

    @property
    def test_reads(self) -> int:
        """How often the test rows were used."""
        return len(self.of_kind("test"))

    @property
    def is_tested(self) -> bool:
        """Whether the latest test error is that of the current model."""
        read: list[Record] | None = None
        members: list[Record] | None = None
        for record in self.records:
            if record["kind"] == "model":
                members = record["members"]
            elif record["kind"] == "test":
                read = members
        return read is not None and read == members

    # === Results ===

    @property
    def metric(self) -> Metric:
        """How errors are measured and written."""
        return Metric(**self._start["metric"])

    @property
    def verdict(self) -> Verdict | None:
        """Whether the model underfits, overfits, fits, or is undecided; None if no network finished training.

        For a model whose networks were trained again on all rows it is the verdict on the best network alone: no row is left to
        evaluate the average on.
        """
        best = next((record["judged"] for record in self.of_kind("model")[-1:] if "judged" in record), self.best)
        if best is None:
            return None
        intervals = {each: interval_of(best[name]) for each, name in VERDICT_INTERVALS.items()}
        reference = reference_of_record(self.of_kind("references")[0])
        return Verdict(
            word=best["verdict"], reason=best["reason"], **intervals, margin=best["margin"], reference=reference, metric=self.metric
        )

    @property
    def dev_error(self) -> Interval | None:
        """Error of the average on dev rows; optimistic, because it was chosen on them."""
        chosen = self.of_kind("model")
        return interval_of(chosen[-1]["dev_error"]) if chosen else None

    @property
    def test_error(self) -> Interval | None:
        """Latest error on the test rows; None before they are used. With `test_reads` above 1 it is no longer a clean test."""
        reads = self.of_kind("test")
        return interval_of(reads[-1]["error"]) if reads else None

    @property
    def seconds(self) -> float:
        """Recorded time of all sessions."""
        total, latest = 0.0, 0.0
        for record in self.records:
            if record["kind"] == "session":
                total, latest = total + latest, 0.0
            latest = max(latest, record.get("seconds" if record["kind"] == "end" else "elapsed") or 0.0)
        return total + latest

    @property
    def overhead(self) -> float | None:
        """Share of the last session without a network in training, not counting the first look at the table."""
        ends = self.of_kind("end")
        return ends[-1]["overhead"] if ends else None

    @property
    def end_reason(self) -> str | None:
        """Why the search ended: target met, time, trials, planned, three rounds, interrupted or diverged; None while it runs."""
        ends = self.of_kind("end")
        return str(ends[-1]["reason"]) if ends and self._is_after(ends[-1]) else None

    @property
    def interrupted(self) -> bool:
        """Whether it was interrupted."""
        return self.end_reason == "interrupted"

    @property
    def finished(self) -> bool:
        """Whether it finished."""
        return self.end_reason not in (None, "interrupted")

    @property
    def n_iter(self) -> int:
        """The largest number of epochs of a network of the model."""
        chosen = self.of_kind("model")
        return max((member["epochs"] for member in chosen[-1]["members"]), default=0) if chosen else 0

    # === Output ===

    def to_frame(self) -> pd.DataFrame:
        """Return the networks as a table, one a row.

        Returns
        -------
        pandas.DataFrame
            Their numbers and seeds, their errors and their main settings.
        """
        import pandas as pd

        rows = []
        for trial in self.trials:
            network, training = trial.spec.network, trial.spec.training
            known = {name: getattr(trial, name) for name in Trial.__dataclass_fields__ if name != "spec"}
            settings = {
                "hidden": "-".join(map(str, network.hidden)),
                "activation": network.activations[0] if network.hidden else "",
                "optimizer": training.optimizer.name,
                "learning_rate": training.schedule.learning_rate,
                "schedule": training.schedule.name,
                "batch_size": training.batch_size,
                "l2": training.l2,
                "l1": training.l1,
                "dropout": max(trial.spec.dropout_rates[1:], default=0.0),
                "input_dropout": training.input_dropout,
                "label_smoothing": training.label_smoothing,
            }
            rows.append({**known, **settings})
        return pd.DataFrame(rows)

    def blocks(self, whole: bool = False) -> Page:
        """Return what was compared and tried, the model and its errors; in a report also all else that the journal holds."""
        return study_page(self, whole)

    def to_dict(self) -> Record:
        """Return the main facts as JSON.

        Returns
        -------
        dict
            Apart from times, the same for the same table, settings, seed and budget in trials.
        """
        best, ends = self.best, self.of_kind("end")
        chosen = self.of_kind("model")
        return {
            "networks": self.networks,
            "rounds": len(self.rounds),
            "reason": self.end_reason,
            "verdict": None if best is None else best["verdict"],
            "best": None if best is None else {name: best[name] for name in ("change", "spec", "train_error", "dev_error", "round")},
            "model": None
            if not chosen
            else {name: chosen[-1][name] for name in ("members", "refit", "as_chosen", "rows", "dev_error", "temperature")},
            "test_reads": self.test_reads,
            "task_guess": self.header.get("task_guess", ""),
            "told": self.messages,
            "seconds": round(self.seconds, 3),
            "overhead": ends[-1]["overhead"] if ends else None,
        }

    def of_kind(self, kind: str) -> list[Record]:
        """Return the lines of one kind.

        Parameters
        ----------
        kind : str
            ``start``, ``session``, ``references``, ``round``, ``trial``, ``choice``, ``model``, ``test`` or ``end``.

        Returns
        -------
        list of dict
        """
        return [record for record in self.records if record["kind"] == kind]

    @property
    def _start(self) -> Record:
        return self.of_kind("start")[0]

    def _is_after(self, end: Record) -> bool:
        """Whether no network was trained since an end was written."""
        kinds = [record["kind"] for record in self.records[list(self.records).index(end) + 1 :]]
        return not {"trial", "round"} & set(kinds)
