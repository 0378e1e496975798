"""Networks on other processes, and how a run begins, is stopped and ends."""

import os
import re
import signal
import threading
from pathlib import Path

import joblib
import pytest
from callbacks import once

from wellfit.engines.api import get_engine
from wellfit.engines.types import Outcome
from wellfit.errors import ClusterError, DataError, SpecError
from wellfit.events import Interrupted, NetworkEnd
from wellfit.spec import Member, Network, Spec, Training
from wellfit.training.backends import active, by_joblib
from wellfit.training.backends.remote import Call, check_versions, stop_here, train_remotely, versions
from wellfit.training.backends.run import Run
from wellfit.training.fit import fit_network
from wellfit.training.population import fit_many
from wellfit.training.tasks import Task, run_tasks

posix = pytest.mark.skipif(os.name != "posix", reason="processes are stopped and killed by signals")


@pytest.fixture
def expected(many_tasks):
    return run_tasks(many_tasks, n_jobs=2)


@pytest.fixture
def by_loky():
    """Two processes."""
    with joblib.parallel_config("loky", n_jobs=2):
        yield


def endless(table, seed=0):
    training = Training(loss="binary_cross_entropy", epochs=10_000_000, patience=None)
    return Task(Spec(Network(inputs=3, hidden=(5,)), training), table, seed=seed)


# === What another process does ===


def test_a_worker_of_another_version_says_so():
    here = versions()
    assert {"wellfit", "Python", "numpy", "numba", "scipy"} <= set(here)
    with pytest.raises(ClusterError, match=r"workers must have wellfit 9, as the calling process has, .* found .* on node7; install"):
        check_versions(here | {"wellfit": "9"}, here, "node7")
    with pytest.raises(ClusterError, match="numpy"):
        train_remotely(Call("run", here | {"numpy": "0"}, os.getpid()), get_engine("reference"), [])


def test_a_run_that_is_stopped_is_left_alone(many_tasks, tmp_path):
    stop_here("over")
    (tmp_path / "flag").touch()
    for run, flag in (("over", None), ("not over", str(tmp_path / "flag"))):
        assert train_remotely(Call(run, versions(), os.getpid(), flag), get_engine("reference"), many_tasks[:2]) == []


def test_ctrl_c_in_a_terminal_reaches_the_calling_process_alone(many_tasks):
    other = Call("run", versions(), process=0)
    before = signal.getsignal(signal.SIGINT)

    class Engine(type(get_engine("reference"))):
        def train(self, *arguments):
            signal.raise_signal(signal.SIGINT)
            return super().train(*arguments)

    found = train_remotely(other, Engine(), many_tasks[6:7])
    assert [result.outcome for result in found] == [Outcome.EPOCHS_USED_UP]
    assert signal.getsignal(signal.SIGINT) is before


# === A run, by workers that do as they are told ===


def make_run(tasks, callback=None):
    return Run(tasks, get_engine("reference"), callback)


def noting(ends):
    """Return a callback that notes the thread and the index of each result."""
    return lambda event: isinstance(event, NetworkEnd) and ends.append((threading.current_thread(), event.index))


def keeps(run, indices):
    """A worker that has the results of some tasks."""

    def work():
        for index in indices:
            run.keep(index, fit_network(Task(run.tasks[index].spec, run.tasks[index].data, epochs=0), engine=run.engine))

    return work


def test_results_are_reported_in_order_of_completion_and_have_the_callers_spec(many_tasks):
    ends = []
    run = make_run(many_tasks, noting(ends))
    run.train([keeps(run, [3, 1, 2])])
    assert ends == [(threading.current_thread(), index) for index in (3, 1, 2)]
    assert run.missing() == [0, *range(4, len(many_tasks))]
    assert all(result.spec is many_tasks[index].spec for index, result in run.results.items())


def test_a_worker_that_hangs_is_waited_for_no_longer_than_a_moment_after_a_stop(many_tasks):
    hanging, stops = threading.Event(), []
    run = make_run(many_tasks, lambda event: bool(run.results))
    run.on_stop = lambda: stops.append(1)
    try:
        run.train([keeps(run, [0]), hanging.wait], patience=0.05)
    finally:
        hanging.set()
    assert sorted(run.results) == [0]
    assert stops


def test_ctrl_c_ends_with_what_was_found(many_tasks):
    interrupts = []

    def press():
        raise KeyboardInterrupt

    first = once(press)
    run = make_run(many_tasks, lambda event: interrupts.append(run.stopped.is_set()) if isinstance(event, Interrupted) else first(event))
    run.train([keeps(run, [0, 1])])
    assert sorted(run.results) == [0, 1]
    assert interrupts == [True]


def test_an_error_in_a_worker_is_raised_here(many_tasks):
    def fail():
        raise DataError("y must be better.")

    run = make_run(many_tasks)
    with pytest.raises(DataError, match="y must be better"):
        run.train([run.stopped.wait, fail])
    assert run.stopped.is_set()


# === Which backend trains ===


@pytest.mark.parametrize(
    ("how", "kind", "count"),
    [
        ({}, "threading", None),
        ({"n_jobs": 3}, "threading", 3),
        ({"backend": "threading", "n_jobs": 3}, "threading", 3),
        ({"backend": "sequential"}, "sequential", 1),
        ({"backend": "loky", "n_jobs": 3}, "loky", 3),
        ({"backend": "multiprocessing", "n_jobs": 3}, "multiprocessing", 3),
    ],
)
def test_the_backend_is_the_one_of_joblibs_configuration(how, kind, count):
    with joblib.parallel_config(**how):
        assert active._active()[0] == kind
        assert active.jobs(None) == (count or joblib.cpu_count())
        assert active.jobs(2) == 2


