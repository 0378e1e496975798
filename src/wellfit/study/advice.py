"""What to try next, as far as one run tells: from the verdict, from the edges of what was tried, and from what is not known yet."""

from __future__ import annotations

from collections.abc import Sequence

from wellfit.plurals import counted
from wellfit.study.first_population import FirstPopulation
from wellfit.study.fit_table import TableFit
from wellfit.study.grid import Grid

__all__ = ["advice"]

# Intervals shrink with the root of the rows.
HALF_AS_WIDE = 4


def advice(job: TableFit) -> list[str]:
    """Return what to try next, the most promising first.

    Parameters
    ----------
    job : TableFit
        Finished.

    Returns
    -------
    list of str
        One or two sentences each; at least one.
    """
    population, test = job.population, job.test
    assert population is not None
    assert test is not None
    found = []
    if population.interrupted:
        found.append("Let it run to its end: training was interrupted, and what was not trained may do better.")
    if population.chosen.divergence:
        rate = population.grid.learning_rate
        found.append(f"Lower the learning rate: the chosen network diverged at {rate:g} (--learning-rate {rate / 10:g}).")
    else:
        found.append(_by_verdict(population))
    found += _by_edges(population)
    if test.network_needed == "no":
        does = "better" if test.advantage.high <= 0 else "as well, up to a difference too small to count,"
        found.append(f"Consider {test.against} instead: it does {does} on the test rows, and is simpler.")
    elif test.network_needed == "undecided":
        found.append(
            f"Do not rely on the network being better than {test.against}: {counted(test.rows, 'test row')} cannot tell. About "
            f"{HALF_AS_WIDE} times as many would halve the interval."
        )
    return found


def _by_verdict(population: FirstPopulation) -> str:
    """Return what mends the bias or the variance of the chosen network."""
    chosen, grid = population.chosen, population.grid
    widest = max(grid.hidden, key=lambda shape: (sum(shape), len(shape)))
    if chosen.verdict.word == "underfits":
        return (
            f"Lower the bias: train longer (--epochs {2 * grid.epochs}), or take more units ({_larger(widest)}), or less "
            f"regularisation (--l2 {min(grid.l2) / 10:g} --dropout 0)."
        )
    if chosen.verdict.word == "overfits":
        return (
            f"Lower the variance: more rows if they can be had, more regularisation (--l2 {max(grid.l2) * 3:g},{max(grid.l2) * 10:g} "
            f"--dropout {_more_dropout(grid)}), or fewer units ({_smaller(grid)})."
        )
    if chosen.verdict.word == "fits":
        return (
            "Bias and variance are both small against the error that could be had. A much lower error would have to come from better "
            "columns or labels rather than from another network."
        )
    return "The dev rows are too few for a verdict: more rows would settle it. Until then, prefer the simpler of networks that err alike."


def _by_edges(population: FirstPopulation) -> list[str]:
    """Return where the choice lies at the edge of what was tried, so that the best may lie beyond."""
    grid, training = population.grid, population.chosen.setting.spec.training
    shape = population.chosen.setting.spec.network.hidden
    found = []
    if len(grid.l2) > 1 and training.l2 == max(grid.l2):
        larger = f"--l2 {3 * training.l2:g},{10 * training.l2:g}"
        found.append(f"The chosen L2 penalty, {training.l2:g}, is the largest tried: try larger ones ({larger}).")
    if len(grid.dropout) > 1 and training.dropout == max(grid.dropout):
        found.append(f"The chosen dropout, {training.dropout:g}, is the highest tried: try higher rates (--dropout {_more_dropout(grid)}).")
    largest = max(grid.hidden, key=lambda units: (sum(units), len(units)))
    if len(grid.hidden) > 1 and shape == largest and population.chosen.verdict.word != "overfits":
        found.append(f"The chosen network is the largest tried: try a larger one ({_larger(shape)}).")
    return found


def _more_dropout(grid: Grid) -> str:
    return ",".join(f"{rate:g}" for rate in dict.fromkeys(min(0.8, round(max(grid.dropout) + step, 2)) for step in (0.1, 0.2)))


def _larger(shape: Sequence[int]) -> str:
    return f"--hidden {','.join(str(2 * units) for units in shape) or '32'}"


def _smaller(grid: Grid) -> str:
    smallest = min(grid.hidden, key=lambda shape: (sum(shape), len(shape)))
    return f"--hidden {','.join(str(max(1, units // 2)) for units in smallest) or 'none'}"
