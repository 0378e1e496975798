"""The comparison of regularisers, the verdict on the best network, and what to try next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wellfit.judge.final_test import FinalTest
from wellfit.pages.errors import error_name
from wellfit.pages.facts import TONES, difference_fact, error_fact, layers
from wellfit.plots.svg import to_svg
from wellfit.plurals import counted
from wellfit.render.blocks import Block, Cell, Facts, Picture, Points, Section, Table, Text
from wellfit.render.words import capital
from wellfit.spec import Spec
from wellfit.study.pages.advice import advice
from wellfit.study.plans import label_of, shape_of
from wellfit.study.run_files import COSTS, GAPS
from wellfit.study.trial import interval_of

if TYPE_CHECKING:
    from wellfit.study.study import Study

__all__ = ["comparison_section", "next_section", "verdict_section"]

CAPTIONS = {
    GAPS: "Training and dev error of each regulariser at its best setting, with 95 % intervals, and the dev errors of simple models.",
    COSTS: "Cost while training: where the dev cost rises while the training cost falls, a network memorises its rows.",
}


def comparison_section(study: Study, figures: Mapping[str, Any], unit: str) -> Section:
    """Return how each regulariser did at its best setting."""
    metric, best = study.metric, study.best
    compared = study.compared
    networks, settings = (sum(each[name] for each in compared) for name in ("networks", "settings"))
    rows: list[list[str | Cell]] = []
    for each in compared:
        spec = Spec.from_dict(each["spec"])
        training, is_best = spec.training, best is not None and each["change"] == best["change"] and best["round"] == 0
        start: list[str | Cell] = [
            f"{each['change']}{' (best)' if is_best else ''}",
            f"{training.l2:g}" if training.l2 else "",
            f"{training.dropout:g}" if training.dropout else "",
            shape_of(spec),
        ]
        if "verdict" not in each:
            rows.append([*start, "", "", "", Cell("diverged", "bad") if each["divergence"] else Cell("not trained")])
            continue
        train, dev, gap = (interval_of(each[name]) for name in ("train_error", "dev_error", "gap"))
        figures_ = [metric.figure(train.estimate), metric.figure(dev.estimate), metric.figures(gap, sign=True)]
        rows.append([*start, *figures_, Cell(each["verdict"], TONES.get(each["verdict"], ""))])
    lost = sum(each["diverged"] for each in compared)
    notes = ["gap = dev error - training error. Intervals are over rows and networks."]
    notes += [f"{counted(lost, 'network')} diverged, and cannot be chosen."] if lost else []
    notes += [f"The first {study.divergence}"] if study.divergence else []
    heads = ["regulariser", "L2 λ", "dropout", "hidden units", "training", "dev", "gap (95 %)", "verdict"]
    blocks: list[Block] = [
        Text(
            f"{counted(networks, 'network')} of {counted(settings, 'setting')}, each regulariser in several strengths and shapes. Every "
            "one is shown at the setting with the lowest dev cost, which moves before the error does."
        ),
        Table(f"{error_name(metric)} by regulariser, {unit}", heads, rows, (1, 2, 4, 5, 6), notes=notes),
    ]
    blocks += [Picture(caption, to_svg(figures[name])) for name, caption in CAPTIONS.items() if name in figures]
    return Section("No regularisation, L2, dropout, or both?", blocks)


def verdict_section(study: Study) -> Section:
    """Return the verdict on the best network alone, and what that network is."""
    metric, best, verdict = study.metric, study.best, study.verdict
    assert best is not None
    assert verdict is not None
    said = "whether the best network fits is undecided" if verdict.word == "undecided" else f"the best network {verdict.word}"
    spec = Spec.from_dict(best["spec"])
    activation = f", {spec.network.activations[0]} in the hidden ones" if spec.network.hidden else ""
    blocks: list[Block] = [
        Text(capital(f"{said}: {verdict.reason}")),
        Facts(
            [
                error_fact("training error", metric, interval_of(best["train_error"])),
                error_fact("dev error", metric, interval_of(best["dev_error"])),
                difference_fact("bias: training error less the error that could be had", metric, verdict.bias),
                difference_fact("variance: dev error less training error", metric, verdict.gap),
            ]
        ),
        Text(
            f"A difference counts from {metric.show_difference(verdict.margin)} on, and where its whole interval lies above 0. A network "
            "with high bias underfits, one with high variance overfits; where the intervals do not tell, the verdict is undecided.",
            is_note=True,
        ),
        Text(
            f"It is the network with {label_of(spec)}: layers {layers(spec.network)}{activation}, trained for up to "
            f"{counted(spec.training.epochs, 'epoch')}."
        ),
    ]
    if study.networks > 1:
        blocks.append(Text("Dev error is optimistic: it was used to choose. Test error is not.", is_note=True))
    return Section("The verdict on the best network", blocks)


def next_section(study: Study, test: FinalTest) -> Section:
    """Return what to try next."""
    last = Text(
        "These follow from this run alone and were not tried. wellfit diagnose looks closer: it checks the training itself, says whether "
        "more rows would help, and tries the most promising step.",
        is_note=True,
    )
    return Section("What to try next", [Points(advice(study, test)), last])
