"""``wellfit diagnose``: what is wrong with a network on a table, and what to do next."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wellfit import plots
from wellfit.cli.error_handler import DONE, Interrupt
from wellfit.cli.outputs import check_output
from wellfit.cli.progress import target_words
from wellfit.cli.screen import Screen
from wellfit.diagnosis.diagnosis import diagnose
from wellfit.diagnosis.result import Diagnosis
from wellfit.engines.kernels.compiling import ONCE, announced_compiling
from wellfit.errors import DataError, DataWarning, ModelFileError, SpecError
from wellfit.events import Event, Progress
from wellfit.judge.metric import Metric
from wellfit.plurals import counted
from wellfit.spec import Data
from wellfit.store import FittedModel, load, model_file
from wellfit.study.held_back import hold_back
from wellfit.study.problem import problem_of
from wellfit.table.coding import TargetCoding
from wellfit.table.numerals import marked
from wellfit.table.read import find_target, read_table
from wellfit.table.split import Split
from wellfit.table.table import Table, make_table
from wellfit.table.train_dev_test import split_rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["diagnose_command"]


HELD_BACK = (
    "the model has learned from the dev rows, too; the diagnosis is of the same networks, trained in the same way on the training rows "
    "alone."
)


class Case(NamedTuple):
    """A table, split, and its notes."""

    table: Table
    data: Data
    split: Split
    coding: TargetCoding
    notes: tuple[str, ...]


def diagnose_command(
    screen: Screen,
    path: Path,
    options: dict[str, Any],
    model_path: Path | None,
    seconds: float | None,
    out: Path | None,
    target_error: float | None,
) -> int:
    """Diagnose a model on a table's training and dev rows, print what was found and write the report."""
    if model_path is not None:
        model_path = Path(model_file(model_path))
    check_output(out, "diagnosis.html", {"table": path, "model": model_path})
    if seconds is not None and not seconds > 0:
        raise SpecError(f"--time-budget must be above 0 seconds, found {seconds:g}.")
    model = None if model_path is None else load(model_path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DataWarning)
        frame = read_table(path, options["decimal"])
        case = _case(frame, options, model)
        screen.say(f"{path}: {counted(len(frame), 'row')}, {counted(len(frame.columns), 'column')}")
        screen.say(target_words(case.table.target, case.coding.scale, np.concatenate(case.split)))
        screen.say(_split_words(case))
        if target_error is not None:
            Metric(case.table.target.task).parse(target_error)
        with announced_compiling(lambda: screen.report(f"{ONCE} ...")):
            if model is None:
                screen.report("training a network ...")
                model = _plain_network(case)
            elif isinstance(model, FittedModel) and _learned_from_dev(model, case.data):
                screen.report("retraining the model without the dev rows, which it has learned from ...")
                case = case._replace(notes=(*case.notes, HELD_BACK))
                model = _without_dev_rows(case, model)
            diagnosis = _diagnose(screen, case, model, seconds, target_error)
    sentences = dict.fromkeys(str(warning.message) for warning in caught if issubclass(warning.category, DataWarning))
    for text in sentences:
        screen.report(f"warning: {text}", style="yellow")
    for note in case.notes:
        screen.say(f"note: {note}")
    if out is not None:
        diagnosis.report(out)
    screen.say("")
    screen.page(diagnosis.blocks())
    screen.say("")
    if out is not None:
        screen.say(f"{out}: the full report{', with pictures' if plots.is_available() else ' (pictures need matplotlib)'}.")
    else:
        screen.say("Full report with pictures: --out FILE.html", style="dim")
    if screen.as_json:
        table = {"name": str(path), "rows": len(frame), "columns": len(frame.columns), "target": case.table.target.name}
        table |= {"task": case.table.target.task, "task_guess": case.table.target.guess}
        whole = {"table": table, "data": case.data.to_dict(), "table_notes": [*sentences, *case.notes], **diagnosis.to_dict()}
        screen.object(whole | ({} if out is None else {"out": str(out)}))
    return DONE


# === Table and split ===


def _case(frame: pd.DataFrame, options: dict[str, Any], model: Any) -> Case:
    """Split a table: as the model was, where that is known, else by the options."""
    given = {name: value for name, value in options.items() if value is not None}
    known = _known_data(model)
    target = model.target.name if isinstance(model, FittedModel) else None
    if target is not None and given.setdefault("target", target) != target:
        raise DataError(f"the model predicts {target!r}, but --target names {given['target']!r}; drop --target.")
    if "target" not in given:
        find_target(frame, None)
    doubt = ""
    if known is None:
        data = Data(**given)
        doubt = "the model does not say which rows it was trained on" if model is not None else ""
    else:
        data, rows = known
        if data.decimal and not options["decimal"]:
            frame = marked(frame, data.decimal, given=True)
        doubt = f"the model was trained on a table of {counted(rows, 'row')}, and this one has {len(frame):,}" if rows != len(frame) else ""
    notes = (f"{doubt}: dev rows may be among them, and the variance would then look smaller than it is.",) if doubt else ()
    find_target(frame, data.target)
    group, time = (None if name is None else find_target(frame, name, role) for name, role in ((data.group, "group"), (data.time, "time")))
    left_out = () if data.group is None else (data.group,)
    table = make_table(frame, data.target, task=data.task, groups=group, times=time, left_out=left_out, categories=data.categories)
    split = split_rows(table.target, data, group, time)
    return Case(table, data, split, table.target.coding(split.train), notes)


