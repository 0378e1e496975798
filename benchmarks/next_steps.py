"""Does the recommended next step help? Plain networks on the open tables, and what becomes of them where it is followed.

    python -m benchmarks.next_steps

For each open table a plain network is trained and its next step looked for on training and dev rows. Where one is recommended, both
networks are trained anew with seeds that the search did not use, and their errors compared on the dev rows and on test rows that took
no part.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.each_table import measure_tables
from benchmarks.plain_networks import Case, examine
from wellfit.diagnosis.evaluation import evaluate
from wellfit.diagnosis.inside import forward
from wellfit.diagnosis.next_step import find_next_step
from wellfit.diagnosis.retraining import member
from wellfit.diagnosis.subject import Subject
from wellfit.judge.verdict import judge
from wellfit.remedies.remedies import Candidate
from wellfit.training.population import fit_many

SEEDS = 5


def measure(case: Case, split: int) -> dict[str, Any]:
    """Return what is recommended on one table, what it is expected to gain, and what it gains."""
    subject, _ = examine(case, np.arange(len(case.train[0])), split)
    verdict = judge(evaluate(subject, seed=split))
    begin = time.perf_counter()
    step = find_next_step(subject, verdict, seed=split)
    record: dict[str, Any] = {"train_rows": len(case.train[0]), "dev_rows": len(case.dev[0]), "test_rows": len(case.test[0])}
    record |= {"verdict": verdict.word, "seconds": time.perf_counter() - begin, "best": step.tried[0].candidate.change}
    record |= {"gain": step.gain.estimate, "low": step.gain.low, "high": step.gain.high, "claims": step.recommended is not None}
    record["tried"] = {each.candidate.change: each.gain.estimate for each in step.tried}
    base = Candidate("", case.spec)
    before, after = (_errors(case, subject, each) for each in (base, step.tried[0].candidate))
    for part in ("dev", "test"):
        # Of networks one by one: how often one that follows is better than one that does not, seed beside seed.
        single = [subject.metric.total(one) - subject.metric.total(other) for one, other in zip(before[part], after[part], strict=True)]
        means = [subject.metric.total(np.mean(each[part], axis=0)) for each in (before, after)]
        record |= {f"{part}_before": means[0], f"{part}_gain": means[0] - means[1], f"{part}_wins": sum(gain > 0 for gain in single)}
    return record


def _errors(case: Case, subject: Subject, candidate: Candidate) -> dict[str, list[Any]]:
    """Return the row errors of networks trained anew, on dev and test rows."""
    rows = len(case.train[0])
    members = [
        member(candidate.spec, 700 + seed, np.random.default_rng(700 + seed).permutation(rows), candidate.watches) for seed in range(SEEDS)
    ]
    results = fit_many(members, *case.train)
    return {
        name: [subject.metric.row_errors(forward([(candidate.spec, result.parameters)], X), Y) for result in results]
        for name, (X, Y) in (("dev", case.dev), ("test", case.test))
    }


def markdown(records: list[dict[str, Any]]) -> str:
    """Return what was measured as a table, with the shares that matter above it."""
    claims = [record for record in records if record["claims"]]
    lowered = {part: sum(record[f"{part}_gain"] > 0 for record in claims) for part in ("dev", "test")}
    covered = sum(record["low"] <= record["test_gain"] <= record["high"] for record in claims)
    summary = (
        f"A gain is claimed in {len(claims)} of {len(records)} cases. Following it lowers the dev error in {lowered['dev']} and the test "
        f"error in {lowered['test']} of them; the claimed interval covers the gain on the test rows in {covered}."
    )
    lines = [
        "# The next step, followed",
        "",
        summary,
        "",
        "| table | split | verdict | best tried | claimed | gain, 95 % | dev error before | gain on dev | gain on test | covered |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for record in records:
        inside = record["low"] <= record["test_gain"] <= record["high"]
        lines.append(
            f"| {record['table']} | {record['split']} | {record['verdict']} | {record['best']} | {'yes' if record['claims'] else 'no'} "
            f"| {record['gain']:+.4f} ({record['low']:+.4f} to {record['high']:+.4f}) | {record['dev_before']:.4f} "
            f"| {record['dev_gain']:+.4f} | {record['test_gain']:+.4f} | {'yes' if inside else 'no'} |"
        )
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is not yet measured, and write the table; the command line, and the exit code."""
    return measure_tables("next-steps", __doc__, measure, markdown, _said, arguments)


def _said(record: dict[str, Any]) -> str:
    return f"{record['table']} {record['verdict']} {record['best']} {record['gain']:+.4f} {record['test_gain']:+.4f}"


if __name__ == "__main__":
    sys.exit(main())
