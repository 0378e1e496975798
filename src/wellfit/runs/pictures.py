"""The pictures of a study: what training cost, how far errors lie apart, all trials, and where the model decides."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit import plots
from wellfit.plots.style import short
from wellfit.runs.table_study import TableStudy
from wellfit.spec import Spec
from wellfit.store import FittedModel
from wellfit.study.pages.tried import draw_trials
from wellfit.study.plans import label_of
from wellfit.study.run_files import BOUNDARY, COSTS, GAPS, SEARCH
from wellfit.study.study import Study
from wellfit.study.trial import interval_of

__all__ = ["draw_boundary", "draw_pictures"]


def draw_pictures(job: TableStudy, model: FittedModel) -> dict[str, Any]:
    """Draw a finished study."""
    study = job.study
    if not plots.is_available() or study is None:
        return {}
    drawn = {GAPS: _gaps(job, study), COSTS: _costs(study), SEARCH: draw_trials(study) if study.has_rounds else None}
    return {name: figure for name, figure in {**drawn, BOUNDARY: draw_boundary(job, model)}.items() if figure is not None}


def _gaps(job: TableStudy, study: Study) -> Any:
    """Draw the errors of each regulariser's best setting."""
    judged = [each for each in study.compared if "verdict" in each]
    if not judged:
        return None
    metric, bars = job.metric, []
    for each in judged:
        train, dev = ((error.estimate, error.low, error.high) for error in map(interval_of, (each["train_error"], each["dev_error"])))
        bars.append(plots.Bar(label_of(Spec.from_dict(each["spec"])), each["verdict"], train, dev))
    references = study.of_kind("references")[0]["errors"]
    is_classes = metric.task == "classification"
    return plots.gaps(bars, metric.name if is_classes else f"{metric.name} of {short(job.target.name)}", references, is_classes)


def _costs(study: Study) -> Any:
    """Draw how each regulariser's best networks were trained, or without a comparison those of the model."""
    if not study.curves:
        if not any(np.isfinite(history.cost).any() for history in study.histories):
            return None
        return plots.TrainingCurveDisplay.from_history(list(study.histories)).figure_
    best = study.best
    curves = []
    for each in study.compared:
        histories = study.curves.get(each["change"], ())
        training = [(np.arange(1, history.epochs + 1), history.cost) for history in histories]
        dev = [(history.record_epoch, history.dev_cost) for history in histories]
        if histories:
            is_best = best is not None and each["change"] == best["change"]
            curves.append(plots.Curves(label_of(Spec.from_dict(each["spec"])), training, dev, is_best))
    is_classes = study.metric.task == "classification"
    return plots.cost_curves(curves, "cross-entropy" if is_classes else "half the squared error, target scaled")


def draw_boundary(job: TableStudy, model: FittedModel) -> Any:
    """Draw the predictions of a model over a plane; None unless two columns of numbers are all its inputs."""
    used = job.preparation.columns
    if len(used) != 2 or any(getattr(column, "kind", "") != "number" for column in used):
        return None
    import pandas as pd

    columns, rows = (used[0].name, used[1].name), job.split.train

    def predict(points: NDArray[np.float64]) -> NDArray[Any]:
        found = model.apply(pd.DataFrame(points, columns=list(columns)))
        return found.values[:, None] if found.probabilities is None else found.probabilities

    points = np.column_stack([job.table.columns[column.name].values[rows] for column in used])
    return plots.decision_boundary(predict, points, job.truth(rows), columns, job.target.name, job.target.classes)
