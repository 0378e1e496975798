"""From a grid, or from distributions, to candidates: dicts of parameters, checked before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from typing import Any

from sklearn.base import clone
from sklearn.model_selection import ParameterGrid, ParameterSampler

from wellfit.errors import SpecError, SpecTypeError, unknown_name

__all__ = ["Grid", "candidates_of"]

Grid = Mapping[str, Any] | Sequence[Mapping[str, Any]]


def candidates_of(estimator: Any, param_grid: Grid, n_iter: int | None, random_state: Any) -> list[dict[str, Any]]:
    """Return the candidates of a search.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> candidates_of(Ridge(), {"alpha": [0.1, 1.0]}, None, None)
    [{'alpha': 0.1}, {'alpha': 1.0}]
    """
    grids = [param_grid] if isinstance(param_grid, Mapping) else param_grid
    if not isinstance(grids, list | tuple) or not all(isinstance(grid, Mapping) for grid in grids):
        raise SpecTypeError(f"param_grid must be a dict or a list of dicts, found {param_grid!r}.")
    if not grids:
        raise SpecError("param_grid must hold at least one candidate, found none.")
    for grid in grids:
        for name, values in grid.items():
            _check_values(name, values, draws=n_iter is not None)
        _check_names(estimator, grid)
    try:
        made = ParameterGrid(grids) if n_iter is None else ParameterSampler(grids, n_iter, random_state=random_state)
    except TypeError as error:
        raise SpecTypeError(f"param_grid: {error}") from error
    return list(made)


def _takes(estimator: Any, name: str) -> bool:
    """Return whether an estimator takes a parameter that it does not list, as those that pass on any name do."""
    try:
        clone(estimator).set_params(**{name: None})
    except Exception:  # noqa: BLE001  (the nearest name is a better message)
        return False
    return True


def _check_values(name: str, values: Any, *, draws: bool) -> None:
    """Raise unless a parameter has values to try."""
    if not draws and hasattr(values, "rvs"):
        raise SpecError(f"param_grid[{name!r}] is a distribution; set n_iter, the number of candidates to draw.")
    if isinstance(values, Sized) and not isinstance(values, str) and len(values) == 0:
        raise SpecError(f"param_grid[{name!r}] must hold at least one value, found none; add some, or leave the parameter out.")


def _check_names(estimator: Any, grid: Mapping[str, Any]) -> None:
    """Raise unless the estimator has all of the parameters."""
    known = estimator.get_params(deep=True)
    for name in grid:
        parts = name.split("__")
        owners = {"__".join(parts[:depth]) for depth in range(1, len(parts))}
        # What a candidate puts in as a whole has its own parameters.
        if name in known or owners & set(grid) or _takes(estimator, name):
            continue
        *path, last = parts
        prefix = "__".join([*path, ""])
        siblings = [other.removeprefix(prefix) for other in known if other.startswith(prefix) and "__" not in other.removeprefix(prefix)]
        kind = f"parameter {name!r} of param_grid:" if path and siblings else "parameter"
        raise SpecError(unknown_name(kind, last if path and siblings else name, siblings or known))
