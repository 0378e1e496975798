"""The results of a sweep: ranks in which diverged networks are last, and one warning of each kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.estimators.running import NotConvergedWarning, warn, warn_of_batch_size
from wellfit.estimators.sweep_networks import Entry, Networks
from wellfit.plurals import counted

__all__ = ["Rung", "put_last", "ranks", "warn_of"]

# Candidates that a warning names.
NAMED = 5


@dataclass
class Rung:
    """The results of candidates that were trained for equally long; without halving there is one rung."""

    number: int  # from 0
    places: list[int]  # numbers of the candidates
    records: list[dict[str, Any]]  # what scikit-learn's searches keep of each fit; all folds of a candidate, then those of the next
    epochs: list[int]  # how many each candidate was trained for at most
    diverged: NDArray[np.int64]  # (candidates,): how many networks of each diverged
    whole: int  # how many candidates were trained in all folds

    @classmethod
    def of(cls, number: int, entries: Sequence[Entry], folds: int, nothing: BaseException) -> Rung:
        """Return the results of a rung; networks that were interrupted are scored nan."""
        groups = [entries[first : first + folds] for first in range(0, len(entries), folds)]
        whole = [all(entry.is_scored for entry in group) for group in groups]
        # Candidates that cannot be fitted are nothing to keep.
        if not all(whole) and not any(all(entry.outcome is not None for entry in group) for group in groups):
            raise nothing
        scored = [entry for entry in entries if entry.is_scored]
        known = next((entry.record for entry in scored if entry.outcome is not None), scored[0].record)
        unscored = {"fit_error": None, "score_time": 0.0} | {
            name: dict.fromkeys(known[name], np.nan) if isinstance(known[name], dict) else np.nan
            for name in ("test_scores", "train_scores")
            if name in known
        }
        records = [unscored | entry.record for entry in entries]
        lost = np.array([entry.diverged for entry in entries], dtype=np.int64).reshape(-1, folds).sum(axis=1)
        firsts = entries[::folds]
        return cls(number, [entry.candidate for entry in firsts], records, [entry.epochs for entry in firsts], lost, sum(whole))

    def ranks(self, metric: str | None) -> NDArray[np.int64]:
        """Return the candidates' ranks, 1 the best."""
        scores = [record["test_scores"] if metric is None else record["test_scores"][metric] for record in self.records]
        return ranks(np.reshape(scores, (len(self.places), -1)).mean(axis=1), self.diverged)


def ranks(means: NDArray[np.float64], diverged: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rank candidates: diverged ones behind all others, those without a score behind these."""
    keys = [(2, 0.0) if np.isnan(mean) else (int(lost > 0), -float(mean)) for mean, lost in zip(means, diverged, strict=True)]
    first: dict[tuple[int, float], int] = {}
    for rank, key in enumerate(sorted(keys), start=1):
        first.setdefault(key, rank)
    return np.array([first[key] for key in keys])


def put_last(results: dict[str, Any], diverged: NDArray[np.int64]) -> None:
    """Rank candidates with diverged networks behind all others."""
    if diverged.any():
        for name in [name for name in results if name.startswith("rank_test_")]:
            means = results[f"mean_{name.removeprefix('rank_')}"]
            results[name] = ranks(means, diverged).astype(results[name].dtype)


def warn_of(networks: Networks) -> None:
    """Warn of networks that diverged or did not converge, once of each."""
    entries, candidates = list(networks.entries.values()), networks.candidates
    for entry in entries:
        size = candidates[entry.candidate].network.batch_size
        if entry.rows and not isinstance(size, str) and size is not None and size > entry.rows:
            warn_of_batch_size(size, entry.rows)
            break
    used_up = sum(entry.has_not_converged for entry in entries)
    if used_up:
        warn(
            f"Stochastic Optimizer: Maximum iterations reached by {used_up:,} of {counted(len(entries), 'network')} "
            "and the optimization hasn't converged yet.",
            NotConvergedWarning,
        )
    lost = [entry.candidate for entry in entries if entry.diverged]
    if lost:
        numbers = sorted(set(lost))
        named = ", ".join(str(candidates[number].params) for number in numbers[:NAMED])
        more = f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else ""
        warn(
            f"{len(lost):,} of {counted(len(entries), 'network')} diverged; their candidates rank last: {named}{more}. "
            "Lower learning_rate_init, or scale X and y.",
            NotConvergedWarning,
        )
