"""Before the first round: kernels are compiled, folds made, the plain network sized, simple models fitted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from wellfit.engines.types import Engine
from wellfit.errors import JournalError
from wellfit.judge.intervals import Interval
from wellfit.judge.metric import Metric, Rowwise
from wellfit.judge.references import MOST_CELLS, Reference, best_on_dev, fit_references, reference_rows, target_reference
from wellfit.plurals import counted
from wellfit.spec import Spec
from wellfit.study.cost_model import CostModel
from wellfit.study.default_network import FIXED
from wellfit.study.folds import FEWEST_NETWORKS, Folds, capped, make_folds
from wellfit.study.journal import Journal
from wellfit.study.problem import SearchProblem
from wellfit.study.requests import with_epochs
from wellfit.study.trainer import Trainer
from wellfit.study.trial import ends_of, reference_of_record
from wellfit.table.split import Fold
from wellfit.training.arrays import make_data
from wellfit.training.fit import fit_network
from wellfit.training.task import Task

__all__ = ["prepared", "reference_of", "warm"]

# Shares of a budget in seconds.
MOST_OF_PLAIN, MOST_OF_EPOCH = 0.12, 0.08
PILOT_ROWS, PILOT_SECONDS = 2_000, 0.04
# Cells of prepared training rows times outputs that references are fitted on in a second.
REFERENCE_CELLS_A_SECOND, FEWEST_REFERENCE_ROWS = 30_000, 200


def warm(problem: SearchProblem, engine: Engine) -> None:
    """Compile the kernels and import the references' library before the clock starts."""
    import sklearn.linear_model  # noqa: F401  (imported for the time that it takes)

    loss, outputs = problem.table.target.loss, problem.table.target.outputs
    spec = replace(FIXED[problem.table.target.task], dropout=0.1).spec(2, outputs, loss, 2)
    targets = np.arange(2.0) if problem.classes else np.array([-1.0, 1.0])
    data = make_data(np.eye(2), targets, "float32", rows=[0, 1], dev_rows=[0, 1])
    engine.prepare(spec)
    result = fit_network(Task(spec, data, epochs=1), engine=engine.with_threads(1))
    engine.forward(spec, result.parameters, data.X)


def prepared(problem: SearchProblem, journal: Journal, cost_model: CostModel, engine: Engine, seed: int) -> tuple[Folds, Spec]:
    """Return the folds and the plain network, as the journal has them or as there is time for; the clock has been started."""
    known = next((record for record in journal.records if record["kind"] == "start"), None)
    if known is not None:
        folds = make_folds(problem, seed, math.inf if known["folds"] else 0.0)
        most = math.inf if known["most_rows"] is None else known["most_rows"]
        folds = folds.capped(most, seed)
        spec = Spec.from_dict(known["plain"])
        inputs = problem.prepared(folds[0].train).X.shape[1]
        if spec.network.inputs != inputs:
            raise JournalError(
                f"the study was started with an earlier version of wellfit, which prepared this table as "
                f"{counted(spec.network.inputs, 'input')}, now {inputs}; start a new study under another name."
            )
        if cost_model.is_timed:
            _measure(cost_model, problem, folds[0], spec, engine)
        return folds, spec
    networks = math.inf if cost_model.budget.trials is None else float(cost_model.budget.trials)
    # Likely the one that is kept: its table need not be prepared again.
    fold = make_folds(problem, seed, min(networks, FEWEST_NETWORKS))[0]
    most_rows, epochs = math.inf, None
    begin = cost_model.elapsed
    inputs = problem.prepared(fold.train).X.shape[1]
    cost_model.table_seconds = cost_model.elapsed - begin
    spec = FIXED[problem.table.target.task].spec(inputs, problem.table.target.outputs, problem.table.target.loss, len(fold.train))
    if cost_model.is_timed:
        _measure(cost_model, problem, fold, spec, engine)
        an_epoch = cost_model.seconds(spec, len(fold.train), len(fold.dev), 1)
        if an_epoch > MOST_OF_EPOCH * cost_model.left:
            most_rows = max(1_000.0, len(fold.train) * MOST_OF_EPOCH * cost_model.left / an_epoch)
            fold = capped(fold, most_rows, seed)
        whole = cost_model.seconds(spec, len(fold.train), len(fold.dev))
        most = MOST_OF_PLAIN * cost_model.left
        if whole > most:
            epochs = max(2, math.floor(spec.training.epochs * most / whole))
        networks = min(networks, 0.5 * cost_model.left * cost_model.workers / max(min(whole, most), 1e-9))
    folds = make_folds(problem, seed, networks).capped(most_rows, seed)
    inputs = problem.prepared(folds[0].train).X.shape[1]
    spec = FIXED[problem.table.target.task].spec(inputs, problem.table.target.outputs, problem.table.target.loss, len(folds[0].train))
    if epochs is not None:
        spec = with_epochs(spec, min(epochs, spec.training.epochs))
    metric = problem.metric
    journal.append(
        {
            "kind": "start",
            "task": problem.table.target.task,
            "loss": problem.table.target.loss,
            "metric": {"task": metric.task, "spread": metric.spread, "scale": metric.scale},
            "rows": len(problem.values),
            "columns": problem.table.frame.shape[1],
            "inputs": inputs,
            "folds": folds.n_splits,
            "parts": len(folds),
            "train_rows": len(folds[0].train),
            "dev_rows": len(folds[0].dev),
            "most_rows": None if math.isinf(most_rows) else int(most_rows),
            "target_error": problem.target_error,
            "seed": seed,
            "plain": spec.to_dict(),
        }
    )
    return folds, spec


