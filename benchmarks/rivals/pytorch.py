"""PyTorch, eager: a sensibly written training loop on the CPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from benchmarks.rivals import Run, fastest
from benchmarks.tasks import COURSE_LEARNING_RATE, TABLE_LEARNING_RATE, Array, CourseTask, TableTask

UPDATES: tuple[dict[str, Any], ...] = ({"foreach": False}, {"foreach": True}, {"fused": True})


def course(task: CourseTask) -> Run:
    """Return the run of the course's task, with the fastest of the three ways to update."""
    X, Y = (torch.from_numpy(array) for array in task.data())

    def run_with(update: dict[str, Any]) -> Run:
        def run(steps: int) -> float:
            torch.manual_seed(0)
            model = _network(task.weights(), nn.ReLU, task.dropout)
            optimizer = torch.optim.SGD(model.parameters(), lr=COURSE_LEARNING_RATE, **update)
            costs = torch.empty(steps, dtype=X.dtype)
            for step in range(steps):
                optimizer.zero_grad(set_to_none=True)
                cost = functional.binary_cross_entropy_with_logits(model(X), Y)
                cost.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                costs[step] = cost.detach()
            return float(costs[-1])

        return run

    return fastest([run_with(update) for update in UPDATES], 200)


def table(task: TableTask) -> Run:
    """Return the run of a table, with the fastest of the three ways to update."""
    arrays = task.data()
    X, codes = torch.from_numpy(arrays[0]), torch.from_numpy(arrays[1])
    activation = {"relu": nn.ReLU, "tanh": nn.Tanh}[task.activation]

    def run_with(update: dict[str, Any]) -> Run:
        def run(steps: int) -> float:
            torch.manual_seed(0)
            model = _network(task.weights(), activation, 0.0)
            optimizer = torch.optim.Adam(model.parameters(), lr=TABLE_LEARNING_RATE, **update)
            total, done = torch.zeros(()), 0
            while done < steps:
                for rows in torch.split(torch.randperm(len(X)), task.batch)[: steps - done]:
                    optimizer.zero_grad(set_to_none=True)
                    cost = functional.cross_entropy(model(X.index_select(0, rows)), codes.index_select(0, rows))
                    cost.backward()  # type: ignore[no-untyped-call]
                    optimizer.step()
                    total += cost.detach()
                    done += 1
            return float(total) / steps

        return run

    return fastest([run_with(update) for update in UPDATES], min(max(20, task.check // 4), task.whole))


def _network(weights: list[Array], activation: Callable[[], nn.Module], dropout: float) -> Any:
    """Return an `nn.Sequential` that starts from the given weights and gives logits."""
    parts: list[nn.Module] = []
    for W, b in zip(weights[0::2], weights[1::2], strict=True):
        if parts:
            parts.append(activation())
            if dropout:
                parts.append(nn.Dropout(dropout))
        linear = nn.Linear(W.shape[0], W.shape[1], dtype=getattr(torch, W.dtype.name))
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(W.T))
            linear.bias.copy_(torch.from_numpy(b))
        parts.append(linear)
    return nn.Sequential(*parts)
