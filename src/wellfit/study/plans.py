"""What a study trains first: a plain network, or the textbook's comparison of regularisers."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wellfit.errors import SpecError
from wellfit.remedies.remedies import Candidate
from wellfit.spec import Network, Optimizer, Schedule, Spec, Training

__all__ = ["DEFAULT", "FIXED_MEMBERS", "RECIPE", "REGULARISATION", "REGULARISERS", "Grid", "Plan", "label_of", "sensible_grid", "shape_of"]

NONE, L2, DROPOUT, BOTH = REGULARISERS = ("no regularisation", "L2", "dropout", "both")
# The network that `WellfitClassifier` and `WellfitRegressor` average; compared where nothing else was requested.
DEFAULT = "default network"


@dataclass(frozen=True)
class Plan:
    """What a study trains before its first round; with a budget, rounds follow."""

    # ``"recipe"``: a plain network. ``"regularisation"``: networks without regularisation, with L2, dropout, and both. ``"fixed"``: the
    # default network from several seeds, which are averaged as they are.
    name: str = "recipe"
    changes: Mapping[str, Any] = field(default_factory=dict)  # fields of `Grid` that the user sets, for ``"regularisation"``

    def __post_init__(self) -> None:
        """Validate before any table is read."""
        if self.changes:
            self.grid(100).candidates(1, 1, "binary_cross_entropy")

    def grid(self, rows: int) -> Grid:
        """Return what is compared on so many training rows."""
        return dataclasses.replace(sensible_grid(rows), **self.changes)

    def settings(self) -> dict[str, Any]:
        """Return its fields of a journal's header, as JSON; none for the recipe."""
        return {} if self.name == "recipe" else json.loads(json.dumps({"plan": self.name, **self.changes}))


RECIPE, REGULARISATION, FIXED_MEMBERS = Plan(), Plan("regularisation"), Plan("fixed")


@dataclass(frozen=True)
class Grid:
    """The regularisers' strengths and the shapes that are compared, and how every network is trained."""

    hidden: tuple[tuple[int, ...], ...]  # shapes: units of the hidden layers
    l2: tuple[float, ...]  # penalties of the networks with L2
    dropout: tuple[float, ...]  # rates of the networks with dropout, for all hidden layers
    learning_rate: float  # rate of Adam at the start; it falls to 0 along a cosine
    activation: str  # of the hidden layers
    epochs: int  # passes over the training rows; no network stops early, so that a regulariser shows what it does by itself
    batch_size: int  # rows a step
    seeds: int  # networks a setting; with folds at least one for each

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
        """Return the values as JSON has them."""
        values = dataclasses.asdict(self)
        return values | {"hidden": [list(shape) for shape in self.hidden], "l2": list(self.l2), "dropout": list(self.dropout)}

    def candidates(self, inputs: int, outputs: int, loss: str) -> list[Candidate]:
        """Return all settings, regulariser by regulariser.

        Networks without a hidden layer have no dropout. A value of 0 belongs to the regulariser without it.
        """
        found: dict[Candidate, None] = {}
        for name, penalties, rates in (
            (NONE, (0.0,), (0.0,)),
            (L2, self.l2, (0.0,)),
            (DROPOUT, (0.0,), self.dropout),
            (BOTH, self.l2, self.dropout),
        ):
            for shape, l2, dropout in itertools.product(self.hidden, penalties, rates):
                # Made before anything is passed over, so that a value out of range is refused wherever it stands.
                spec = self._spec(shape, inputs, outputs, loss, l2, dropout)
                has_dropout = dropout > 0 and shape
                if (l2 > 0, bool(has_dropout)) == (name in (L2, BOTH), name in (DROPOUT, BOTH)):
                    found[Candidate(name, spec)] = None
        return list(found)

    def reduced(self) -> Grid:
        """Return one setting of each regulariser, for where there is no time for all."""
        middle = (self.l2[len(self.l2) // 2],), (self.dropout[len(self.dropout) // 2],)
        return dataclasses.replace(self, hidden=self.hidden[:1], l2=middle[0], dropout=middle[1], seeds=1)

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


def sensible_grid(rows: int) -> Grid:
    """Return the grid for a number of training rows: the more rows, the larger batches and the fewer epochs."""
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


# === In words ===


def shape_of(spec: Spec) -> str:
    """Return the units of the hidden layers, such as ``"64-32"``."""
    return "-".join(map(str, spec.network.hidden)) or "no hidden layer"


def label_of(spec: Spec) -> str:
    """Return penalty, dropout and shape, such as ``"L2 λ 0.1, hidden 64-32"``."""
    training = spec.training
    strengths = [f"L2 λ {training.l2:g}"] if training.l2 else []
    if training.dropout:
        strengths.append(f"dropout {max(spec.dropout_rates):g}")
    shape = shape_of(spec)
    return ", ".join([*(strengths or [NONE]), f"hidden {shape}" if spec.network.hidden else shape])