def _known_data(model: Any) -> tuple[Data, int] | None:
    """Return how the table of a model was split, and how many rows it had; None where that is not known."""
    if not isinstance(model, FittedModel):
        return None
    try:
        return Data.from_dict(model.about["data"]), int(model.about["table"]["rows"])
    except (KeyError, TypeError, ValueError):
        return None


def _split_words(case: Case) -> str:
    how = "by group" if case.data.group else "by time" if case.data.time else "stratified" if case.table.target.classes else "at random"
    test = f"; {counted(len(case.split.test), 'test row is', 'test rows are')} not looked at" if len(case.split.test) else ""
    return f"split {how}, seed {case.data.seed}: {counted(len(case.split.train), 'training row')}, {len(case.split.dev):,} dev{test}"


def _inputs(case: Case, rows: Any) -> pd.DataFrame:
    """Return the columns to predict from."""
    kept: pd.DataFrame = case.table.frame.drop(columns=list(case.table.left_out)).iloc[rows].reset_index(drop=True)
    return kept


def _truth(case: Case, rows: Any, model: Any) -> Any:
    """Return the target in the model's own terms."""
    if isinstance(model, FittedModel):
        return case.table.frame[case.data.target].iloc[rows].to_numpy()
    values = case.table.target.values[rows]
    return case.coding.labels[values.astype(np.int64)] if case.coding.classes else values


# === Model and diagnosis ===


def _plain_network(case: Case) -> Any:
    """Train a network as it comes on the training rows."""
    from wellfit.estimators.table import WellfitClassifier, WellfitRegressor

    kind = WellfitRegressor if case.table.target.task == "regression" else WellfitClassifier
    rows = case.split.train
    groups = None if case.data.group is None else case.table.frame[case.data.group].iloc[rows].to_numpy()
    return kind(categorical_features=case.data.categories or None, random_state=case.data.seed).fit(
        _inputs(case, rows), _truth(case, rows, None), groups=groups
    )


def _learned_from_dev(model: FittedModel, data: Data) -> bool:
    """Whether a search trained networks of the model on rows that are dev rows here."""
    choice = model.about.get("choice")
    if "search" not in model.about or not isinstance(choice, Mapping):
        return False
    # Only by time has a search the same dev rows; it otherwise deals its own.
    return choice.get("refit") is True or data.time is None


def _without_dev_rows(case: Case, model: FittedModel) -> FittedModel:
    """Train the networks of a search's model on the training rows alone."""
    # Networks that are trained anew would take any columns.
    model.preparation.transform(_inputs(case, case.split.train[:1]))
    searched = np.sort(np.concatenate([case.split.train, case.split.dev]))
    epochs, problem = _epochs_of(model), problem_of(case.table, searched, seed=case.data.seed)
    interrupt = Interrupt()
    with interrupt.caught():
        return hold_back(model, epochs, problem, np.searchsorted(searched, case.split.train), interrupt)


def _epochs_of(model: FittedModel) -> list[int]:
    """Return how many epochs each network did, checked against damage of the file."""
    try:
        found = [(each["seed"], each["epochs"]) for each in model.about["choice"]["networks"]]
    except (KeyError, TypeError):
        found = []
    seeds, most = [network.seed for network in model.networks], [network.spec.training.epochs for network in model.networks]
    if [seed for seed, _ in found] != seeds or not all(type(epochs) is int for _, epochs in found):
        raise ModelFileError("the model does not say how its networks were trained; fit it again.")
    for (_, epochs), limit in zip(found, most, strict=True):
        if not 1 <= epochs <= limit:
            raise ModelFileError(
                f"a network of the model must have done 1 to {counted(limit, 'epoch')}, found {epochs}; the file is damaged."
            )
    return [epochs for _, epochs in found]


def _diagnose(screen: Screen, case: Case, model: Any, seconds: float | None, target_error: float | None) -> Diagnosis:
    """Diagnose a model; Ctrl-C stops it."""
    X_train, X_dev = _inputs(case, case.split.train), _inputs(case, case.split.dev)
    y_train, y_dev = _truth(case, case.split.train, model), _truth(case, case.split.dev, model)
    interrupt, shown = Interrupt(), ""

    def follow(event: Event) -> bool:
        nonlocal shown
        if isinstance(event, Progress) and event.stage != shown:
            shown = event.stage
            screen.report(f"{shown} ...")
        return interrupt(event)

    with interrupt.caught():
        return diagnose(
            model,
            X_train,
            y_train,
            X_dev,
            y_dev,
            target_error,
            time_budget=seconds,
            random_state=case.data.seed,
            name="the network",
            callback=follow,
        )
