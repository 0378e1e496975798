"""The list of remedies: what is changed about a network that underfits, overfits, or does neither for sure.

A remedy may be drawn by the search, which tries many amounts, or taken as a next step by the diagnosis, in one amount.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from wellfit.remedies import drawn, steps
from wellfit.remedies.steps import Examined, Step
from wellfit.spec import Spec

__all__ = ["BIAS", "FOR_BIAS", "FOR_VARIANCE", "REFINING", "REMEDIES", "VARIANCE", "Candidate", "Remedy", "candidates"]

BIAS, VARIANCE = "bias", "variance"

Draw = Callable[[Spec, np.random.Generator], Spec | None]


@dataclass(frozen=True)
class Candidate:
    """A network to try."""

    change: str  # names of `REMEDIES`, joined by plus signs
    spec: Spec
    text: str = ""  # what to do, such as "dropout 0.2"; of a next step
    watches: bool = False  # its training monitors rows held out of it; of a next step


@dataclass(frozen=True)
class Remedy:
    """A change of a network."""

    name: str  # such as "dropout"
    against: str  # `BIAS` or `VARIANCE`; empty for variations of a good network
    draw: Draw | None = None  # (spec, generator) to the spec with a random amount of the change
    step: Callable[[Examined], Step] | None = None  # the next step for an `Examined` network


# In the order in which the search tries them.
REMEDIES = {
    remedy.name: remedy
    for remedy in (
        Remedy("l2", VARIANCE, drawn.l2, steps.l2),
        Remedy("dropout", VARIANCE, drawn.dropout, steps.dropout),
        Remedy("both", VARIANCE, drawn.both, steps.both),
        Remedy("label smoothing", VARIANCE, drawn.label_smoothing),
        Remedy("input dropout", VARIANCE, drawn.input_dropout),
        Remedy("smaller", VARIANCE, drawn.smaller, steps.smaller),
        Remedy("no hidden layer", VARIANCE, drawn.linear),
        Remedy("early stopping", VARIANCE, drawn.shorter, steps.early_stopping),
        Remedy("dropout by layer", VARIANCE, drawn.dropout_by_layer),
        Remedy("l1", VARIANCE, drawn.l1),
        Remedy("wider", BIAS, drawn.wider),
        Remedy("rate", BIAS, drawn.rate),
        Remedy("activation", BIAS, drawn.activation),
        Remedy("longer", BIAS, drawn.longer, steps.longer),
        Remedy("deeper", BIAS, drawn.deeper),
        Remedy("batch", BIAS, drawn.batch),
        Remedy("less regularised", BIAS, drawn.less_regularised, steps.less_regularised),
        Remedy("optimiser", BIAS, drawn.optimizer),
        Remedy("schedule", BIAS, drawn.schedule),
        Remedy("bigger", BIAS, step=steps.bigger),
        Remedy("adam", BIAS, step=steps.adam),
        Remedy("relu", BIAS, step=steps.relu),
        Remedy("leaky relu", BIAS, step=steps.leaky_relu),
        Remedy("initial weights", BIAS, step=steps.drawn_weights),
        Remedy("higher rate", BIAS, step=steps.higher_rate),
        Remedy("falling rate", BIAS, step=steps.falling_rate),
        Remedy("lower rate", BIAS, step=steps.lower_rate),
        Remedy("nearby", "", drawn.nearby),
    )
}
FOR_VARIANCE, FOR_BIAS = (
    tuple(name for name, remedy in REMEDIES.items() if remedy.draw is not None and remedy.against == against)
    for against in (VARIANCE, BIAS)
)
REFINING = ("nearby", "activation", "dropout", "wider", "rate", "batch", "l2", "label smoothing", "longer", "input dropout", "deeper")


def candidates(spec: Spec, names: Sequence[str], seed: int) -> Iterator[Candidate]:
    """Yield changes of a network endlessly: first each remedy alone, then two or three together; all differ from it, some may repeat."""
    rng = np.random.default_rng(seed)
    turn = 0
    while True:
        chosen = (
            [names[turn]] if turn < len(names) else [names[place] for place in sorted(rng.permutation(len(names))[: rng.integers(2, 4)])]
        )
        turn += 1
        changed = spec
        done: list[str] = []
        for name in chosen:
            draw = REMEDIES[name].draw
            made = None if draw is None else draw(changed, rng)
            if made is not None and made != changed:
                changed, done = made, [*done, name]
        if changed != spec:
            yield Candidate(" + ".join(done), changed)
        elif turn > 1_000 * len(names):
            return
