"""Does the error that is forecast come true? Curves fitted on a quarter of the rows, and the error measured on all of them.

    python -m benchmarks.forecasts

For each open table a plain network's learning curve is measured on a quarter of its training rows, and the error it forecasts for
all of them is compared with the error that networks trained on all of them have: on the same dev rows, and on test rows that took
no part. Errors are error rates; of numbers, RMSE over the target's standard deviation.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.each_table import measure_tables
from benchmarks.plain_networks import Case, examine
from wellfit.diagnosis.finding import NotApplicable
from wellfit.diagnosis.inside import forward
from wellfit.diagnosis.learning_curve import forecast
from wellfit.diagnosis.subject import Subject
from wellfit.judge.intervals import Interval, pooled_spread, widened_by_seeds
from wellfit.spec import Member
from wellfit.training.population import fit_many

SEEDS = 5


def measure(case: Case, split: int) -> dict[str, Any]:
    """Return forecast and truth of one table."""
    rng = np.random.default_rng(1_000 + split)
    rows = len(case.train[0])
    subject, _ = examine(case, rng.permutation(rows)[: rows // 4], split)
    record: dict[str, Any] = {"train_rows": rows, "quarter": rows // 4, "dev_rows": len(case.dev[0])}
    try:
        found = forecast(subject, seed=split)
    except NotApplicable as reason:
        return record | {"not_applicable": str(reason)}
    expected, own = found.at(rows), found.at(rows // 4)
    record |= {"expected": expected.estimate, "low": expected.low, "high": expected.high, "at_quarter": own.estimate}
    record |= {"sizes": found.sizes.tolist(), "errors": np.nanmean(found.dev_errors, axis=1).tolist()}
    results = fit_many([Member(case.spec, 500 + seed) for seed in range(SEEDS)], *case.train)
    for name, part in (("dev", case.dev), ("test", case.test)):
        truth = _measured(subject, [result.parameters for result in results], *part)
        record |= {name: truth.estimate, f"{name}_low": truth.low, f"{name}_high": truth.high}
    return record


def _measured(subject: Subject, networks: list[Any], X: Any, Y: Any) -> Interval:
    """Return the mean error of networks, with its interval over rows and seeds."""
    assert subject.network is not None
    spec, metric = subject.network.spec, subject.metric
    errors = [metric.row_errors(forward([(spec, parameters)], X), Y) for parameters in networks]
    spread = pooled_spread([[metric.total(each) for each in errors]])
    return metric.possible(widened_by_seeds(metric.interval(np.mean(errors, axis=0)), spread, len(errors)))


def markdown(records: list[dict[str, Any]]) -> str:
    """Return what was measured as a table, with the shares that matter above it."""
    done = [record for record in records if "expected" in record]
    covered = {part: sum(record["low"] <= record[part] <= record["high"] for record in done) for part in ("dev", "test")}
    ratios = [(record["high"] - record["low"]) / max(record["dev_high"] - record["dev_low"], 1e-12) for record in done]
    lines = [
        "# Would more data help?",
        "",
        f"Covered: {covered['dev']} of {len(done)} on the dev rows, {covered['test']} of {len(done)} on test rows that took no part.",
        f"Width of the interval over that of repeating the measurement on all rows: {np.median(ratios):.2f} (median).",
        "",
        "| table | split | rows | a quarter's error | expected on all | 95 % | measured on dev | on test | covered | width ratio |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for record, ratio in zip(done, ratios, strict=True):
        inside = record["low"] <= record["dev"] <= record["high"]
        lines.append(
            f"| {record['table']} | {record['split']} | {record['train_rows']} | {record['at_quarter']:.4f} | {record['expected']:.4f} "
            f"| {record['low']:.4f} to {record['high']:.4f} | {record['dev']:.4f} | {record['test']:.4f} | {'yes' if inside else 'no'} "
            f"| {ratio:.2f} |"
        )
    lines += [f"\n{record['table']}: {record['not_applicable']}." for record in records if "not_applicable" in record]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is not yet measured, and write the table; the command line, and the exit code."""
    return measure_tables("forecasts", __doc__, measure, markdown, _said, arguments)


def _said(record: dict[str, Any]) -> str:
    return " ".join([*(f"{k}={v:.4g}" for k, v in record.items() if isinstance(v, float) and math.isfinite(v)), record["table"]])


if __name__ == "__main__":
    sys.exit(main())
