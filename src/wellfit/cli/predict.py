"""``wellfit predict``: a model and a table give predictions."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellfit.cli.error_handler import DONE
from wellfit.cli.outputs import check_output
from wellfit.cli.screen import Screen
from wellfit.errors import DataError
from wellfit.files import write_file
from wellfit.judge.metric import Metric
from wellfit.plurals import counted
from wellfit.runs.table_study import warnings_kept
from wellfit.store import FittedModel, NetworkModel, Prediction, load, model_file
from wellfit.table.numerals import Decimals
from wellfit.table.read import read_table
from wellfit.table.target import plain_target

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["predict_command"]


def predict_command(screen: Screen, path: Path, table: Path, out: Path | None, decimal: str | None = None) -> int:
    """Predict a table and write or print the predictions."""
    path = Path(model_file(path))
    check_output(out, "predictions.csv", {"model": path, "table": table})
    model = load(path)
    with warnings_kept() as sentences:
        frame = read_table(table, decimal)
    prediction = model.apply(frame)
    prediction = dataclasses.replace(prediction, notes=(*sentences, *prediction.notes))
    for note in prediction.notes:
        screen.report(f"note: {note}", style="yellow")
    compared, target = "", "the target"
    if isinstance(model, FittedModel):
        with warnings_kept():  # of the target's decimal sign; the training table gives the same
            compared, target = _compared(model, frame, prediction), repr(model.target.name)
    if compared:
        screen.report(f"note: {compared}")
    result = _frame(model.classes, prediction)
    if out is not None:
        write_file(out, result.to_csv(index=False).encode())
        screen.say(f"{counted(len(result), 'prediction')} of {target} written to {out}")
    elif not screen.as_json:
        result.to_csv(sys.stdout, index=False)
    if screen.as_json:
        screen.object(_object(model, prediction, compared, out))
    return DONE


def _frame(classes: tuple[Any, ...], prediction: Prediction) -> pd.DataFrame:
    """Return one row a prediction: the prediction, or several of a row, then the probability of each class."""
    import pandas as pd

    values = prediction.values
    columns: dict[str, Any] = {"prediction": values}
    if values.ndim > 1:
        columns = {f"prediction {name}": part for name, part in zip(classes or range(1, values.shape[1] + 1), values.T, strict=True)}
    if prediction.probabilities is not None:
        columns |= {f"probability of {label}": chances for label, chances in zip(classes, prediction.probabilities.T, strict=True)}
    return pd.DataFrame(columns)


def _object(model: FittedModel | NetworkModel, prediction: Prediction, compared: str, out: Path | None) -> dict[str, Any]:
    notes = [*prediction.notes, *([compared] if compared else [])]
    target = model.target.name if isinstance(model, FittedModel) else None
    values: dict[str, Any] = {"target": target, "rows": len(prediction.values), "notes": notes}
    if out is not None:
        return {**values, "out": str(out)}
    values["predictions"] = prediction.values.tolist()
    if prediction.probabilities is not None:
        values["classes"] = list(model.classes)
        values["probabilities"] = prediction.probabilities.tolist()
    return values


def _compared(model: FittedModel, frame: pd.DataFrame, prediction: Prediction) -> str:
    """Return the error where the table holds the target as well; empty where it does not."""
    import numpy as np
    import pandas as pd

    name = model.target.name
    if name not in frame.columns or frame[name].isna().all():
        return ""
    try:
        with np.errstate(over="ignore"):
            truth = model.target.encode(plain_target(frame[name], model.task, Decimals(frame)), np.float64)
    except DataError as refusal:
        return f"the table holds the target, which could not be compared: {refusal}"
    known = ~np.isnan(truth[:, 0])
    metric = Metric(model.task, spread=model.target.scale)
    if model.task == "classification":
        # What was predicted, which a threshold may have decided, and not the likeliest class.
        decided = model.target.encode(pd.Series(prediction.values), np.float64)
        error = metric.interval((decided[known, 0] != truth[known, 0]).astype(np.float64))
    else:
        # Numbers may be so far apart that the spread of their squared errors is beyond float64.
        with np.errstate(over="ignore", invalid="ignore"):
            units = truth[known] * model.target.scale + model.target.mean
            error = metric.interval(metric.row_errors(prediction.values[known, None], units))
        if not np.isfinite([error.low, error.high]).all():
            return f"the table holds the target {name!r}, which could not be compared: it is too far from the predictions."
    shown = f"{metric.name} {metric.error_words(error)}"
    return f"the table holds the target {name!r}: {shown}; valid only for rows that were not trained on."
