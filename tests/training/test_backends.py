"""Tasks on other processes: what travels, who is asked, what becomes of workers that die or hang."""

import os
import queue
import re
import signal
import threading
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
import pytest

from wellfit.engines.api import get_engine
from wellfit.engines.types import Outcome
from wellfit.errors import ClusterError, DataError, SpecError
from wellfit.spec import Member, Network, Spec, Training
from wellfit.training.arrays import make_data
from wellfit.training.backends import active, dispatch, processes
from wellfit.training.backends.dispatch import Dispatch, Killed, Lost, News
from wellfit.training.backends.parcels import Cargo, open_chunk, pack_results, unpack_results
from wellfit.training.backends.worker import call_off, check_versions, train_chunk, versions
from wellfit.training.fit import fit_network
from wellfit.training.population import fit_many
from wellfit.training.tasks import Task, run_tasks

posix = pytest.mark.skipif(os.name != "posix", reason="processes are stopped and killed by signals")


@pytest.fixture
def expected(many_tasks):
    return run_tasks(many_tasks, n_jobs=2)


def endless(table, seed=0):
    training = Training(loss="binary_cross_entropy", epochs=10_000_000, patience=None)
    return Task(Spec(Network(inputs=3, hidden=(5,)), training), table, seed=seed)


# === What travels ===


def test_a_table_is_named_by_what_is_in_it_and_travels_apart(many_tasks):
    twins = [Task(task.spec, task.data._replace(X=task.data.X.copy(), dev_X=task.data.dev_X.copy()), task.seed) for task in many_tasks]
    cargo = Cargo([*many_tasks, *twins], get_engine("reference"))
    assert len({id(array) for task in [*many_tasks, *twins] for array in task.data if array is not None}) > 20
    # Of each of two tables X; Y and the rows are too small to be worth a name.
    assert sorted(array.shape for array in cargo.arrays.values()) == [(300, 3), (300, 3)]
    payload, names = cargo.chunk([0, 2, 4])
    assert len(names) == 1
    assert cargo.arrays[names[0]].tobytes() == many_tasks[0].data.X.tobytes()
    engine, tasks = open_chunk(payload, cargo.arrays)
    assert engine.name == "reference"
    assert [task.seed for task in tasks] == [0, 2, 4]
    for task, other in zip(tasks, many_tasks[:5:2], strict=True):
        assert task.spec == other.spec
        assert all(np.array_equal(one, two) for one, two in zip(task.data, other.data, strict=True) if one is not None)


def test_rows_of_one_task_alone_travel_with_it():
    X = np.zeros((4000, 1), np.float32)
    spec = Spec(Network(inputs=1, hidden=()), Training(loss="squared_error", epochs=1))
    folds = [np.arange(number, 4000) for number in (0, 1, 1)]
    tasks = [Task(spec, make_data(X, X, "float32", rows=rows)) for rows in folds]
    shapes = sorted(array.shape for array in Cargo(tasks, get_engine("reference")).arrays.values())
    assert shapes == [(3999,), (4000, 1)]  # X and Y are equal here, and so one array


def test_results_come_back_to_the_bit_and_small(many_tasks, expected, assert_same_results):
    packed = pack_results(many_tasks, expected)
    assert_same_results(unpack_results(packed, many_tasks), expected)
    whole = Task(many_tasks[6].spec, many_tasks[6].data)
    wide = fit_network(Spec(Network(inputs=3, hidden=(200, 200)), Training(loss="binary_cross_entropy", epochs=2)), whole.data)
    size = wide.parameters.nbytes
    alone = Task(wide.spec, whole.data)
    assert size < len(pack_results([alone], [wide])) < 1.05 * size
    # Whoever names epochs may go on, which takes Adam's two moments.
    rung = Task(wide.spec, whole.data, epochs=2)
    assert 3 * size < len(pack_results([rung], [wide])) < 3.05 * size


def test_a_state_without_moments_cannot_be_gone_on_from(many_tasks, expected):
    task, result = many_tasks[0], expected[0]
    returned = unpack_results(pack_results([task], [result]), [task])[0]
    with pytest.raises(SpecError, match="moments"):
        fit_network(task.spec, task.data, state=returned.state)


def test_an_engine_that_cannot_travel_is_refused(many_tasks, watched_engine):
    with joblib.parallel_config("loky", n_jobs=2), pytest.raises(SpecError, match="engine must be one that other processes can be sent"):
        run_tasks(many_tasks, engine=watched_engine())


