"""A plain network on each open table: what the benchmarks of the diagnosis examine."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmarks.open_tables.tables import load
from wellfit.diagnosis.subject import Subject, make_subject
from wellfit.spec import Network, Spec, Training
from wellfit.spec.steps import Optimizer, Schedule
from wellfit.table.preparation.learn import prepare_table
from wellfit.table.target import read_target
from wellfit.training.fit import FitResult, fit_network, make_data
from wellfit.training.task import Task

Part = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]


class Case(NamedTuple):
    """A plain network's table, prepared: inputs and codes of three parts."""

    name: str
    spec: Spec
    train: Part
    dev: Part
    test: Part


def make_case(entry: dict[str, Any], split: int, rows: int, folder: Any, epochs: int = 40) -> Case:
    """Return a table's rows as a network takes them: a quarter of them test rows, a fifth of the rest dev rows.

    Parameters
    ----------
    entry : dict
        From the catalogue.
    split : int
        Seed of the split.
    rows : int
        The most rows.
    folder : Path
        Where the table is.
    epochs : int
        Of the plain network.

    Returns
    -------
    Case
    """
    task = load(entry, split, rows, folder)
    order = np.random.default_rng(split).permutation(len(task.X_train))
    dev, train = np.split(order, [len(order) // 5])
    frame = pd.concat([task.X_train, task.X_test], ignore_index=True)
    target = pd.Series(np.concatenate([task.y_train, task.y_test]), name="target")
    with warnings.catch_warnings():
        # What is mended in a table is no subject here.
        warnings.simplefilter("ignore")
        coding = read_target(target, task.kind).coding(None if task.kind == "classification" else np.sort(train))
        codes = coding.encode(target, np.float64)
        _, inputs = prepare_table(
            frame,
            np.sort(train),
            categories=task.categories,
            target=codes[:, 0],
            classes=len(coding.classes),
            dtype=np.float64,
        )
    loss = "squared_error" if task.kind == "regression" else "binary_cross_entropy" if coding.outputs == 1 else "cross_entropy"
    training = Training(
        loss=loss,
        optimizer=Optimizer(name="adam"),
        schedule=Schedule(learning_rate=3e-3),
        batch_size=32,
        epochs=epochs,
        monitor="none",
        patience=None,
    )
    spec = Spec(Network(inputs=inputs.shape[1], hidden=(32,), outputs=coding.outputs), training)
    test = np.arange(len(order), len(frame))
    return Case(task.name, spec, *((inputs[part], codes[part]) for part in (train, dev, test)))


def examine(case: Case, rows: np.ndarray[Any, Any], seed: int) -> tuple[Subject, FitResult]:
    """Train the plain network on some of the training rows, and return it as a diagnosis sees it."""
    X, Y = case.train
    result = fit_network(Task(case.spec, make_data(X[rows], Y[rows], case.spec.training.dtype), seed=seed))
    return make_subject(result, X[rows], Y[rows, 0], case.dev[0], case.dev[1][:, 0]), result
