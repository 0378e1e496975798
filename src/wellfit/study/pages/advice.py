"""What to try next, as far as one study tells: from the verdict, from the edges of what was tried, and from what is not known yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wellfit.judge.final_test import FinalTest
from wellfit.plurals import counted
from wellfit.spec import Spec
from wellfit.study.plans import Grid

if TYPE_CHECKING:
    from wellfit.study.study import Study

__all__ = ["advice"]

# Intervals shrink with the root of the rows.
HALF_AS_WIDE = 4


def advice(study: Study, test: FinalTest) -> list[str]:
    """Return what to try next, the most promising first: one or two sentences each, at least one."""
    grid, found = _grid(study), []
    if study.interrupted:
        found.append("Resume it: the search was interrupted, and the networks not yet trained may do better.")
    if study.best is None:
        rate = f" (--learning-rate {grid.learning_rate / 10:g})" if grid is not None else ""
        found.append(f"Lower the learning rate{rate}, and look for outliers in the table: the networks diverged.")
    else:
        found.append(_by_verdict(study.best, grid))
        found += _by_edges(study.best, grid) if grid is not None else []
    if not study.has_rounds and not study.interrupted:
        found.append("Run a search: --time-budget 60 continues this study for a minute with the changes that its diagnosis suggests.")
    if test.network_needed == "no":
        does = "better" if test.advantage.high <= 0 else "about as well"
        found.append(f"Consider {test.against} instead: it does {does} on the test rows, and is simpler.")
    elif test.network_needed == "undecided":
        found.append(
            f"Do not rely on the network being better than {test.against}: {counted(test.rows, 'test row is', 'test rows are')} too few to "
            f"tell. About {HALF_AS_WIDE} times as many would halve the interval."
        )
    return found


def _grid(study: Study) -> Grid | None:
    """Return what the opening compared; None where it trained a plain network, or where rounds have gone beyond it."""
    opening = next((record.get("grid") for record in study.of_kind("round") if record["round"] == 0), None)
    if opening is None or study.has_rounds:
        return None
    lists = {"hidden": tuple(map(tuple, opening["hidden"])), "l2": tuple(opening["l2"]), "dropout": tuple(opening["dropout"])}
    return Grid(**{**opening, **lists})


def _by_verdict(best: dict[str, Any], grid: Grid | None) -> str:
    """Return what mends the bias or the variance of the best network."""
    if best["verdict"] == "underfits":
        flags = f" (--epochs {2 * grid.epochs} {_larger(_widest(grid))} --l2 {min(grid.l2) / 10:g} --dropout 0)" if grid is not None else ""
        return f"Reduce the bias: train longer, use more units, or regularise less{flags}."
    if best["verdict"] == "overfits":
        flags = ""
        if grid is not None:
            flags = f" (--l2 {max(grid.l2) * 3:g},{max(grid.l2) * 10:g} --dropout {_more_dropout(grid)} {_smaller(grid)})"
        return f"Reduce the variance: get more rows, regularise more, or use fewer units{flags}."
    if best["verdict"] == "fits":
        return "Bias and variance are both small. A much lower error would need better columns or labels rather than another network."
    return "There are too few rows for a verdict: get more. Until then, prefer the simplest of the networks with similar errors."


def _by_edges(best: dict[str, Any], grid: Grid) -> list[str]:
    """Return where the choice lies at the edge of what was tried, so that the best may lie beyond."""
    spec = Spec.from_dict(best["spec"])
    training, shape, found = spec.training, spec.network.hidden, []
    if len(grid.l2) > 1 and training.l2 == max(grid.l2):
        larger = f"--l2 {3 * training.l2:g},{10 * training.l2:g}"
        found.append(f"The chosen L2 penalty, {training.l2:g}, is the largest tried: try larger ones ({larger}).")
    if len(grid.dropout) > 1 and training.dropout == max(grid.dropout):
        found.append(f"The chosen dropout, {training.dropout:g}, is the highest tried: try higher rates (--dropout {_more_dropout(grid)}).")
    if len(grid.hidden) > 1 and shape == _widest(grid) and best["verdict"] != "overfits":
        found.append(f"The chosen network is the largest tried: try a larger one ({_larger(shape)}).")
    return found


def _widest(grid: Grid) -> tuple[int, ...]:
    return max(grid.hidden, key=lambda shape: (sum(shape), len(shape)))


def _more_dropout(grid: Grid) -> str:
    return ",".join(f"{rate:g}" for rate in dict.fromkeys(min(0.8, round(max(grid.dropout) + step, 2)) for step in (0.1, 0.2)))


def _larger(shape: tuple[int, ...]) -> str:
    return f"--hidden {','.join(str(2 * units) for units in shape) or '32'}"


def _smaller(grid: Grid) -> str:
    smallest = min(grid.hidden, key=lambda shape: (sum(shape), len(shape)))
    return f"--hidden {','.join(str(max(1, units // 2)) for units in smallest) or 'none'}"