# === What the worker does ===


def test_a_worker_of_another_version_says_so():
    here = versions()
    assert {"wellfit", "Python", "numpy", "numba", "scipy"} <= set(here)
    with pytest.raises(ClusterError, match=r"workers must have wellfit 9, as the process that asks, .* found .* on node7; install"):
        check_versions(here | {"wellfit": "9"}, here, "node7")
    with pytest.raises(ClusterError, match="numpy"):
        train_chunk(here | {"numpy": "0"}, ("run", None), b"not even opened", [])


def test_a_run_that_is_called_off_is_left_alone(many_tasks, tmp_path):
    cargo = Cargo(many_tasks, get_engine("reference"))
    payload, names = cargo.chunk([0, 1])
    call_off("over")
    (tmp_path / "flag").touch()
    for run in (("over", None), ("not over", str(tmp_path / "flag"))):
        packed = train_chunk(versions(), run, payload, names, *(cargo.arrays[name] for name in names))
        assert unpack_results(packed, many_tasks[:2]) == []


# === The dispatch, over a pool that does as it is told ===


class FakePool:
    """Trains in this process what it is given, or makes of a chunk what `fate` says."""

    def __init__(self, slots=2, fate=None):
        self.news, self.size, self.fate = queue.SimpleQueue(), slots, fate
        self.sent, self.shared, self.stopped, self.gone, self.closed = [], [], False, False, False

    def slots(self):
        return self.size

    def idle(self):
        return 1

    def share(self, arrays):
        self.arrays = dict(arrays)
        self.shared.append(sorted(arrays))
        return True

    def submit(self, copy, payload, names, apart_from):
        _, tasks = open_chunk(payload, self.arrays)
        self.sent.append([task.seed for task in tasks])
        outcome = self.fate(self, copy, self.sent[-1], apart_from) if self.fate else "train"
        if outcome == "train":
            outcome = train_chunk(versions(), ("fake", None), payload, names, *(self.arrays[name] for name in names))
        if outcome != "silence":
            self.news.put(News(copy, outcome))

    def stop(self):
        self.stopped = True

    def lost(self):
        return "the pool went away" if self.gone else ""

    def close(self):
        self.closed = True


def tiny_tasks(count):
    spec = Spec(Network(inputs=1, hidden=()), Training(loss="squared_error", epochs=1))
    table = make_data([[0.0], [1.0]], [1.0, 3.0], "float32")
    return [Task(spec, table, seed=seed) for seed in range(count)]


def dispatched(tasks, pool, **how):
    run = Dispatch(tasks, get_engine("reference"), pool)
    run.run(how.get("on_result"), how.get("should_stop"), how.get("on_interrupt", lambda: None))
    assert pool.closed
    return run


def test_chunks_are_a_quarter_of_a_second_and_shorter_towards_the_end(monkeypatch):
    unpack = dispatch.unpack_results
    monkeypatch.setattr(dispatch, "unpack_results", lambda *order: [replace(result, seconds=0.01) for result in unpack(*order)])
    pool, order = FakePool(), []
    dispatched(tiny_tasks(300), pool, on_result=lambda place, result: order.append(place))
    sizes = [len(seeds) for seeds in pool.sent]
    assert sizes[:3] == [1, 1, 25]
    assert sizes[2:-1] == sorted(sizes[2:-1], reverse=True)
    assert sizes[-2] == 5
    assert sorted(order) == list(range(300))
    assert len(pool.shared) == 1


def test_what_is_lost_is_sent_again_with_its_tables():
    lost = set()

    def fate(pool, copy, seeds, others):
        return Lost() if not lost.issuperset(seeds) and not lost.update(seeds) else "train"

    pool = FakePool(fate=fate)
    assert len(dispatched(tiny_tasks(5), pool).results) == 5
    assert len(pool.shared) > 1
    with pytest.raises(ClusterError, match="was lost 10 times"):
        dispatched(tiny_tasks(2), FakePool(fate=lambda *_: Lost()))


