"""The recipe: what is worth trying next with a network that underfits, overfits, or does neither for sure."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from wellfit.judge.verdict import Verdict
from wellfit.plurals import counted
from wellfit.spec import Optimizer, Schedule, Spec
from wellfit.study.diagnosis.inside import NetworkInside

__all__ = ["MOST_CANDIDATES", "Candidate", "candidates_for"]

MOST_CANDIDATES = 3

# The penalty of a row, l2 / batch, and the rate: of 9 strengths the two that helped most of 14 open tables, on splits of their own.
L2_OF_A_ROW = 0.0025
DROPOUT = 0.15
MOST_DROPOUT = 0.5
PATIENCE_SHARE = 0.1
# A run whose cost fell by this share over its last fifth had not come to its end.
STILL_FALLING = 0.03


@dataclass(frozen=True)
class Candidate:
    """One change of a network's spec.

    Parameters
    ----------
    name : str
        Machine name, such as ``"dropout"``.
    text : str
        What to do, such as ``"dropout 0.2 after each hidden layer"``.
    spec : Spec
        The network with the change.
    watches : bool
        Whether its training watches rows that are held out of it.
    """

    name: str
    text: str
    spec: Spec
    watches: bool


@dataclass(frozen=True)
class _Network:
    """What the recipe asks of a network."""

    inside: NetworkInside
    rows: int
    watches: bool

    @property
    def spec(self) -> Spec:
        return self.inside.spec

    @property
    def batch(self) -> int:
        """Rows a step."""
        size = self.spec.training.batch_size
        return self.rows if size is None or self.spec.training.optimizer.name == "lbfgs" else min(size, self.rows)

    @property
    def has_dropout(self) -> bool:
        return any(self.spec.dropout_rates)

    @property
    def still_falls(self) -> bool:
        """Whether training ended before its cost did."""
        return any(_falls(history.cost) for history in self.inside.histories)

    def with_training(self, name: str, text: str, **changes: object) -> Candidate:
        return Candidate(name, text, self.spec.replace(training=self.spec.training.replace(**changes)), self.watches)


Recipe = Callable[[_Network], Candidate | None]


def candidates_for(inside: NetworkInside, verdict: Verdict, rows: int, watches: bool, faults: Sequence[str] = ()) -> tuple[Candidate, ...]:
    """Return what to try, the most promising first.

    Parameters
    ----------
    inside : NetworkInside
        The network.
    verdict : Verdict
        High bias asks for bigger, longer, another optimiser, rate or activation; high variance for L2, dropout, both, early stopping,
        smaller. Where neither is sure, both lists take turns.
    rows : int
        Training rows.
    watches : bool
        Whether its training watches rows held out.
    faults : sequence of str
        Names of faults that were found; those that a change of the spec mends come first.

    Returns
    -------
    tuple of Candidate
        `MOST_CANDIDATES` at most, all different from the network and from each other.

    Examples
    --------
    >>> from wellfit.spec import Network, Training
    >>> from wellfit.judge.intervals import Interval
    >>> from wellfit.judge.references import Reference
    >>> spec = Spec(Network(inputs=4, hidden=(50,)), Training(loss="binary_cross_entropy", monitor="none", patience=None))
    >>> train, dev, bias = Interval(0.1, 0.08, 0.12), Interval(0.2, 0.16, 0.24), Interval(0.0, -0.01, 0.01)
    >>> gap, reference = Interval(0.1, 0.05, 0.15), Reference("the target error", Interval.exactly(0.1))
    >>> verdict = Verdict("overfits", "", train, dev, bias, gap, 0.01, reference)
    >>> [candidate.name for candidate in candidates_for(NetworkInside(spec, ()), verdict, 800, False)]
    ['l2', 'both', 'dropout']
    """
    network = _Network(inside, rows, watches)
    mending = [recipe for fault in faults for recipe in MENDED_BY.get(fault, ())]
    first, *second = _lists(verdict)
    worth = [*_made(network, mending), *_in_turns(_made(network, first), *(_made(network, recipes) for recipes in second))]
    different = {candidate.spec: candidate for candidate in reversed(worth)}
    return tuple(candidate for candidate in worth if different[candidate.spec] is candidate)[:MOST_CANDIDATES]


def _lists(verdict: Verdict) -> tuple[tuple[Recipe, ...], ...]:
    """Return the recipe's list for what is sure; where neither or both are, both lists, that of the larger one first."""
    if verdict.has_bias != verdict.has_variance:
        return (FOR_BIAS,) if verdict.has_bias else (FOR_VARIANCE,)
    return (FOR_BIAS, FOR_VARIANCE) if verdict.has_bias or verdict.bias.estimate > verdict.gap.estimate else (FOR_VARIANCE, FOR_BIAS)


