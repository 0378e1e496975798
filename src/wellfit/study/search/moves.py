"""The recipe: what is changed about a network that underfits, overfits, or does neither for sure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from wellfit.spec import CLASSIFICATION_LOSSES, Optimizer, Schedule, Spec

__all__ = ["FOR_BIAS", "FOR_VARIANCE", "MOVES", "REFINING", "Candidate", "candidates"]

MOST_UNITS, MOST_LAYERS, MOST_DROPOUT, MOST_EPOCHS = 1024, 4, 0.6, 1_000
LEAST_BATCH = 16

Change = Callable[[Spec, np.random.Generator], Spec | None]


@dataclass(frozen=True)
class Candidate:
    """A network to be tried.

    Parameters
    ----------
    change : str
        What is different from the best so far: names of `MOVES`, joined by plus signs.
    spec : Spec
        The network.
    """

    change: str
    spec: Spec


def candidates(spec: Spec, moves: Sequence[str], seed: int) -> Iterator[Candidate]:
    """Yield changes of a network without end: first each move alone, then two or three at once.

    Parameters
    ----------
    spec : Spec
        What is changed.
    moves : sequence of str
        Names of `MOVES`.
    seed : int
        Draws how much is changed, and what goes together.

    Yields
    ------
    Candidate
        All different from the network; the same may come twice.
    """
    rng = np.random.default_rng(seed)
    turn = 0
    while True:
        names = (
            [moves[turn]] if turn < len(moves) else [moves[place] for place in sorted(rng.permutation(len(moves))[: rng.integers(2, 4)])]
        )
        turn += 1
        changed = spec
        done: list[str] = []
        for name in names:
            made = MOVES[name](changed, rng)
            if made is not None and made != changed:
                changed, done = made, [*done, name]
        if changed != spec:
            yield Candidate(" + ".join(done), changed)
        elif turn > 1_000 * len(moves):
            return


def _training(spec: Spec, **changes: object) -> Spec:
    return spec.replace(training=spec.training.replace(**changes))


def _rounded(number: float) -> float:
    return float(f"{number:.2g}")


# === Against variance ===


def _l2(spec: Spec, rng: np.random.Generator) -> Spec:
    return _training(spec, l2=_rounded(max(spec.training.l2, 0.003) * float(rng.choice([3.0, 10.0, 30.0]))))


def _l1(spec: Spec, rng: np.random.Generator) -> Spec:
    return _training(spec, l1=_rounded(max(spec.training.l1, 0.001) * float(rng.choice([3.0, 10.0]))))


def _dropout(spec: Spec, rng: np.random.Generator) -> Spec | None:
    if not spec.network.hidden:
        return None
    rate = max(spec.dropout_rates[1:]) + float(rng.choice([0.1, 0.2, 0.3]))
    return _training(spec, dropout=round(min(MOST_DROPOUT, rate), 2))


def _dropout_by_layer(spec: Spec, rng: np.random.Generator) -> Spec | None:
    """More in later layers, whose units have more to agree upon, or the other way round."""
    layers = len(spec.network.hidden)
    if layers < 2:
        return None
    highest = min(MOST_DROPOUT, max(spec.dropout_rates[1:]) + float(rng.choice([0.2, 0.3])))
    rates = [round(highest * (place + 1) / layers, 2) for place in range(layers)]
    return _training(spec, dropout=tuple(rates if rng.random() < 0.5 else rates[::-1]))


def _input_dropout(spec: Spec, rng: np.random.Generator) -> Spec:
    return _training(spec, input_dropout=round(min(0.4, spec.training.input_dropout + float(rng.choice([0.03, 0.07, 0.15]))), 2))


def _both(spec: Spec, rng: np.random.Generator) -> Spec | None:
    dropped = _dropout(spec, rng)
    return None if dropped is None else _l2(dropped, rng)


def _label_smoothing(spec: Spec, rng: np.random.Generator) -> Spec | None:
    if spec.training.loss not in CLASSIFICATION_LOSSES:
        return None
    return _training(spec, label_smoothing=round(min(0.2, spec.training.label_smoothing + float(rng.choice([0.03, 0.07]))), 2))


def _smaller(spec: Spec, rng: np.random.Generator) -> Spec | None:
    hidden = spec.network.hidden
    if not hidden:
        return None
    if len(hidden) > 1 and rng.random() < 0.3:
        return _reshaped(spec, hidden[:-1])
    return _reshaped(spec, tuple(max(4, units // int(rng.choice([2, 4]))) for units in hidden))


def _linear(spec: Spec, rng: np.random.Generator) -> Spec | None:
    return _reshaped(spec, ()) if spec.network.hidden else None


def _shorter(spec: Spec, rng: np.random.Generator) -> Spec:
    """Let the rate fall sooner, and wait less: early stopping."""
    epochs = max(2, round(spec.training.epochs * float(rng.choice([0.35, 0.6]))))
    patience = None if spec.training.patience is None else max(1, round(0.2 * epochs))
    return _training(spec, epochs=epochs, patience=patience)


# === Against bias ===


def _wider(spec: Spec, rng: np.random.Generator) -> Spec | None:
    hidden = spec.network.hidden or (32,)
    factor = int(rng.choice([2, 4]))
    return _reshaped(spec, tuple(min(MOST_UNITS, factor * units) for units in hidden))


def _deeper(spec: Spec, rng: np.random.Generator) -> Spec | None:
    hidden = spec.network.hidden or (32,)
    return _reshaped(spec, (*hidden, hidden[-1])) if len(hidden) < MOST_LAYERS else None


def _rate(spec: Spec, rng: np.random.Generator) -> Spec:
    rate = spec.training.schedule.learning_rate * float(rng.choice([0.2, 0.4, 2.0, 4.0]))
    return _training(spec, schedule=spec.training.schedule.replace(learning_rate=_rounded(min(rate, 0.1))))


def _optimizer(spec: Spec, rng: np.random.Generator) -> Spec | None:
    name = spec.training.optimizer.name
    options = [
        Optimizer(name="adamw", beta2=0.95, weight_decay=float(rng.choice([0.01, 0.05]))),
        Optimizer(name="adam", beta2=0.999),
        Optimizer(name="adam", beta2=0.95),
    ]
    if name not in ("adam", "adamw"):
        return None
    return _training(spec, optimizer=options[int(rng.integers(len(options)))])


def _schedule(spec: Spec, rng: np.random.Generator) -> Spec:
    rate = spec.training.schedule.learning_rate
    steps = int(rng.choice([20, 100]))
    options = [
        Schedule(name="cosine", learning_rate=rate, per="step", warm_up=steps),
        Schedule(name="cosine", learning_rate=rate, per="step", minimum=0.1),
        Schedule(name="constant", learning_rate=_rounded(rate / 3)),
    ]
    return _training(spec, schedule=options[int(rng.integers(len(options)))])


def _longer(spec: Spec, rng: np.random.Generator) -> Spec:
    epochs = min(MOST_EPOCHS, round(spec.training.epochs * float(rng.choice([2.0, 3.0]))))
    patience = None if spec.training.patience is None else max(1, round(0.3 * epochs))
    return _training(spec, epochs=epochs, patience=patience)


def _batch(spec: Spec, rng: np.random.Generator) -> Spec | None:
    """Smaller batches make more steps of the same epochs."""
    size = spec.training.batch_size
    return None if size is None or size <= LEAST_BATCH else _training(spec, batch_size=size // 2)


def _less_regularised(spec: Spec, rng: np.random.Generator) -> Spec:
    training = spec.training
    least = float(rng.choice([0.0, 0.1, 0.3]))
    rates = training.dropout
    dropout = tuple(round(least * rate, 2) for rate in rates) if isinstance(rates, tuple) else round(least * rates, 2)
    return _training(
        spec, l2=_rounded(least * training.l2), l1=0.0, dropout=dropout, input_dropout=round(least * training.input_dropout, 2)
    )


def _activation(spec: Spec, rng: np.random.Generator) -> Spec | None:
    others = [name for name in ("gelu", "silu", "relu", "leaky_relu") if name not in spec.network.activations]
    if not spec.network.hidden:
        return None
    return spec.replace(network=spec.network.replace(activation=str(rng.choice(others)), initializer="auto"))


def _reshaped(spec: Spec, hidden: tuple[int, ...]) -> Spec:
    """Return the network with other hidden layers, all of the kind that the first one was."""
    old, training = spec.network, spec.training
    if isinstance(training.dropout, tuple):
        training = training.replace(dropout=max(training.dropout, default=0.0))
    return Spec(old.replace(hidden=hidden, activation=old.activations[0] if old.hidden else "relu"), training)


# === Around the best ===


def _nearby(spec: Spec, rng: np.random.Generator) -> Spec:
    """Change a little of everything."""
    training, hidden = spec.training, spec.network.hidden
    wide = tuple(int(np.clip(round(units * float(rng.choice([0.7, 1.0, 1.0, 1.5]))), 4, MOST_UNITS)) for units in hidden)
    rate = training.schedule.learning_rate * 2.0 ** float(rng.uniform(-1, 1))
    shift = round(float(rng.uniform(-0.1, 0.1)), 2)
    rates = training.dropout
    if isinstance(rates, tuple):
        dropout: float | tuple[float, ...] = tuple(round(float(np.clip(each + shift, 0.0, MOST_DROPOUT)), 2) for each in rates)
    else:
        dropout = round(float(np.clip(rates + shift, 0.0, MOST_DROPOUT)), 2)
    return Spec(
        spec.network.replace(hidden=wide),
        training.replace(
            schedule=training.schedule.replace(learning_rate=_rounded(rate)),
            l2=_rounded(training.l2 * 4.0 ** float(rng.uniform(-1, 1))),
            dropout=dropout,
        ),
    )


FOR_VARIANCE = (
    "l2",
    "dropout",
    "both",
    "label smoothing",
    "input dropout",
    "smaller",
    "no hidden layer",
    "early stopping",
    "dropout by layer",
    "l1",
)
FOR_BIAS = ("wider", "rate", "activation", "longer", "deeper", "batch", "less regularised", "optimiser", "schedule")
REFINING = ("nearby", "activation", "dropout", "wider", "rate", "batch", "l2", "label smoothing", "longer", "input dropout", "deeper")

MOVES: dict[str, Change] = {
    "activation": _activation,
    "batch": _batch,
    "both": _both,
    "deeper": _deeper,
    "dropout": _dropout,
    "dropout by layer": _dropout_by_layer,
    "early stopping": _shorter,
    "input dropout": _input_dropout,
    "l1": _l1,
    "l2": _l2,
    "label smoothing": _label_smoothing,
    "less regularised": _less_regularised,
    "longer": _longer,
    "nearby": _nearby,
    "no hidden layer": _linear,
    "optimiser": _optimizer,
    "rate": _rate,
    "schedule": _schedule,
    "smaller": _smaller,
    "wider": _wider,
}
