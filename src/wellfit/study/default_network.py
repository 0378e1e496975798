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
    """What every member has in common; batches and epochs go by the number of training rows.

    Parameters
    ----------
    learning_rate : float
        Adam's at the start; it falls to 0 along a cosine.
    l2 : float
        Penalty.
    dropout : float
        Rate of hidden units dropped.
    hidden : tuple of int
        Units of the hidden layers, which are ReLU layers drawn by He's rule.
    steps : int
        About how many steps are made in all, as far as `fewest_epochs` and `most_epochs` let them.
    fewest_epochs, most_epochs : int
        Passes over the training rows.
    patience : float
        Share of the epochs that may pass without a lower dev cost.
    members : int
        Networks in the average.
    """

    learning_rate: float
    l2: float
    dropout: float
    hidden: tuple[int, ...] = (128, 128)
    steps: int = 4_000
    fewest_epochs: int = 16
    most_epochs: int = 120
    patience: float = 0.3
    members: int = 5

    def spec(self, inputs: int, outputs: int, loss: str, rows: int) -> Spec:
        """Return the spec of a table's members.

        Parameters
        ----------
        inputs, outputs : int
            Columns of the prepared table, and units of the last layer.
        loss : str
            ``squared_error``, ``binary_cross_entropy`` or ``cross_entropy``.
        rows : int
            Training rows.

        Returns
        -------
        Spec

        Examples
        --------
        >>> FIXED["regression"].spec(10, 1, "squared_error", 800).training.batch_size
        32
        """
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
