"""The default network for any prepared table: five members that differ by their seeds, averaged.

Its settings were measured on open tables, see `benchmarks/open_tables`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wellfit.spec import Network, Optimizer, Schedule, Spec, Training

__all__ = ["FIXED", "FixedSettings"]


@dataclass(frozen=True)
class FixedSettings:
    """What every member has in common; batches and epochs go by the number of training rows."""

    learning_rate: float  # adam's at the start; it falls to 0 along a cosine
    l2: float  # penalty
    dropout: float  # rate of hidden units dropped
    hidden: tuple[int, ...] = (128, 128)  # units of the hidden layers, which are ReLU layers drawn by He's rule
    steps: int = 4_000  # about how many steps are made in all, as far as `fewest_epochs` and `most_epochs` let them
    fewest_epochs: int = 16  # passes over the training rows
    most_epochs: int = 120
    patience: float = 0.3  # share of the epochs that may pass without a lower dev cost
    members: int = 5  # networks in the average

    def spec(self, inputs: int, outputs: int, loss: str, rows: int) -> Spec:
        """Return the spec of a table's members."""
        batch_size = min(256, max(32, 2 ** round(np.log2(max(rows, 1) / 60))))
        steps = -(-rows // batch_size)
        epochs = int(np.clip(self.steps // steps, self.fewest_epochs, self.most_epochs))
        training = Training(
            loss=loss,
            l2=self.l2,
            dropout=self.dropout,
            optimizer=Optimizer(name="adam", beta2=0.95),
            schedule=Schedule(name="cosine", learning_rate=self.learning_rate, per="step"),
            batch_size=batch_size,
            epochs=epochs,
            monitor="dev_cost",
            tolerance=0.0,
            patience=max(1, round(self.patience * epochs)),
        )
        return Spec(Network(inputs=inputs, hidden=self.hidden, outputs=outputs), training)


# Dropout makes classes surer to come out right, and numbers less: measured on half of the open tables, confirmed on the others.
FIXED = {
    "classification": FixedSettings(learning_rate=5e-3, l2=0.05, dropout=0.1),
    "regression": FixedSettings(learning_rate=1e-2, l2=0.003, dropout=0.0),
}
