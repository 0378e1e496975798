"""Changes that the search draws: the generator says how much."""

from __future__ import annotations

import numpy as np

from wellfit.spec import CLASSIFICATION_LOSSES, Optimizer, Schedule, Spec

MOST_UNITS, MOST_LAYERS, MOST_DROPOUT, MOST_EPOCHS = 1024, 4, 0.6, 1_000
LEAST_BATCH = 16


def trained_with(spec: Spec, **changes: object) -> Spec:
    """Return a spec with other training options."""
    return spec.replace(training=spec.training.replace(**changes))


def rounded(number: float) -> float:
    """Return a number with two figures."""
    return float(f"{number:.2g}")


def reshaped(spec: Spec, hidden: tuple[int, ...]) -> Spec:
    """Return the network with other hidden layers, all of the kind that the first one was."""
    old, training = spec.network, spec.training
    if isinstance(training.dropout, tuple):
        training = training.replace(dropout=max(training.dropout, default=0.0))
    return Spec(old.replace(hidden=hidden, activation=old.activations[0] if old.hidden else "relu"), training)


# === Against variance ===


def l2(spec: Spec, rng: np.random.Generator) -> Spec:
    """Multiply the L2 penalty."""
    return trained_with(spec, l2=rounded(max(spec.training.l2, 0.003) * float(rng.choice([3.0, 10.0, 30.0]))))


def l1(spec: Spec, rng: np.random.Generator) -> Spec:
    """Multiply the L1 penalty."""
    return trained_with(spec, l1=rounded(max(spec.training.l1, 0.001) * float(rng.choice([3.0, 10.0]))))


def dropout(spec: Spec, rng: np.random.Generator) -> Spec | None:
    """Drop more hidden units."""
    if not spec.network.hidden:
        return None
    rate = max(spec.dropout_rates[1:]) + float(rng.choice([0.1, 0.2, 0.3]))
    return trained_with(spec, dropout=round(min(MOST_DROPOUT, rate), 2))


def dropout_by_layer(spec: Spec, rng: np.random.Generator) -> Spec | None:
    """Drop more in later layers, whose units have more to agree upon, or the other way round."""
    layers = len(spec.network.hidden)
    if layers < 2:
        return None
    highest = min(MOST_DROPOUT, max(spec.dropout_rates[1:]) + float(rng.choice([0.2, 0.3])))
    rates = [round(highest * (place + 1) / layers, 2) for place in range(layers)]
    return trained_with(spec, dropout=tuple(rates if rng.random() < 0.5 else rates[::-1]))


def input_dropout(spec: Spec, rng: np.random.Generator) -> Spec:
    """Drop some inputs."""
    return trained_with(spec, input_dropout=round(min(0.4, spec.training.input_dropout + float(rng.choice([0.03, 0.07, 0.15]))), 2))


def both(spec: Spec, rng: np.random.Generator) -> Spec | None:
    """Take more dropout and more L2."""
    dropped = dropout(spec, rng)
    return None if dropped is None else l2(dropped, rng)


def label_smoothing(spec: Spec, rng: np.random.Generator) -> Spec | None:
    """Smooth the labels."""
    if spec.training.loss not in CLASSIFICATION_LOSSES:
        return None
    return trained_with(spec, label_smoothing=round(min(0.2, spec.training.label_smoothing + float(rng.choice([0.03, 0.07]))), 2))