def test_a_task_that_kills_its_workers_is_named_and_its_neighbours_are_not():
    deaths = []

    def fate(pool, copy, seeds, others):
        # Task 5 dies once, as whatever is beside task 4 when that dies.
        if 4 in seeds or (5 in seeds and not deaths.count(5)):
            deaths.extend(seeds)
            return Killed()
        return "train"

    pool = FakePool(fate=fate)
    run = Dispatch(tiny_tasks(9), get_engine("reference"), pool)
    with pytest.raises(ClusterError, match="task 4 must leave its worker alive, but 3 workers died"):
        run.run(None, None, lambda: None)
    assert pool.closed
    assert deaths.count(4) == 3
    assert sorted(run.results) == [0, 1, 2, 3, 5, 6, 7, 8]
    # After the first time it goes alone, and after the second when all others are done.
    again = [seeds for seeds in pool.sent if 4 in seeds][1:]
    assert again == [[4], [4]]
    assert pool.sent[-1] == [4]


def test_a_chunk_that_hangs_is_given_to_an_idle_worker_as_well(monkeypatch):
    monkeypatch.setattr(dispatch, "LEAST_PATIENCE", 0.05)
    copies = []

    def fate(pool, copy, seeds, others):
        if 3 in seeds:
            copies.append((copy, list(others)))
            return "silence" if len(copies) < 3 else "train"
        return "train"

    heard = []
    run = dispatched(tiny_tasks(6), FakePool(fate=fate), on_result=lambda place, result: heard.append(place))
    assert sorted(heard) == sorted(run.results) == list(range(6))
    first, second, third = copies
    assert [second[1], third[1]] == [[first[0]], [first[0], second[0]]]


class Clock:
    """Seconds that pass when the caller is asked whether to stop: so many, then it says so."""

    def __init__(self, monkeypatch, seconds):
        self.now, self.end = 0.0, seconds
        monkeypatch.setattr(dispatch, "time", self)
        monkeypatch.setattr(dispatch, "SECONDS_BETWEEN_LOOKS", 0.001)

    def perf_counter(self):
        self.now += 0.01
        return self.now

    def should_stop(self):
        self.now += 1.0
        return self.now > self.end


def test_a_chunk_that_hangs_after_it_killed_a_worker_is_given_to_another_as_well(monkeypatch):
    fates = iter([Killed(), "silence"])

    def fate(pool, copy, seeds, others):
        return next(fates, "train") if 3 in seeds else "train"

    run = dispatched(tiny_tasks(6), FakePool(fate=fate), should_stop=Clock(monkeypatch, 100).should_stop)
    assert sorted(run.results) == list(range(6))


def test_copies_that_kill_their_workers_come_ever_more_rarely(monkeypatch):
    def fate(pool, copy, seeds, others):
        return ("silence" if not others else Killed()) if 0 in seeds else "train"

    pool = FakePool(fate=fate)
    run = dispatched(tiny_tasks(2), pool, should_stop=Clock(monkeypatch, 100).should_stop)
    assert sorted(run.results) == [1]
    # After 1, 4, 16 and 64 seconds.
    assert pool.sent.count([0]) == 1 + 4


def test_the_first_copy_counts_and_the_other_is_not_heard(monkeypatch):
    monkeypatch.setattr(dispatch, "LEAST_PATIENCE", 0.05)
    waiting = {}

    def fate(pool, copy, seeds, others):
        if seeds == [1] and not others:
            waiting["late"] = copy
            return "silence"
        if others:
            cargo = Cargo(tiny_tasks(2), get_engine("reference"))
            packed = train_chunk(versions(), ("fake", None), *cargo.chunk([1]))
            pool.news.put(News(waiting["late"], packed))
            return packed
        return "train"

    heard = []
    dispatched(tiny_tasks(2), FakePool(fate=fate), on_result=lambda place, result: heard.append(place))
    assert sorted(heard) == [0, 1]


def test_a_pool_that_goes_away_leaves_what_was_found():
    def fate(pool, copy, seeds, others):
        pool.gone = 0 not in seeds
        return "silence" if pool.gone else "train"

    run = dispatched(tiny_tasks(3), FakePool(slots=1, fate=fate))
    assert run.lost == "the pool went away"
    assert sorted(run.results) == [0]


def test_stopping_waits_no_longer_than_a_moment(monkeypatch):
    monkeypatch.setattr(dispatch, "SECONDS_TO_END", 0.05)
    pool = FakePool(fate=lambda *_: "silence")
    assert dispatched(tiny_tasks(3), pool, should_stop=lambda: True).results == {}
    assert pool.stopped


