"""What a search tried, by setting and by kind of change, and its model in sentences."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wellfit import plots
from wellfit.plurals import counted
from wellfit.spec import Spec
from wellfit.study.choice import FEWEST_ROWS
from wellfit.study.trial import Trial, interval_of

if TYPE_CHECKING:
    from wellfit.study.study import Study

__all__ = [
    "GIVEN_UP",
    "Tried",
    "average_words",
    "best_alone",
    "compared_by",
    "draw_trials",
    "settings_tried",
    "trained_on",
    "tried_by_kind",
    "tried_in_rounds",
]

TOGETHER = "several at once"
# What to say of a kind or setting without errors.
GIVEN_UP = "stopped early, or diverged"


class Tried(NamedTuple):
    """What became of one kind of change, such as ``"dropout"``, or of one setting."""

    name: str
    networks: int
    settings: int
    # Of the best setting that was trained on every part, the mean over its networks; nan where none was.
    train_error: float
    dev_error: float
    spec: Spec | None  # that setting
    kept: int  # how often it became the best network


def settings_tried(study: Study) -> list[Tried]:
    """Return every setting that was trained to its end on every part, the best first."""
    by_spec: dict[Spec, list[Trial]] = {}
    for trial in study.trials:
        by_spec.setdefault(trial.spec, []).append(trial)
    # Of a comparison that was interrupted and completed later, the last choice counts.
    ended = [each["choice"] for each in study.rounds if each["choice"] is not None and "spec" in each["choice"]]
    choices = [(Spec.from_dict(choice["spec"]), choice) for choice in ended]
    kept = Counter(spec for spec, choice in choices if choice["kept"])
    # Gaps and verdicts of these networks were measured then, and the errors beside them must be the same.
    challengers = [(spec, choice) for spec, choice in choices if not choice["kept"] and choice["gain"] is not None]
    measured = dict([*challengers, *((spec, choice) for spec, choice in choices if choice["kept"])])
    parts = study.of_kind("start")[0]["folds"] or 1
    found = []
    for spec, trials in by_spec.items():
        whole = [trial for trial in trials if trial.epochs == spec.training.epochs and math.isfinite(trial.dev_error)]
        if spec in measured:
            errors = (interval_of(measured[spec]["train_error"]).estimate, interval_of(measured[spec]["dev_error"]).estimate)
        elif len({trial.part for trial in whole}) >= parts:
            errors = (_mean([trial.train_error for trial in whole]), _mean([trial.dev_error for trial in whole]))
        else:
            continue
        found.append(Tried(trials[0].change, len(trials), 1, *errors, spec, kept[spec]))
    return sorted(found, key=lambda each: each.dev_error)


def tried_by_kind(study: Study) -> list[Tried]:
    """Return what became of each kind of change, the best first."""
    networks: dict[str, list[Trial]] = defaultdict(list)
    for trial in study.trials:
        networks[trial.change].append(trial)
    settings: dict[str, list[Tried]] = defaultdict(list)
    for each in settings_tried(study):
        settings[each.name].append(each)
    found = []
    for name, mine in networks.items():
        best = settings[name][0] if settings[name] else None
        kept = sum(each.kept for each in settings[name])
        errors = (math.nan, math.nan) if best is None else (best.train_error, best.dev_error)
        found.append(Tried(name, len(mine), len({trial.spec for trial in mine}), *errors, best.spec if best else None, kept))
    return sorted(found, key=lambda each: (math.isnan(each.dev_error), each.dev_error))


def tried_in_rounds(study: Study) -> list[Tried]:
    """Return what became of each kind of change, without the regularisers that the opening compared."""
    compared = {each["change"] for each in study.compared}
    return [each for each in tried_by_kind(study) if each.name not in compared]


def best_alone(study: Study) -> str:
    """Return how the best network alone does, in a sentence with its own errors."""
    best, metric = study.best, study.metric
    assert best is not None
    train, dev = (metric.show(interval_of(best[f"{part}_error"]).estimate) for part in ("train", "dev"))
    word = "may or may not fit" if best["verdict"] == "undecided" else best["verdict"]
    return f"The best network alone ({best['change']}; training {metric.name} {train}, dev {metric.name} {dev}) {word}: {best['reason']}."


def average_words(study: Study) -> str:
    """Return the dev error of a search's model, and how far it can be relied on."""
    metric, error, start = study.metric, study.dev_error, study.of_kind("start")[0]
    assert error is not None
    words = f"Its dev {metric.name} is {metric.error_words(error)}"
    if study.networks == 1:
        return f"{words}."
    halves = (start["rows"] if start["folds"] else start["dev_rows"]) >= FEWEST_ROWS and len(study.of_kind("model")[-1]["members"]) > 1
    how = ", on each half of the dev rows with weights chosen on the other half" if halves else ""
    compared = counted(study.networks, "network")
    return f"{words}{how}. It is optimistic, because {compared} were compared on these rows; the test {metric.name} is not."


def compared_by(study: Study) -> str:
    """Return by which rows networks were compared, in words."""
    start = study.of_kind("start")[0]
    if not start["folds"]:
        return f"{counted(start['dev_rows'], 'dev row')}, trained on {start['train_rows']:,}"
    repeats = start["parts"] // start["folds"]
    often = f", repeated up to {counted(repeats, 'time')}" if repeats > 1 else ""
    return f"cross-validation of {counted(start['rows'], 'row')} in {counted(start['folds'], 'fold')}{often}"


def trained_on(found: dict[str, Any]) -> str:
    """Return what the networks of a model learned from, in words."""
    if len(found["members"]) == 1:
        how = "as chosen, trained on" if found["as_chosen"] else "trained again on all"
        return f"{how} {counted(found['rows'], 'row')}"
    members, chosen, rows = len(found["members"]), found["as_chosen"], counted(found["rows"], "row")
    if chosen == members:
        return f"as chosen, trained on {rows}"
    if not chosen:
        return f"trained again on all {rows} of the search"
    return f"{chosen} as chosen and {members - chosen} trained again on all {rows} of the search"


def draw_trials(study: Study) -> Any:
    """Draw the dev error of every network, and the best of them as it got better.

    Of changes that go together there are too many for a colour each.
    """
    trials = study.trials
    if not plots.is_available() or not any(math.isfinite(trial.dev_error) for trial in trials):
        return None
    done, best, held = 0, [], None
    for each in study.rounds:
        done += sum(trial.round == each["round"] for trial in trials)
        choice = each["choice"]
        if choice is not None and choice["kept"]:
            held = [math.nan if end is None else end for end in choice["dev_error"]]
        if held is not None:
            best.append((done, *held))
    is_classes = study.metric.task == "classification"
    display = plots.TrialsDisplay(
        np.array([trial.dev_error for trial in trials]),
        [TOGETHER if " + " in trial.change else trial.change for trial in trials],
        np.array(best) if best else None,
        study.of_kind("references")[0]["errors"],
        "dev error" if is_classes else "dev RMSE",
        is_classes,
    )
    return display.plot().figure_


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
