"""A fixed network for any prepared table: five members trained as one population, their average calibrated on dev rows.

What is fixed was measured on open tables; `benchmarks/open_tables.py` shows what it is worth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from wellfit.engines.types import Array, Outcome, Rows
from wellfit.maths.calibration import tempered
from wellfit.spec import Member, Network, Optimizer, Schedule, Spec, Training
from wellfit.store import FittedModel, TrainedNetwork
from wellfit.study.importance import decision_errors
from wellfit.study.intervals import Interval, difference
from wellfit.study.metric import MOST_SCALE, Metric, Rowwise
from wellfit.study.references import fit_references
from wellfit.study.temperature import best_temperature
from wellfit.study.threshold import best_threshold
from wellfit.study.verdict import Verdict, judge
from wellfit.table.coding import TargetCoding
from wellfit.table.preparation.learn import Preparation
from wellfit.training.population import fit_many
from wellfit.training.result import FitResult

__all__ = ["FIXED", "Examples", "FixedSettings", "assemble", "judge_average", "loss_of", "train_members", "usable"]

OnResult = Callable[[int, FitResult], None]

# Enough for a linear model to measure by, and a second at most.
MOST_REFERENCE_ROWS = 3_000
# What is picked out of a table is a copy; of all training rows at once it would be nearly as large as the table.
ROWS_AT_ONCE = 32_768


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
            As `loss_of` says.
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


@dataclass(frozen=True)
class Examples:
    """A prepared table, and which of its rows are for what.

    Parameters
    ----------
    X : array of shape (rows, inputs)
        Prepared, in float32.
    Y : array of shape (rows, 1)
        The coded target.
    weights : array of shape (rows,) or None
        What each row counts.
    train, dev : int64 arrays
        Rows to train on, and rows to choose on; the latter of the dev table where there is one.
    dev_table : tuple (X, Y, weights) or None
        Rows of another table to choose on.
    """

    X: Array
    Y: Array
    weights: Array | None
    train: Rows
    dev: Rows
    dev_table: tuple[Array, Array, Array | None] | None = None

    def looked_at(self) -> tuple[Array, Array, Array | None]:
        """Return examples, targets and weights of the dev rows."""
        X, Y, weights = self.dev_table or (self.X, self.Y, self.weights)
        return X[self.dev], Y[self.dev], None if weights is None else weights[self.dev]


def loss_of(target: TargetCoding) -> str:
    """Return the loss that a target calls for.

    Parameters
    ----------
    target : TargetCoding
        The target.

    Returns
    -------
    str
        ``squared_error``, ``binary_cross_entropy`` or ``cross_entropy``.
    """
    if target.task == "regression":
        return "squared_error"
    return "binary_cross_entropy" if target.outputs == 1 else "cross_entropy"


def train_members(
    examples: Examples,
    target: TargetCoding,
    settings: FixedSettings,
    *,
    seed: int,
    n_jobs: int | None = None,
    on_result: OnResult | None = None,
) -> list[FitResult]:
    """Train the members, each from weights, batches and masks of its own, on the same rows.

    Parameters
    ----------
    examples : Examples
        The table.
    target : TargetCoding
        What is predicted.
    settings : FixedSettings
        How.
    seed : int
        Draws the members' seeds.
    n_jobs, on_result :
        As for `fit_many`.

    Returns
    -------
    list of FitResult
        After Ctrl-C, those not begun have 0 epochs.
    """
    spec = settings.spec(examples.X.shape[1], target.outputs, loss_of(target), len(examples.train))
    seeds = np.random.SeedSequence(seed).generate_state(settings.members)
    members = [Member(spec, int(number), examples.train, examples.dev) for number in seeds]
    dev = None if examples.dev_table is None else tuple(part for part in examples.dev_table if part is not None)
    return fit_many(members, examples.X, examples.Y, examples.weights, eval_set=dev, n_jobs=n_jobs, on_result=on_result)


def usable(results: list[FitResult]) -> list[FitResult]:
    """Return the members that belong in the average: of those that have done an epoch, the ones that did not diverge, if any.

    Parameters
    ----------
    results : list of FitResult
        Of `train_members`.

    Returns
    -------
    list of FitResult
        Empty if none has done an epoch.
    """
    begun = [result for result in results if result.epochs or result.diverged]
    whole = [result for result in begun if result.outcome is not Outcome.DIVERGED]
    return whole or begun


def assemble(
    preparation: Preparation, target: TargetCoding, results: list[FitResult], examples: Examples, metric: str | None = None
) -> FittedModel:
    """Make a model of trained members: temperature and threshold are found on the dev rows.

    Parameters
    ----------
    preparation : Preparation
        What made the table of the frame.
    target : TargetCoding
        What is predicted.
    results : list of FitResult
        At least one member.
    examples : Examples
        The table.
    metric : str, optional
        What the decision between two classes is to be best by, see `best_threshold`; None: the threshold is 0.5.

    Returns
    -------
    FittedModel

    Raises
    ------
    DataError
        If a threshold is asked for and the dev rows hold one class only.
    """
    networks = tuple(TrainedNetwork(result.spec, result.seed, result.parameters) for result in results)
    model = FittedModel(preparation, target, networks)
    if target.task == "regression":
        return model
    X, Y, weights = examples.looked_at()
    outputs = model.outputs(X)
    temperature = best_temperature(outputs, Y, weights)
    threshold = None
    if metric is not None:
        threshold = best_threshold(tempered(outputs, temperature)[:, 0], Y[:, 0], metric, weights)
    return FittedModel(preparation, target, networks, temperature=temperature, threshold=threshold)


def judge_average(model: FittedModel, examples: Examples, target_error: float | None = None) -> Verdict | None:
    """Say whether a model underfits or overfits, by its decisions on training and dev rows.

    The dev rows have said when to stop, so that its variance may be a little larger than it looks.

    Parameters
    ----------
    model : FittedModel
        From `assemble`.
    examples : Examples
        The table.
    target_error : float, optional
        The error that is asked for. None: what a linear model, fitted on 3,000 of the training rows at most, reaches on the dev rows.

    Returns
    -------
    Verdict or None
        None for numbers so far apart that the spread of their squared errors is beyond float64.

    Raises
    ------
    SpecError
        If the target error is none.
    """
    if model.target.scale > MOST_SCALE:
        return None
    metric = Metric(model.task, spread=model.target.scale, scale=model.target.scale)
    X, Y, _ = examples.looked_at()
    train = metric.interval(_row_errors(model, metric, examples.X, examples.Y, examples.train))
    dev = metric.interval(decision_errors(model, metric, model.outputs(X), Y))
    if target_error is not None:
        asked, name = Interval.exactly(metric.parse(target_error)), "the target error"
    else:
        linear = fit_references(examples.X, examples.Y, _few(examples, model.task), model.task, len(model.classes))[-1]
        asked, name = metric.interval(metric.row_errors(linear.outputs(X), Y)), linear.name
    # What counts is measured by the smaller of both: beside a reference that is far off, any gap would look small.
    yardstick = min(asked, dev, key=lambda interval: interval.estimate)
    return judge(metric, train, difference(dev, train), yardstick, name, difference(train, asked))


def _row_errors(model: FittedModel, metric: Metric, X: Array, Y: Array, rows: Rows) -> Rowwise:
    """Return how wrong each of some rows of a table is, a part of them at a time: an output depends on its own row alone."""
    parts = np.split(rows, range(ROWS_AT_ONCE, len(rows), ROWS_AT_ONCE))
    return np.concatenate([decision_errors(model, metric, model.outputs(X[part]), Y[part]) for part in parts])


def _few(examples: Examples, task: str) -> Rows:
    """Return training rows for a linear model; if they hold one class only, a row of each that there is besides."""
    rows = examples.train
    few = rows[:: -(-len(rows) // MOST_REFERENCE_ROWS)]
    if task == "regression" or len(np.unique(examples.Y[few])) > 1:
        return few
    return np.union1d(few, rows[np.unique(examples.Y[rows, 0], return_index=True)[1]])