def _measure(cost_model: CostModel, problem: SearchProblem, fold: Fold, spec: Spec, engine: Engine) -> None:
    """Train the plain network on some rows for an epoch, to know how long it takes."""
    table = problem.prepared(fold.train)
    rows = fold.train[:PILOT_ROWS]
    data = make_data(table.X, table.Y, "float32", table.weights, rows, fold.dev[:PILOT_ROWS])
    epochs, result = 1, fit_network(Task(spec, data, epochs=1), engine=engine.with_threads(1))
    cost_model.training += result.seconds
    while result.seconds < PILOT_SECONDS and epochs < spec.training.epochs:
        # So short a run is mostly its beginning.
        epochs *= 2
        result = fit_network(Task(spec, data, epochs=epochs), engine=engine.with_threads(1))
        cost_model.training += result.seconds
    cost_model.learn(spec, len(rows), len(data.dev_rows), result.epochs, result.seconds)


def reference_of(trainer: Trainer) -> Reference:
    """Return the error that bias is measured from: the target error, or a simple model's on the dev rows of the first fold."""
    problem, journal = trainer.problem, trainer.journal
    known = next((record for record in journal.records if record["kind"] == "references"), None)
    if known is None:
        fold, table, target = trainer.folds[0], trainer.table(0), problem.table.target
        cells = REFERENCE_CELLS_A_SECOND * trainer.cost_model.limit if trainer.cost_model.is_timed else math.inf
        width, metric, errors = table.X.shape[1] * target.outputs, problem.metric_of(table), {}
        rows = reference_rows(table.Y, fold.train, table.X.shape[1], len(problem.classes), min(cells, MOST_CELLS))
        if cells / width >= min(FEWEST_REFERENCE_ROWS, len(fold.train)) / 4 and _several(problem, rows):
            models = fit_references(table.X, table.Y, rows, target.task, len(problem.classes))
            errors = {model.name: metric.row_errors(model.outputs(table.X[fold.dev]), table.Y[fold.dev]) for model in models}
        known = _record(problem, _chosen(problem, metric, errors), {name: metric.total(each) for name, each in errors.items()}, len(rows))
        journal.append(known)
    if known["words"]:
        trainer.say(known["words"])
    return reference_of_record(known)


def _several(problem: SearchProblem, rows: Any) -> bool:
    return len(np.unique(problem.values[rows])) > 1


def _chosen(problem: SearchProblem, metric: Metric, errors: Mapping[str, Rowwise]) -> Reference:
    if problem.target_error is not None:
        return target_reference(problem.metric, problem.target_error)
    if errors:
        return best_on_dev(metric, errors)
    # The best constant answer, without a look at dev rows.
    if problem.classes:
        worst = 1.0 - float(np.bincount(problem.values.astype(np.int64)).max()) / len(problem.values)
    else:
        worst = problem.metric.scale
    return Reference("the constant answer", Interval.exactly(worst))


def _record(problem: SearchProblem, reference: Reference, errors: Mapping[str, float], rows: int) -> dict[str, Any]:
    shown = ", ".join(f"{name} {problem.metric.show(error)}" for name, error in errors.items())
    return {
        "kind": "references",
        "errors": dict(errors),
        "rows": rows,
        "asked_name": reference.name,
        "interval": ends_of(reference.error),
        "words": f"References ({counted(rows, 'row')}): {shown}." if errors else "",
    }