def test_ctrl_c_ends_with_what_was_found():
    heard = []

    def press(place, result):
        heard.append(place)
        if len(heard) == 1:
            raise KeyboardInterrupt

    pool = FakePool()
    run = dispatched(tiny_tasks(300), pool, on_result=press)
    assert heard == sorted(run.results) == [0, 1]
    assert pool.stopped


def test_an_error_in_a_task_is_raised_here():
    pool = FakePool(fate=lambda *_: DataError("Y must be better."))
    with pytest.raises(DataError, match="Y must be better"):
        dispatched(tiny_tasks(3), pool)
    assert pool.stopped
    assert pool.closed


# === Which backend is asked ===


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
def test_the_backend_is_the_one_that_joblib_is_told(how, kind, count):
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


def test_processes_give_the_same_bits(many_tasks, expected, assert_same_results):
    heard = []
    with joblib.parallel_config("loky", n_jobs=2):
        found = run_tasks(many_tasks, on_result=lambda place, result: heard.append((threading.current_thread(), place)))
        assert_same_results(found, expected)
        members = [Member(many_tasks[0].spec, seed) for seed in range(3)]
        table = many_tasks[0].data.X, many_tasks[0].data.Y
        assert_same_results(fit_many(members, *table, eval_set=table), fit_many(members, *table, eval_set=table, n_jobs=1))
    assert {thread for thread, _ in heard} == {threading.main_thread()}
    assert sorted(place for _, place in heard) == list(range(len(many_tasks)))


def test_another_backend_of_joblib_gives_them_too(many_tasks, expected, assert_same_results):
    class Pool(joblib.parallel.BACKENDS["threading"]):
        pass

    joblib.register_parallel_backend("a pool of somebody", Pool)
    try:
        with joblib.parallel_config("a pool of somebody", n_jobs=2):
            assert_same_results(run_tasks(many_tasks), expected)
            asked = iter([False] * 3)
            stopped = run_tasks([endless(many_tasks[0].data, seed) for seed in range(4)], should_stop=lambda: next(asked, True))
            assert [result.outcome for result in stopped] == [Outcome.INTERRUPTED] * 4
    finally:
        del joblib.parallel.BACKENDS["a pool of somebody"]


def test_processes_are_stopped(many_tasks):
    asked = iter([False] * 3)
    with joblib.parallel_config("loky", n_jobs=2):
        tasks = [endless(many_tasks[0].data, seed) for seed in range(8)]
        found = run_tasks(tasks, should_stop=lambda: next(asked, True))
    assert [result.outcome for result in found] == [Outcome.INTERRUPTED] * 8
    assert found[-1].epochs == 0


@posix
def test_a_process_that_is_killed_costs_nothing_but_time(many_tasks, expected, assert_same_results):
    victims = []

    def kill(place, result):
        if not victims:
            victims.extend(processes._workers.pools[0]._processes)
            os.kill(victims[0], signal.SIGKILL)

    with joblib.parallel_config("loky", n_jobs=2):
        assert_same_results(run_tasks(many_tasks, on_result=kill), expected)
    assert victims


@posix
def test_a_process_that_hangs_does_not_hold_up_the_end(many_tasks, expected, assert_same_results):
    victims = []

    def halt(place, result):
        if not victims:
            victims.extend(processes._workers.pools[0]._processes)
            os.kill(victims[0], signal.SIGSTOP)

    with joblib.parallel_config("loky", n_jobs=2):
        assert_same_results(run_tasks(many_tasks, on_result=halt), expected)
        # Its place is taken by another.
        assert_same_results(run_tasks(many_tasks), expected)
    assert victims


def test_tables_stay_for_the_next_run(many_tasks, monkeypatch):
    saved = []
    monkeypatch.setattr(processes.np, "save", lambda path, *arguments, **how: saved.append(path))
    monkeypatch.setattr(processes, "BYTES_KEPT", 10_000)
    files = processes._Files(None)
    arrays = {name: np.zeros(count) for name, count in (("a", 1000), ("b", 500))}
    files.keep({"a": arrays["a"]})
    files.keep({"a": arrays["a"]})
    assert len(saved) == 1
    files.keep({"b": arrays["b"]})
    assert list(files.sizes) == ["b"]


def test_the_example_of_the_documentation_runs():
    text = (Path(__file__).resolve().parents[2] / "docs" / "scale.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1
    exec(compile(blocks[0], "scale.md", "exec"), {})
