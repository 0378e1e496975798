"""What a study compared and tried, the model that came of it, and its errors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wellfit.judge.blocks import (
    TONES,
    error_fact,
    error_facts,
    error_name,
    table_of_test,
    unit_of,
    verdict_blocks,
    verdict_fact,
    words_of_test,
)
from wellfit.judge.final_test import FinalTest
from wellfit.judge.metric import Metric
from wellfit.judge.references import TARGET_ERROR
from wellfit.plots.svg import to_svg
from wellfit.plurals import counted
from wellfit.render.blocks import Block, Cell, Code, Fact, Facts, Picture, Points, Section, Table, Text
from wellfit.render.settings import settings_table, versions
from wellfit.render.words import capital, clipped, layers
from wellfit.spec import Spec
from wellfit.store.blocks import settings_cells
from wellfit.study.pages.advice import advice
from wellfit.study.pages.tried import (
    GIVEN_UP,
    Tried,
    average_words,
    best_alone,
    compared_by,
    settings_tried,
    trained_on,
    tried_in_rounds,
)
from wellfit.study.plans import DEFAULT, NONE, label_of, shape_of
from wellfit.study.run_files import BOUNDARY, COSTS, GAPS, SEARCH
from wellfit.study.trial import interval_of, reference_of_record

if TYPE_CHECKING:
    from wellfit.study.study import Study

__all__ = ["found_sections", "next_section", "reference_text", "repeat_section", "short_section"]

Record = dict[str, Any]
Figures = Mapping[str, Any]

MOST_KINDS, MOST_SETTINGS = 12, 40
ENDS = {
    "target met": "the target error is reached",
    "time": "the time budget is used up",
    "trials": "the requested number of networks is trained",
    "planned": "all settings are trained",
    "three rounds": "three rounds brought no improvement",
    "interrupted": "interrupted",
    "diverged": "all networks diverged",
    None: "not finished",
}
AIMS = {"plain": "a first network", "regularisation": "compare regularisers", "neither": "refining"}
CAPTIONS = {
    GAPS: "Training and dev error of each regulariser at its best setting, with 95 % intervals, and the dev errors of simple models.",
    COSTS: "Cost during training: a dev cost that rises while the training cost falls is a sign of overfitting.",
    SEARCH: "The dev error of every network in the order of the search, and the best so far.",
    BOUNDARY: "The model's predictions over its two columns, and rows of the table.",
}


def found_sections(study: Study, test: FinalTest | None, figures: Figures, whole: bool) -> list[Section]:
    """Return what was compared and tried, the model and its test error; `whole` adds all else that the journal tells, and figures."""
    found = []
    if study.compared:
        found.append(_comparison(study, figures, whole))
    if study.has_rounds or (study.networks and not study.compared):
        found += [_rounds(study, figures, whole), _tried(study, whole)]
    if whole and study.best is not None:
        found.append(_verdict(study))
    if study.of_kind("model"):
        found.append(_model(study, figures, whole))
    if test is not None:
        found.append(test.section(study.test_reads))
    elif study.test_reads:
        found.append(_last_reading(study))
    return found


def short_section(study: Study, test: FinalTest | None = None) -> Section:
    """Return what to know at a glance."""
    metric, best = study.metric, study.best
    facts = []
    if test is not None:
        facts += error_facts(test)
    elif study.test_error is not None:
        facts.append(error_fact(f"{metric.name} to expect", metric, study.test_error))
    if study.dev_error is not None:
        facts.append(error_fact(f"dev {metric.name} of the average", metric, study.dev_error))
    if best is not None:
        facts.append(verdict_fact("the best network alone", best["verdict"]))
    rounds = sum(each["round"] > 0 for each in study.rounds)
    how = f"{counted(rounds, 'round')}; {ENDS[study.end_reason]}" if rounds else ENDS[study.end_reason]
    facts.append(Fact("networks tried", f"{study.networks:,}", how))
    guess = study.header.get("task_guess")
    return Section("In short", [Facts(facts), *([Text(guess)] if guess else [])])


def reference_text(study: Study) -> Text:
    """Return what networks were measured against."""
    metric, reference = study.metric, reference_of_record(study.of_kind("references")[0])
    if reference.name == TARGET_ERROR:
        words = f"Target error: {metric.show(reference.error.estimate)}. Bias is measured from it, and the search ends when it is met."
    else:
        error = metric.error_words(reference.error)
        words = f"No target error was given: bias is measured from {reference.words}, with {error} on dev rows."
    return Text(words)


def _target(study: Study) -> str:
    return repr(clipped(study.header["target"]))


def _basis(study: Study) -> Text:
    """Return by which rows networks were compared, and what simple models reach on these."""
    references = study.of_kind("references")[0]["errors"]
    simple = ", ".join(f"{name} {study.metric.show(error)}" for name, error in sorted(references.items(), key=lambda pair: pair[1]))
    few = (
        "; on a small table each row is used for training in some folds and for evaluation in one"
        if study.of_kind("start")[0]["folds"]
        else ""
    )
    models = f" Dev {study.metric.name} of simple models: {simple}." if simple else ""
    return Text(f"The networks were compared by {compared_by(study)}{few}.{models}", is_note=True)


# === The regularisers that were compared ===


def _comparison(study: Study, figures: Figures, whole: bool) -> Section:
    """Return how each regulariser did at its best setting."""
    metric, compared = study.metric, study.compared
    lost = sum(each["diverged"] for each in compared)
    # With folds each network of a setting has rows of its own: what another seed would change is not known apart from the rows.
    has_seeds = not study.of_kind("start")[0]["folds"] and any(each["networks"] > each["settings"] for each in compared)
    over = "rows and seeds" if has_seeds else "rows"
    marks = "*: the best network; default: the default network; λ: the L2 penalty; gap = dev error - training error."
    notes = [f"{marks} Intervals are over {over}."]
    notes += [f"{counted(lost, 'network')} diverged and cannot be chosen."] if lost else []
    notes += [f"The first {study.divergence}"] if study.divergence else []
    heads = ["", "regulariser", "λ", "dropout", "hidden", "train", "dev", "gap (95 %)", "verdict"]
    caption = f"{error_name(metric)} by regulariser, each at its best setting ({unit_of(metric, _target(study))})"
    blocks: list[Block] = [Table(caption, heads, [_regulariser(study, each) for each in compared], (2, 3, 4, 5, 6), notes=notes)]
    if whole:
        networks, settings = (sum(each[name] for each in compared) for name in ("networks", "settings"))
        words = (
            f"{counted(networks, 'network')} of {counted(settings, 'setting')}: each regulariser with several strengths and shapes, "
            "shown at the setting with the lowest dev cost, which is a finer measure than the error."
        )
        blocks = [Text(words), *blocks, *_pictures(figures, GAPS, COSTS)]
    return Section("No regularisation, L2, dropout, or both?", [*blocks, _basis(study)])


def _regulariser(study: Study, found: Record) -> list[str | Cell]:
    metric, spec = study.metric, Spec.from_dict(found["spec"])
    training, is_best = spec.training, study.best is not None and study.best["spec"] == found["spec"]
    word = str(found["verdict"]) if "verdict" in found else "diverged" if found["divergence"] else "not trained"
    errors = ["", "", ""]
    if "verdict" in found:
        train, dev, gap = (interval_of(found[name]) for name in ("train_error", "dev_error", "gap"))
        errors = [metric.figure(train.estimate), metric.figure(dev.estimate), metric.figures(gap, sign=True)]
    strengths = [f"{strength:g}" if strength else "" for strength in (training.l2, training.dropout)]
    # Short, so that the table has room on a terminal of 80 columns.
    name = {NONE: "none", DEFAULT: "default"}.get(str(found["change"]), str(found["change"]))
    return ["*" if is_best else "", name, *strengths, shape_of(spec), *errors, Cell(word, TONES.get(word, ""))]


def _pictures(figures: Figures, *names: str) -> list[Block]:
    return [Picture(CAPTIONS[name], to_svg(figures[name])) for name in names if figures.get(name) is not None]


# === Rounds ===


def _rounds(study: Study, figures: Figures, whole: bool) -> Section:
    """Return the search as it went: what each round saw, tried and brought."""
    metric = study.metric
    heads = ["round", "aim", "settings", "training", "dev (95 %)", "outcome", "what was changed"]
    caption = f"Rounds; {metric.name} of the best of each ({unit_of(metric, _target(study))})"
    blocks: list[Block] = [Table(caption, heads, [_round(metric, each) for each in study.rounds], (0, 2, 3))]
    if whole:
        words = (
            "Each round diagnoses the best network so far: a training error well above the reference error is bias, a dev error well "
            "above the training error is variance. It then trains networks with remedies for the larger of the two, or for the other "
            "after a round without improvement, and stops the worst early. The best network of a round replaces the best so far only "
            "if it is significantly better on the same rows."
        )
        blocks = [Text(words), *blocks, *_pictures(figures, SEARCH)]
    return Section("The search, round by round", blocks)


def _round(metric: Metric, found: Record) -> list[str | Cell]:
    choice, aim = found["choice"], AIMS.get(found["move"], f"against {found['move']}")
    changes = list(dict.fromkeys(name for each in found["candidates"] for name in each["change"].split(" + ")))
    shown = ", ".join(changes[:6]) + (f" and {len(changes) - 6} more" if len(changes) > 6 else "")
    start: list[str | Cell] = [str(found["round"]), aim, f"{len(found['candidates']):,}"]
    if choice is None:
        return [*start, "", "", "interrupted", shown]
    if not choice["kept"] and choice["gain"] is None:
        # The errors of such a choice are those of the best so far.
        return [*start, "", "", "none finished", shown]
    errors = [metric.figure(interval_of(choice["train_error"]).estimate), metric.figures(interval_of(choice["dev_error"]))]
    outcome: str | Cell = "not significantly better"
    if choice["kept"]:
        outcome = "first result" if choice["gain"] is None else Cell("kept", "good")
    return [*start, *errors, outcome, shown]


def _tried(study: Study, whole: bool) -> Section:
    """Return what was tried, by kind of change; `whole` also by setting."""
    metric, kinds = study.metric, tried_in_rounds(study)
    heads, numeric = ["kind", "networks", "settings", "training", "dev", "kept"], (1, 2, 3, 4, 5)
    rows = [_kind(metric, kind) for kind in kinds]
    caption = f"{error_name(metric)} by kind of change, each at its best setting ({unit_of(metric, _target(study))})"
    notes = ["kept: how often the change gave the best network so far."]
    notes += [f"No errors: {GIVEN_UP}."] if any(kind.spec is None for kind in kinds) else []
    if len(rows) > MOST_KINDS and not whole:
        notes.insert(0, f"Another {counted(len(rows) - MOST_KINDS, 'kind')} did no better.")
    blocks: list[Block] = [Table(caption, heads, rows[:MOST_KINDS], numeric, notes=notes)]
    if whole:
        if len(rows) > MOST_KINDS:
            blocks.append(Table(f"The other {len(rows) - MOST_KINDS:,}", heads, rows[MOST_KINDS:], numeric, is_folded=True))
        blocks += _settings(metric, settings_tried(study))
    return Section("What was tried", blocks if study.compared else [*blocks, _basis(study)])


def _kind(metric: Metric, kind: Tried) -> list[str | Cell]:
    figures = [metric.figure(error) if math.isfinite(error) else "" for error in (kind.train_error, kind.dev_error)]
    return [kind.name, f"{kind.networks:,}", f"{kind.settings:,}", *figures, Cell(str(kind.kept), "good") if kind.kept else ""]


def _settings(metric: Metric, settings: Sequence[Tried]) -> list[Block]:
    rows = [
        [each.name, *settings_cells(each.spec), metric.figure(each.train_error), metric.figure(each.dev_error)]
        for each in settings[:MOST_SETTINGS]
        if each.spec is not None
    ]
    if not rows:
        return []
    notes = [f"The best {len(rows):,} of {len(settings):,} that were fully trained on every fold."] if len(rows) < len(settings) else []
    heads = ["change", "layers", "λ₂", "λ₁", "dropout", "optimiser and rate", "batch", "epochs", "training", "dev"]
    return [Table("The best settings", heads, rows, (2, 3, 6, 7, 8, 9), is_folded=True, notes=notes)]


# === The model ===


def _verdict(study: Study) -> Section:
    """Return the verdict on the best network alone, and what that network is."""
    best, verdict = study.best, study.verdict
    assert best is not None
    assert verdict is not None
    words = "whether the best network fits is undecided" if verdict.word == "undecided" else f"the best network {verdict.word}"
    spec = Spec.from_dict(best["spec"])
    activation = f", {spec.network.activations[0]} in the hidden layers" if spec.network.hidden else ""
    network = (
        f"Its settings are {label_of(spec)}: layers {layers(spec.network)}{activation}, trained for up to "
        f"{counted(spec.training.epochs, 'epoch')}."
    )
    blocks: list[Block] = [Text(capital(f"{words}: {verdict.reason}")), *verdict_blocks(verdict), Text(network)]
    if study.networks > 1:
        blocks.append(Text("The dev error is optimistic, because it was used to choose the network; the test error is not.", is_note=True))
    return Section("The verdict on the best network", blocks)


def _model(study: Study, figures: Figures, whole: bool) -> Section:
    """Return the model: who has a part in it, and what each counts."""
    found, best = study.of_kind("model")[-1], study.best
    members = found["members"]
    blocks: list[Block] = []
    if best is not None:
        blocks.append(Text(best_alone(study), tone=TONES.get(best["verdict"], "")))
    if study.divergence:
        blocks.append(Text(f"No network can be chosen. The first {study.divergence}", tone="bad"))
    is_one = len(members) == 1
    what = "is one network" if is_one else f"averages {counted(len(members), 'network')}"
    share = "" if is_one else "The networks and their weights in the average were chosen on dev rows only. "
    blocks.append(Text(f"The model {what}, {trained_on(found)}. {share}{average_words(study)}"))
    if whole:
        rows = []
        for member in members:
            cells = settings_cells(Spec.from_dict(member["spec"]))
            rows.append([f"{100 * member['weight']:.1f} %", *cells[:-1], f"{member['epochs']:,}", str(member["seed"])])
        heads = ["weight", "layers", "λ₂", "λ₁", "dropout", "optimiser and rate", "batch", "epochs", "seed"]
        blocks.append(Table("The weight of each network in the average", heads, rows, (0, 2, 3, 6, 7, 8)))
        # With a comparison the cost curves are those of the regularisers, and stand there.
        if not study.compared and COSTS in figures:
            blocks.append(Picture("Cost during training of the averaged networks.", to_svg(figures[COSTS])))
        blocks += _pictures(figures, BOUNDARY)
    return Section("The model", blocks)


def _last_reading(study: Study) -> Section:
    """Return the test error as the journal has it; of an extended study an earlier reading is of an earlier model."""
    metric, read = study.metric, study.of_kind("test")[-1]
    references = [(name, interval_of(ends)) for name, ends in read["references"].items()]
    table = table_of_test(metric, read["rows"], interval_of(read["error"]), references)
    return Section(f"The test {metric.name}", [Text(words_of_test(read["rows"], study.test_reads), is_note=True), table])


def next_section(study: Study, test: FinalTest) -> Section:
    """Return what to try next."""
    last = Text(
        "These suggestions come from this run and were not tried. wellfit diagnose goes further: it checks the training, estimates whether "
        "more rows would help, and tries the most promising change.",
        is_note=True,
    )
    return Section("What to try next", [Points(advice(study, test)), last])


def repeat_section(study: Study, before: Sequence[Block] = ()) -> Section:
    """Return all settings, and what was reported while it ran."""
    best = study.best
    settings = {
        "study": {name: value for name, value in study.header.items() if name != "kind"},
        "start": {name: value for name, value in study.of_kind("start")[0].items() if name != "kind"} if study.of_kind("start") else {},
        "best network": {} if best is None else best["spec"],
        "sessions": {str(place): session for place, session in enumerate(study.of_kind("session"), 1)},
        "versions": versions(),
    }
    blocks: list[Block] = [
        *before,
        settings_table("All settings", settings),
        Code("Messages of the run:", "\n".join(study.messages)),
    ]
    return Section("All settings, to reproduce the run", blocks)