def smaller(spec: Spec, rng: np.random.Generator) -> Spec | None:
    """Take fewer units, or a layer less."""
    hidden = spec.network.hidden
    if not hidden:
        return None
    if len(hidden) > 1 and rng.random() < 0.3:
        return reshaped(spec, hidden[:-1])
    return reshaped(spec, tuple(max(4, units // int(rng.choice([2, 4]))) for units in hidden))


def linear(spec: Spec, rng: np.random.Generator) -> Spec | None:
    """Leave out all hidden layers."""
    return reshaped(spec, ()) if spec.network.hidden else None


def shorter(spec: Spec, rng: np.random.Generator) -> Spec:
    """Let the rate fall sooner, and wait less: early stopping."""
    epochs = max(2, round(spec.training.epochs * float(rng.choice([0.35, 0.6]))))
    patience = None if spec.training.patience is None else max(1, round(0.2 * epochs))
    return trained_with(spec, epochs=epochs, patience=patience)


# === Against bias ===


def wider(spec: Spec, rng: np.random.Generator) -> Spec | None:
    """Take two or four times as many units."""
    hidden = spec.network.hidden or (32,)
    factor = int(rng.choice([2, 4]))
    return reshaped(spec, tuple(min(MOST_UNITS, factor * units) for units in hidden))


def deeper(spec: Spec, rng: np.random.Generator) -> Spec | None:
    """Add one more layer."""
    hidden = spec.network.hidden or (32,)
    return reshaped(spec, (*hidden, hidden[-1])) if len(hidden) < MOST_LAYERS else None


def rate(spec: Spec, rng: np.random.Generator) -> Spec:
    """Take a higher or lower learning rate."""
    rate = spec.training.schedule.learning_rate * float(rng.choice([0.2, 0.4, 2.0, 4.0]))
    return trained_with(spec, schedule=spec.training.schedule.replace(learning_rate=rounded(min(rate, 0.1))))


def optimizer(spec: Spec, rng: np.random.Generator) -> Spec | None:
    """Take another optimiser."""
    name = spec.training.optimizer.name
    options = [
        Optimizer(name="adamw", beta2=0.95, weight_decay=float(rng.choice([0.01, 0.05]))),
        Optimizer(name="adam", beta2=0.999),
        Optimizer(name="adam", beta2=0.95),
    ]
    if name not in ("adam", "adamw"):
        return None
    return trained_with(spec, optimizer=options[int(rng.integers(len(options)))])


def schedule(spec: Spec, rng: np.random.Generator) -> Spec:
    """Take another schedule of the rate."""
    rate = spec.training.schedule.learning_rate
    steps = int(rng.choice([20, 100]))
    options = [
        Schedule(name="cosine", learning_rate=rate, per="step", warm_up=steps),
        Schedule(name="cosine", learning_rate=rate, per="step", minimum=0.1),
        Schedule(name="constant", learning_rate=rounded(rate / 3)),
    ]
    return trained_with(spec, schedule=options[int(rng.integers(len(options)))])


def longer(spec: Spec, rng: np.random.Generator) -> Spec:
    """Take two or three times as many epochs."""
    epochs = min(MOST_EPOCHS, round(spec.training.epochs * float(rng.choice([2.0, 3.0]))))
    patience = None if spec.training.patience is None else max(1, round(0.3 * epochs))
    return trained_with(spec, epochs=epochs, patience=patience)


def batch(spec: Spec, rng: np.random.Generator) -> Spec | None:
    """Take smaller batches: more steps in the same epochs."""
    size = spec.training.batch_size
    return None if size is None or size <= LEAST_BATCH else trained_with(spec, batch_size=size // 2)


def less_regularised(spec: Spec, rng: np.random.Generator) -> Spec:
    """Take weaker penalties and less dropout."""
    training = spec.training
    least = float(rng.choice([0.0, 0.1, 0.3]))
    rates = training.dropout
    dropout = tuple(round(least * rate, 2) for rate in rates) if isinstance(rates, tuple) else round(least * rates, 2)
    return trained_with(
        spec, l2=rounded(least * training.l2), l1=0.0, dropout=dropout, input_dropout=round(least * training.input_dropout, 2)
    )


def activation(spec: Spec, rng: np.random.Generator) -> Spec | None:
    """Take another activation."""
    # A fixed list: one more activation would change what every seed draws.
    others = [name for name in ("gelu", "silu", "relu", "leaky_relu") if name not in spec.network.activations]
    if not spec.network.hidden:
        return None
    return spec.replace(network=spec.network.replace(activation=str(rng.choice(others)), initializer="auto"))


# === Around the best ===


def nearby(spec: Spec, rng: np.random.Generator) -> Spec:
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
            schedule=training.schedule.replace(learning_rate=rounded(rate)),
            l2=rounded(training.l2 * 4.0 ** float(rng.uniform(-1, 1))),
            dropout=dropout,
        ),
    )
