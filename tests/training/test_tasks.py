"""Networks over tables of their own, and further from where they were."""

import numpy as np
import pytest

from wellfit.engines.types import Outcome
from wellfit.errors import ClusterError
from wellfit.spec import Network, Spec, Training
from wellfit.training.arrays import make_data
from wellfit.training.fit import fit_network
from wellfit.training.tasks import Task, interruption_error, run_tasks


def table(seed, rows=60):
    generator = np.random.default_rng(seed)
    X = generator.normal(size=(rows, 3)).astype(np.float32)
    return make_data(X, (X[:, 0] > 0).astype(float), "float32", rows=np.arange(40), dev_rows=np.arange(40, rows))


def spec(**training):
    changes = {"loss": "binary_cross_entropy", "epochs": 12, "batch_size": 8, "dropout": 0.2, **training}
    return Spec(Network(inputs=3, hidden=(5,)), Training(**changes))


@pytest.mark.parametrize("workers", [1, 3])
def test_a_network_on_a_table_of_its_own_is_the_one_that_fit_gives(workers):
    tasks = [Task(spec(l2=penalty), table(number), seed=number) for number, penalty in enumerate((0.0, 0.5, 0.0, 2.0))]
    for task, found in zip(tasks, run_tasks(tasks, n_jobs=workers), strict=True):
        alone = fit_network(Task(task.spec, task.data, seed=task.seed))
        assert found.parameters.tobytes() == alone.parameters.tobytes()
        assert found.dev_error == alone.dev_error


def test_rung_by_rung_is_the_same_as_at_once():
    task = Task(spec(monitor="dev_cost", patience=None), table(1), seed=7)
    whole = run_tasks([task])[0]
    first = run_tasks([Task(task.spec, task.data, seed=7, epochs=5)])[0]
    assert (first.epochs, first.outcome) == (5, Outcome.RUNNING)
    second = run_tasks([Task(task.spec, task.data, seed=7, state=first.state)])[0]
    assert second.epochs == 12
    assert second.parameters.tobytes() == whole.parameters.tobytes()
    assert second.dev_cost == whole.dev_cost


def test_a_rung_that_is_not_begun_comes_back_as_it_was():
    task = Task(spec(epochs=10_000_000, patience=None), table(2), seed=3)
    first = run_tasks([Task(task.spec, task.data, seed=3, epochs=4)])[0]
    begun, left = run_tasks([Task(task.spec, task.data, seed=3, state=first.state)] * 2, n_jobs=1, callback=lambda event: True)
    assert begun.outcome is left.outcome is Outcome.INTERRUPTED
    assert begun.epochs >= left.epochs == 4
    assert left.parameters.tobytes() == first.state.parameters.tobytes()


def test_networks_that_lost_their_cluster_say_so_and_are_no_ctrl_c(monkeypatch):
    tasks = [Task(spec(), table(0), seed=seed) for seed in range(2)]
    stopped = run_tasks(tasks, n_jobs=1, callback=lambda event: True)
    assert isinstance(interruption_error(stopped), KeyboardInterrupt)
    monkeypatch.setattr("wellfit.training.tasks.train_all", lambda *_: ({0: stopped[0]}, "the scheduler was lost"))
    found = run_tasks(tasks)
    assert [result.lost for result in found] == ["", "the scheduler was lost"]
    assert found[1].outcome is Outcome.INTERRUPTED
    assert found[1].message == "the scheduler was lost before it started."
    error = interruption_error(found, "any of them was trained")
    assert isinstance(error, ClusterError)
    assert str(error) == "the scheduler was lost before any of them was trained; start again on a stable cluster."
