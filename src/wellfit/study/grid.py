"""What the first population tries: four kinds of regularisation, each over a small grid."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from wellfit.errors import SpecError
from wellfit.spec import Network, Optimizer, Schedule, Spec, Training

__all__ = ["KINDS", "Grid", "Setting", "sensible_grid"]

NONE, L2, DROPOUT, BOTH = KINDS = ("no regularisation", "L2", "dropout", "both")


@dataclass(frozen=True)
class Setting:
    """One point of the grid; its networks differ only in their seed.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    spec : Spec
        What is trained.
    """

    kind: str
    spec: Spec

    @property
    def shape(self) -> str:
        """Units of the hidden layers, such as ``"64-32"``."""
        return "-".join(map(str, self.spec.network.hidden)) or "no hidden layer"

    @property
    def strength(self) -> str:
        """Penalty and dropout, such as ``"L2 λ 0.1, dropout 0.3"``, or ``"no regularisation"``."""
        training = self.spec.training
        parts = [f"L2 λ {training.l2:g}"] if training.l2 else []
        if training.dropout:
            parts.append(f"dropout {training.dropout:g}")
        return ", ".join(parts) or NONE

    @property
    def label(self) -> str:
        """Strength and shape, such as ``"L2 λ 0.1, hidden 64-32"``."""
        return f"{self.strength}, {f'hidden {self.shape}' if self.spec.network.hidden else self.shape}"


@dataclass(frozen=True)
class Grid:
    """The values that are tried, and how every network is trained.

    Parameters
    ----------
    hidden : tuple of tuple of int
        Shapes: units of the hidden layers.
    l2 : tuple of float
        Penalties of the kinds with L2.
    dropout : tuple of float
        Rates of the kinds with dropout, for all hidden layers.
    learning_rate : float
        Rate of Adam at the start; it falls to 0 along a cosine.
    activation : str
        Of the hidden layers.
    epochs : int
        Passes over the training rows; none stops early, so that a kind shows what it does by itself.
    batch_size : int
        Rows a step.
    seeds : int
        Networks a setting.

    Raises
    ------
    SpecError
        If a list is empty or there is no seed; values themselves are checked by the specs.
    """

    hidden: tuple[tuple[int, ...], ...]
    l2: tuple[float, ...]
    dropout: tuple[float, ...]
    learning_rate: float
    activation: str
    epochs: int
    batch_size: int
    seeds: int

    def __post_init__(self) -> None:
        """Validate what the specs cannot see."""
        for name in ("hidden", "l2", "dropout"):
            if not getattr(self, name):
                raise SpecError(f"{name} must hold at least one value to try, found none.")
        if self.seeds < 1:
            raise SpecError(f"seeds must be at least 1, found {self.seeds}.")
        if self.epochs < 1:
            raise SpecError(f"epochs must be at least 1, found {self.epochs}.")

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON has them.

        Returns
        -------
        dict
        """
        values = dataclasses.asdict(self)
        return values | {"hidden": [list(shape) for shape in self.hidden], "l2": list(self.l2), "dropout": list(self.dropout)}

    def settings(self, inputs: int, outputs: int, loss: str) -> tuple[Setting, ...]:
        """Return all points of the grid, kind by kind.

        Networks without a hidden layer have nothing to drop and come without the kinds with dropout. A value of 0 belongs to
        the kind without it.

        Parameters
        ----------
        inputs, outputs : int
            Columns of the prepared table, and units of the last layer.
        loss : str
            What is minimised.

        Returns
        -------
        tuple of Setting

        Raises
        ------
        SpecError
            If a value cannot be used.
        """
        found: dict[Setting, None] = {}
        for kind, penalties, rates in (
            (NONE, (0.0,), (0.0,)),
            (L2, self.l2, (0.0,)),
            (DROPOUT, (0.0,), self.dropout),
            (BOTH, self.l2, self.dropout),
        ):
            for shape, l2, dropout in itertools.product(self.hidden, penalties, rates):
                # Made before anything is passed over, so that a value out of range is told whatever its place.
                spec = self._spec(shape, inputs, outputs, loss, l2, dropout)
                has_dropout = dropout > 0 and shape
                if (l2 > 0, bool(has_dropout)) == (kind in (L2, BOTH), kind in (DROPOUT, BOTH)):
                    found[Setting(kind, spec)] = None
        return tuple(found)

    def _spec(self, shape: tuple[int, ...], inputs: int, outputs: int, loss: str, l2: float, dropout: float) -> Spec:
        training = Training(
            loss=loss,
            l2=l2,
            dropout=dropout,
            optimizer=Optimizer(name="adam"),
            schedule=Schedule(name="cosine", learning_rate=self.learning_rate, per="step"),
            batch_size=self.batch_size,
            epochs=self.epochs,
            monitor="none",
            patience=None,
        )
        return Spec(Network(inputs=inputs, hidden=shape, outputs=outputs, activation=self.activation), training)

    def seed_numbers(self, seed: int) -> tuple[int, ...]:
        """Return the seeds of a setting's networks, the same for every setting.

        Parameters
        ----------
        seed : int
            Of the whole study, at least 0.

        Returns
        -------
        tuple of int
            Below 2^32, so that every reader of JSON keeps them whole.
        """
        return tuple(int(number) for number in np.random.SeedSequence(seed).generate_state(self.seeds))


def sensible_grid(rows: int) -> Grid:
    """Return the grid for a table, by its number of training rows: the more rows, the larger batches and the fewer epochs.

    Parameters
    ----------
    rows : int
        Training rows.

    Returns
    -------
    Grid

    Examples
    --------
    >>> sensible_grid(341).batch_size, sensible_grid(100_000).batch_size
    (32, 256)
    """
    batch_size = min(256, max(32, 2 ** round(np.log2(max(rows, 1) / 60))))
    steps = max(1, rows // batch_size)
    return Grid(
        hidden=((32,), (64, 64)),
        l2=(0.01, 0.1, 1.0),
        dropout=(0.1, 0.3),
        learning_rate=1e-2,
        activation="relu",
        epochs=int(np.clip(2500 // steps, 8, 120)),
        batch_size=batch_size,
        seeds=5 if rows <= 2_000 else 3,
    )
