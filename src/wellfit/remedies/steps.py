"""Changes that a diagnosis takes as a next step, in the amounts that helped most on open tables."""

from __future__ import annotations

from dataclasses import dataclass

from wellfit.maths.activations import ACTIVATION_FUNCTIONS
from wellfit.plurals import counted
from wellfit.remedies.drawn import reshaped, trained_with
from wellfit.spec import Optimizer, Schedule, Spec

# The penalty of a row, l2 / batch, and the rate: of 9 strengths the two that helped most of 14 open tables, on splits of their own.
L2_OF_A_ROW = 0.0025
DROPOUT = 0.15
MOST_DROPOUT = 0.5
PATIENCE_SHARE = 0.1

# What to do, in words, and the network with the change; None where it makes no sense.
Step = tuple[str, Spec] | None


@dataclass(frozen=True)
class Examined:
    """A network that a next step is looked for."""

    spec: Spec
    rows: int  # training rows
    watches: bool  # its training monitors rows held out of it
    still_falls: bool  # its training ended while its cost still fell

    @property
    def batch(self) -> int:
        """Rows a step."""
        size = self.spec.training.batch_size
        return self.rows if size is None or self.spec.training.optimizer.name == "lbfgs" else min(size, self.rows)

    @property
    def has_dropout(self) -> bool:
        """Whether any unit is dropped."""
        return any(self.spec.dropout_rates)

    def changed(self, text: str, **changes: object) -> tuple[str, Spec]:
        """Return the network with its training changed."""
        return text, trained_with(self.spec, **changes)


def _of_shape(network: Examined, hidden: tuple[int, ...]) -> Step:
    return f"hidden layers of {'-'.join(map(str, hidden))} units", reshaped(network.spec, hidden)


def l2(network: Examined) -> Step:
    """Take a stronger L2 penalty."""
    amount = _stronger_l2(network)
    return network.changed(f"L2 λ {amount:g}", l2=amount)


def _stronger_l2(network: Examined) -> float:
    return float(f"{max(5 * network.spec.training.l2, L2_OF_A_ROW * network.batch):.2g}")


def dropout(network: Examined) -> Step:
    """Take more dropout."""
    rate = _stronger_dropout(network)
    return None if rate is None else network.changed(f"dropout {rate:g}", dropout=rate)


def _stronger_dropout(network: Examined) -> float | None:
    """Return a higher rate; None where there is nothing to drop, or no optimiser that bears it."""
    training = network.spec.training
    if not network.spec.network.hidden or training.optimizer.name == "lbfgs":
        return None
    highest = max(network.spec.dropout_rates[1:])
    return round(min(MOST_DROPOUT, highest + DROPOUT), 2) if highest < MOST_DROPOUT else None


def both(network: Examined) -> Step:
    """Take a stronger L2 penalty and more dropout."""
    rate, amount = _stronger_dropout(network), _stronger_l2(network)
    return None if rate is None else network.changed(f"L2 λ {amount:g} and dropout {rate:g}", l2=amount, dropout=rate)


def early_stopping(network: Examined) -> Step:
    """Stop by rows held out."""
    training = network.spec.training
    if network.watches or training.optimizer.name == "lbfgs":
        return None
    patience = max(3, round(PATIENCE_SHARE * training.epochs))
    changed = training.replace(monitor="dev_cost", patience=patience, tolerance=0.0, history_every=1)
    text = f"early stopping on a tenth of the training rows (patience {counted(patience, 'epoch')})"
    return text, network.spec.replace(training=changed)


def smaller(network: Examined) -> Step:
    """Take a third of the units."""
    hidden = tuple(max(1, units // 3) for units in network.spec.network.hidden)
    return _of_shape(network, hidden) if hidden else None


def bigger(network: Examined) -> Step:
    """Take twice the units, and one more layer."""
    hidden = network.spec.network.hidden or (32,)
    return _of_shape(network, (*(2 * units for units in hidden), 2 * hidden[-1]))


def longer(network: Examined) -> Step:
    """Take three times the epochs, if the cost still falls."""
    epochs = 3 * network.spec.training.epochs
    return network.changed(counted(epochs, "epoch"), epochs=epochs) if network.still_falls else None


def adam(network: Examined) -> Step:
    """Take Adam in place of another optimiser."""
    if network.spec.training.optimizer.name in ("adam", "adamw"):
        return None
    changed = {"optimizer": Optimizer(name="adam"), "schedule": Schedule(name="cosine", learning_rate=5e-3, per="step")}
    batch = min(200, network.rows)
    return network.changed("Adam at a rate of 0.005 that falls to 0", batch_size=batch, **changed)


def higher_rate(network: Examined) -> Step:
    """Take a higher rate, if the cost still falls."""
    return _with_rate(network, 5.0) if network.still_falls else None


def lower_rate(network: Examined) -> Step:
    """Take a tenth of the learning rate."""
    return _with_rate(network, 0.1)


def _with_rate(network: Examined, factor: float) -> Step:
    training = network.spec.training
    rate = float(f"{factor * training.schedule.learning_rate:.2g}")
    if training.optimizer.name == "lbfgs":
        return None
    return network.changed(f"a learning rate of {rate:g}", schedule=training.schedule.replace(learning_rate=rate))


def falling_rate(network: Examined) -> Step:
    """Let the rate fall, without the noise of the last steps, which a rate that stays high leaves in the weights."""
    training = network.spec.training
    if training.optimizer.name == "lbfgs" or training.schedule.name == "cosine" or network.watches:
        return None
    rate = training.schedule.learning_rate
    schedule = Schedule(name="cosine", learning_rate=rate, per="step")
    return network.changed(f"a learning rate that falls from {rate:g} to 0 along a cosine", schedule=schedule)


def less_regularised(network: Examined) -> Step:
    """Leave out penalties and dropout."""
    training = network.spec.training
    if not (training.l2 or training.l1 or network.has_dropout):
        return None
    return network.changed("no L2, L1 and dropout", l2=0.0, l1=0.0, dropout=0.0, input_dropout=0.0)


def relu(network: Examined) -> Step:
    """Take units that do not saturate, with the initial weights that are meant for them."""
    shape = network.spec.network
    if not shape.hidden or (all(ACTIVATION_FUNCTIONS[name].is_rectifier for name in shape.activations) and shape.initializer == "auto"):
        return None
    spec = network.spec.replace(network=shape.replace(activation="relu", initializer="auto"))
    return "ReLU units with He's initial weights", spec


def drawn_weights(network: Examined) -> Step:
    """Draw initial weights as He or Xavier do."""
    shape = network.spec.network
    if shape.initializer == "auto":
        return None
    spec = network.spec.replace(network=shape.replace(initializer="auto"))
    return "initial weights drawn as He or Xavier say", spec


def leaky_relu(network: Examined) -> Step:
    """Take units that do not die."""
    shape = network.spec.network
    if not shape.hidden:
        return None
    spec = network.spec.replace(network=shape.replace(activation="leaky_relu", initializer="auto"))
    return "leaky ReLU units", spec