def _made(network: _Network, recipes: Sequence[Recipe]) -> list[Candidate]:
    """Return what recipes make of a network, where that is another one."""
    made = (recipe(network) for recipe in recipes)
    return [candidate for candidate in made if candidate is not None and candidate.spec != network.spec]


def _in_turns(*lists: list[Candidate]) -> list[Candidate]:
    """Return the first of each list, then the second of each, and so on."""
    return [candidate for turn in itertools.zip_longest(*lists) for candidate in turn if candidate is not None]


def _falls(cost: np.ndarray[tuple[int], np.dtype[np.floating]]) -> bool:
    """Whether a cost was still falling in the last fifth of a run."""
    part = max(1, len(cost) // 5)
    if len(cost) < 2 * part + 1:
        return False
    before, last = float(np.mean(cost[-2 * part : -part])), float(np.mean(cost[-part:]))
    return before - last > STILL_FALLING * abs(before)


# === High variance ===


def _l2(network: _Network) -> Candidate:
    amount = _stronger_l2(network)
    return network.with_training("l2", f"L2 λ {amount:g}", l2=amount)


def _stronger_l2(network: _Network) -> float:
    return float(f"{max(5 * network.spec.training.l2, L2_OF_A_ROW * network.batch):.2g}")


def _dropout(network: _Network) -> Candidate | None:
    rate = _stronger_dropout(network)
    return None if rate is None else network.with_training("dropout", f"dropout {rate:g}", dropout=rate)


def _stronger_dropout(network: _Network) -> float | None:
    """Return a higher rate; None where there is nothing to drop, or no optimiser that bears it."""
    training = network.spec.training
    if not network.spec.network.hidden or training.optimizer.name == "lbfgs":
        return None
    highest = max(network.spec.dropout_rates[1:])
    return round(min(MOST_DROPOUT, highest + DROPOUT), 2) if highest < MOST_DROPOUT else None


def _both(network: _Network) -> Candidate | None:
    rate, amount = _stronger_dropout(network), _stronger_l2(network)
    return None if rate is None else network.with_training("both", f"L2 λ {amount:g} and dropout {rate:g}", l2=amount, dropout=rate)


def _early_stopping(network: _Network) -> Candidate | None:
    training = network.spec.training
    if network.watches or training.optimizer.name == "lbfgs":
        return None
    patience = max(3, round(PATIENCE_SHARE * training.epochs))
    changed = training.replace(monitor="dev_cost", patience=patience, tolerance=0.0, history_every=1)
    text = f"early stopping on a tenth of the training rows (patience {counted(patience, 'epoch')})"
    return Candidate("early_stopping", text, network.spec.replace(training=changed), watches=True)


def _smaller(network: _Network) -> Candidate | None:
    hidden = tuple(max(1, units // 3) for units in network.spec.network.hidden)
    return _reshaped(network, "smaller", hidden) if hidden else None


# === High bias ===


def _bigger(network: _Network) -> Candidate:
    hidden = network.spec.network.hidden or (32,)
    return _reshaped(network, "bigger", (*(2 * units for units in hidden), 2 * hidden[-1]))


def _reshaped(network: _Network, name: str, hidden: tuple[int, ...]) -> Candidate:
    """Return the network with other hidden layers, all of the kind that the first one was."""
    old, training = network.spec.network, network.spec.training
    activation = old.activations[0] if old.hidden else "relu"
    if isinstance(training.dropout, tuple):
        training = training.replace(dropout=max(training.dropout, default=0.0))
    spec = Spec(old.replace(hidden=hidden, activation=activation), training)
    return Candidate(name, f"hidden layers of {'-'.join(map(str, hidden))} units", spec, network.watches)


def _longer(network: _Network) -> Candidate | None:
    epochs = 3 * network.spec.training.epochs
    return network.with_training("longer", counted(epochs, "epoch"), epochs=epochs) if network.still_falls else None


def _adam(network: _Network) -> Candidate | None:
    if network.spec.training.optimizer.name in ("adam", "adamw"):
        return None
    changed = {"optimizer": Optimizer(name="adam"), "schedule": Schedule(name="cosine", learning_rate=5e-3, per="step")}
    batch = min(200, network.rows)
    return network.with_training("adam", "Adam at a rate of 0.005 that falls to 0", batch_size=batch, **changed)


def _higher_rate(network: _Network) -> Candidate | None:
    return _with_rate(network, "higher_rate", 5.0) if network.still_falls else None


def _lower_rate(network: _Network) -> Candidate | None:
    return _with_rate(network, "lower_rate", 0.1)


def _with_rate(network: _Network, name: str, factor: float) -> Candidate | None:
    training = network.spec.training
    rate = float(f"{factor * training.schedule.learning_rate:.2g}")
    if training.optimizer.name == "lbfgs":
        return None
    return network.with_training(name, f"a learning rate of {rate:g}", schedule=training.schedule.replace(learning_rate=rate))


def _falling_rate(network: _Network) -> Candidate | None:
    """Without the noise of the last steps, which a rate that stays high leaves in the weights."""
    training = network.spec.training
    if training.optimizer.name == "lbfgs" or training.schedule.name == "cosine" or network.watches:
        return None
    rate = training.schedule.learning_rate
    schedule = Schedule(name="cosine", learning_rate=rate, per="step")
    return network.with_training("falling_rate", f"a learning rate that falls from {rate:g} to 0 along a cosine", schedule=schedule)


def _less_regularised(network: _Network) -> Candidate | None:
    training = network.spec.training
    if not (training.l2 or training.l1 or network.has_dropout):
        return None
    return network.with_training("less_regularised", "no L2, L1 and dropout", l2=0.0, l1=0.0, dropout=0.0, input_dropout=0.0)


def _relu(network: _Network) -> Candidate | None:
    """Units that do not saturate, with the initial weights that are meant for them."""
    shape = network.spec.network
    if not shape.hidden or (set(shape.activations) <= {"relu", "gelu", "silu", "leaky_relu"} and shape.initializer == "auto"):
        return None
    spec = network.spec.replace(network=shape.replace(activation="relu", initializer="auto"))
    return Candidate("relu", "ReLU units with He's initial weights", spec, network.watches)


def _drawn_weights(network: _Network) -> Candidate | None:
    shape = network.spec.network
    if shape.initializer == "auto":
        return None
    spec = network.spec.replace(network=shape.replace(initializer="auto"))
    return Candidate("initial_weights", "initial weights drawn as He or Xavier say", spec, network.watches)


def _leaky_relu(network: _Network) -> Candidate | None:
    shape = network.spec.network
    if not shape.hidden:
        return None
    spec = network.spec.replace(network=shape.replace(activation="leaky_relu", initializer="auto"))
    return Candidate("leaky_relu", "leaky ReLU units", spec, network.watches)


FOR_VARIANCE: tuple[Recipe, ...] = (_l2, _both, _dropout, _early_stopping, _smaller)
FOR_BIAS: tuple[Recipe, ...] = (_less_regularised, _adam, _relu, _bigger, _longer, _higher_rate, _falling_rate, _lower_rate)
# By the names of findings. Faults of the data are not mended by another network.
MENDED_BY: dict[str, tuple[Recipe, ...]] = {
    "equal_units": (_drawn_weights,),
    "exploding_gradients": (_drawn_weights, _lower_rate),
    "diverging_cost": (_lower_rate,),
    "learning_rate_too_high": (_lower_rate, _falling_rate),
    "saturated_units": (_relu,),
    "dead_relus": (_lower_rate, _leaky_relu),
    "vanishing_gradients": (_relu, _drawn_weights),
    "learning_rate_too_low": (_higher_rate, _longer),
}
