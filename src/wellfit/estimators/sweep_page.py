"""A sweep as blocks: the best candidate, and all of them by rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wellfit.plurals import counted
from wellfit.render.blocks import Block, Page, Section, Sentence, Table
from wellfit.render.words import clipped

__all__ = ["sweep_page"]

FIRST, MOST = 10, 300


def sweep_page(results: Mapping[str, Any], folds: int, best: Mapping[str, Any] | None, refit: Any, whole: bool) -> Page:
    """Return `cv_results_` as blocks; `best` are the best parameters where one candidate is."""
    metrics = [name.removeprefix("rank_test_") for name in results if name.startswith("rank_test_")]
    first = refit if refit in metrics else metrics[0]
    places = np.argsort(results[f"rank_test_{first}"], kind="stable")
    shown, total = places[: MOST if whole else FIRST], len(places)
    lead = f"{counted(total, 'candidate')} in {counted(folds, 'fold')}."
    blocks: list[Block] = []
    if best is not None:
        at = int(places[0])
        lead += f" The best mean {_named(first)} is {_score(results[f'mean_test_{first}'][at])}."
        blocks.append(Sentence("best", _words(best)))
    heads = ["rank", "parameters"]
    for metric in metrics:
        heads += [f"{which} {_named(metric)}" for which in ("mean", "deviation of") if f"mean_test_{metric}" in results]
        heads += [f"training {_named(metric)}"] if f"mean_train_{metric}" in results else []
    heads.append("seconds")
    rows = [_row(results, metrics, first, int(place)) for place in shown]
    notes = [f"The first {len(shown):,} of {counted(total, 'candidate')}."] if len(shown) < total else []
    table = Table("Candidates by rank", heads, rows, [place for place in range(len(heads)) if place != 1], notes=notes)
    return Page("A sweep", lead, [Section("Candidates", [*blocks, table])])


def _row(results: Mapping[str, Any], metrics: Sequence[str], first: str, place: int) -> list[str]:
    row = [str(results[f"rank_test_{first}"][place]), _words(results["params"][place])]
    for metric in metrics:
        row += [_score(results[f"{kind}_test_{metric}"][place]) for kind in ("mean", "std")]
        row += [_score(results[f"mean_train_{metric}"][place])] if f"mean_train_{metric}" in results else []
    return [*row, f"{results['mean_fit_time'][place]:.3g}"]


def _named(metric: str) -> str:
    return "score" if metric == "score" else metric


def _score(value: float) -> str:
    return f"{value:.4g}" if np.isfinite(value) else "none"


def _words(params: Mapping[str, Any]) -> str:
    return clipped(", ".join(f"{name}={value!r}" for name, value in params.items()) or "as it is", 200)