def test_inside_a_worker_of_joblib_there_is_one_thread():
    def look():
        return active._active()[0], active.jobs(None)

    assert joblib.Parallel(n_jobs=2, backend="threading")([joblib.delayed(look)()]) == [("threading", 1)]
    # One job is none: joblib does it here, and all cores are free.
    assert joblib.Parallel(n_jobs=1)([joblib.delayed(look)()]) == [("threading", joblib.cpu_count())]


# === Processes ===


def test_processes_give_the_same_bits(many_tasks, expected, by_loky, assert_same_results):
    ends = []
    found = run_tasks(many_tasks, callback=noting(ends))
    assert_same_results(found, expected)
    members = [Member(many_tasks[0].spec, seed) for seed in range(3)]
    table = many_tasks[0].data.X, many_tasks[0].data.Y
    assert_same_results(fit_many(members, *table, eval_set=table), fit_many(members, *table, eval_set=table, n_jobs=1))
    assert {thread for thread, _ in ends} == {threading.main_thread()}
    assert sorted(index for _, index in ends) == list(range(len(many_tasks)))


def test_what_another_process_trained_can_be_resumed(many_tasks, by_loky, assert_same_results):
    task = many_tasks[0]
    longer = task.spec.replace(training=task.spec.training.replace(epochs=20, monitor="none"))
    short = longer.replace(training=longer.training.replace(epochs=12))
    first = run_tasks([Task(short, task.data, seed=seed) for seed in range(2)])
    for result in first:
        result.state.outcome = Outcome.RUNNING
        assert fit_network(Task(longer, task.data, seed=result.seed, state=result.state)).epochs == 20


def test_another_backend_of_joblib_gives_them_too(many_tasks, expected, assert_same_results):
    class Pool(joblib.parallel.BACKENDS["threading"]):
        pass

    joblib.register_parallel_backend("a pool of somebody", Pool)
    try:
        with joblib.parallel_config("a pool of somebody", n_jobs=2):
            assert_same_results(run_tasks(many_tasks), expected)
            looks = iter([False] * 3)
            stopped = run_tasks([endless(many_tasks[0].data, seed) for seed in range(4)], callback=lambda event: next(looks, True))
            assert [result.outcome for result in stopped] == [Outcome.INTERRUPTED] * 4
    finally:
        del joblib.parallel.BACKENDS["a pool of somebody"]


def test_a_backend_that_returns_everything_at_the_end(many_tasks, expected, assert_same_results):
    class Pool(joblib.parallel.BACKENDS["threading"]):
        supports_return_generator = False

    joblib.register_parallel_backend("a patient pool", Pool)
    try:
        with joblib.parallel_config("a patient pool", n_jobs=2):
            assert_same_results(run_tasks(many_tasks), expected)
    finally:
        del joblib.parallel.BACKENDS["a patient pool"]


def test_processes_are_stopped(many_tasks, by_loky):
    looks = iter([False] * 3)
    tasks = [endless(many_tasks[0].data, seed) for seed in range(8)]
    found = run_tasks(tasks, callback=lambda event: next(looks, True))
    assert [result.outcome for result in found] == [Outcome.INTERRUPTED] * 8
    assert found[-1].epochs == 0


def test_an_engine_that_cannot_travel_is_refused(many_tasks, watched_engine, by_loky):
    with pytest.raises(SpecError, match="engine must be picklable, found WatchedEngine"):
        run_tasks(many_tasks, engine=watched_engine())


def test_an_error_in_a_process_is_raised_here(many_tasks, by_loky, monkeypatch):
    def fail(call, engine, index, task):
        from wellfit.errors import DataError

        raise DataError("y must be better.")

    monkeypatch.setattr(by_joblib, "_train_one", fail)
    with pytest.raises(DataError, match="y must be better"):
        run_tasks(many_tasks)


@posix
def test_a_process_that_is_killed_costs_nothing_but_time(many_tasks, expected, by_loky, assert_same_results, monkeypatch, tmp_path):
    train_one, killed = by_joblib._train_one, tmp_path / "killed"

    def die_once(call, engine, index, task):
        if index == 3 and not killed.exists():
            killed.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return train_one(call, engine, index, task)

    monkeypatch.setattr(by_joblib, "_train_one", die_once)
    assert_same_results(run_tasks(many_tasks), expected)
    assert killed.exists()


@posix
def test_a_network_that_kills_every_process_ends_the_run(many_tasks, by_loky, monkeypatch):
    train_one = by_joblib._train_one

    def die(call, engine, index, task):
        if index == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return train_one(call, engine, index, task)

    monkeypatch.setattr(by_joblib, "_train_one", die)
    monkeypatch.setattr(by_joblib, "MOST_DEATHS", 2)
    ends = []
    with pytest.raises(ClusterError, match=r"workers must stay alive, but 2 died in a row with .* left; .* too much memory"):
        run_tasks(many_tasks, callback=noting(ends))
    assert ends
    assert 2 not in {index for _, index in ends}


def test_the_example_of_the_documentation_runs():
    text = (Path(__file__).resolve().parents[3] / "docs" / "scale.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1
    exec(compile(blocks[0], "scale.md", "exec"), {})
