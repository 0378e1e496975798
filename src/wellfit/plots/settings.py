"""Errors and parameters of many trained candidates: of scikit-learn's searches and of populations of networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import DataError, unknown_name
from wellfit.plots.style import short

if TYPE_CHECKING:
    from wellfit.training.result import FitResult

NAMES = {"l2": "L2 penalty λ", "l1": "L1 penalty", "alpha": "L2 penalty λ", "dropout": "dropout rate", "learning_rate": "learning rate"}
SHORT = {"learning_rate": "training.schedule.learning_rate"}


class Candidates(NamedTuple):
    """Candidates that were tried."""

    settings: dict[str, list[Any]]  # by parameter: a value for each candidate
    train: NDArray[np.float64] | None  # (candidates, repeats): scores or errors; None where they were not kept
    dev: NDArray[np.float64]  # (candidates, repeats)
    name: str  # what the numbers are


def of_results(results: Sequence[FitResult], parameters: Sequence[str], quantity: str = "error") -> Candidates:
    """Return dev and training errors (or costs) of networks, and parameters of their specs, by name or by dotted path."""
    if not len(results):
        raise DataError("there are no results to draw; expected what fit_many returned.")
    if quantity not in ("error", "cost"):
        raise DataError(unknown_name("quantity", quantity, ("error", "cost")))
    settings = {name: [_setting(result.spec.to_dict(), name) for result in results] for name in parameters}
    dev = np.array([[getattr(result, f"dev_{quantity}")] for result in results], dtype=np.float64)
    train = np.array([[_at_best(result, quantity)] for result in results], dtype=np.float64)
    name = "error: 1 - accuracy, or 1 - R²" if quantity == "error" else "cost"
    return Candidates(settings, train, dev, name)


def _at_best(result: FitResult, quantity: str) -> float:
    """Return the training error or cost of the epoch whose parameters were kept; nan where it was not recorded."""
    history = result.history
    epoch = result.best_epoch - (result.epochs - history.epochs)
    if quantity == "cost":
        return float(history.cost[epoch - 1]) if 0 < epoch <= history.epochs else np.nan
    at = np.flatnonzero(history.record_epoch == epoch)
    return float(history.train_error[at[0]]) if len(at) else np.nan


def _setting(spec: Mapping[str, Any], name: str) -> Any:
    """Return a value of a spec: of its training, its network, or by a path such as ``training.optimizer.momentum``."""
    for path in (SHORT.get(name, name), f"training.{name}", f"network.{name}"):
        found: Any = spec
        for part in path.split("."):
            if not isinstance(found, Mapping) or part not in found:
                break
            found = found[part]
        else:
            if not isinstance(found, Mapping):
                return found
    raise DataError(unknown_name("parameter", name, sorted({*spec["training"], *spec["network"], *SHORT} - {"optimizer", "schedule"})))


def of_cv_results(cv_results: Any, parameters: Sequence[str], score: str = "score") -> Candidates:
    """Return the scores by fold of a search's candidates, and parameters by name (the end of a pipeline's long name is enough)."""
    table = {str(name): np.ma.asarray(cv_results[name]) for name in cv_results}
    tests = _folds(table, "test", score)
    if not len(tests):
        known = sorted(name.removeprefix("mean_test_") for name in table if name.startswith("mean_test_"))
        raise DataError(unknown_name("score", score, known or ["score"]))
    trains = _folds(table, "train", score)
    settings = {name: _column(table, name) for name in parameters}
    return Candidates(settings, np.column_stack(trains) if trains else None, np.column_stack(tests), score)


def _folds(table: Mapping[str, Any], part: str, score: str) -> list[NDArray[np.float64]]:
    """Return the columns of scores, one a fold; the mean alone where the folds were not kept."""
    ending = f"_{part}_{score}"
    by_fold = [name for name in table if name.startswith("split") and name.endswith(ending) and name[5 : -len(ending)].isdigit()]
    names = by_fold or [name for name in table if name == f"mean{ending}"]
    return [np.asarray(table[name], dtype=np.float64) for name in names]


def _column(table: Mapping[str, Any], name: str) -> list[Any]:
    known = {key.removeprefix("param_"): key for key in table if key.startswith("param_")}
    matches = [known[name]] if name in known else [key for full, key in known.items() if full.split("__")[-1] == name]
    if len(matches) != 1:
        raise DataError(unknown_name("parameter", name, sorted(known)))
    values: list[Any] = np.ma.asarray(table[matches[0]]).tolist()
    return values


def distinct(values: Sequence[Any]) -> tuple[list[Any], NDArray[np.int64]]:
    """Return the distinct values, numbers sorted and others as they come, and the index of each value among them."""
    words = [repr(value) for value in values]
    first = dict(reversed(list(zip(words, values, strict=True))))
    order = list(dict.fromkeys(words))
    if all(is_number(value) for value in values):
        order.sort(key=lambda word: first[word])
    indices = {word: index for index, word in enumerate(order)}
    return [first[word] for word in order], np.array([indices[word] for word in words])


def is_number(value: Any) -> bool:
    """Return whether a value is a finite number, and no truth value."""
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool) and bool(np.isfinite(value))


def named(parameter: str) -> str:
    """Return the common name of a parameter; of a pipeline's parameter and of a path the end."""
    return NAMES.get(parameter.split("__")[-1].split(".")[-1], short(parameter))


def written(value: Any) -> str:
    """Return a value as a label: numbers short, hidden layers as "8, 4"."""
    if is_number(value):
        return f"{value:,}" if isinstance(value, (int, np.integer)) else f"{value:.3g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(written(part) for part in value) or "none"
    return str(value)
