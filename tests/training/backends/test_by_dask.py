"""Tasks on a real Dask cluster of two processes on this machine."""

import logging
import os
import re
import signal
import socket
import struct
import threading
import warnings
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import distributed
import joblib
import numpy as np
import pytest
from callbacks import once

from wellfit.engines.types import Outcome
from wellfit.errors import ClusterError, TrainingWarning
from wellfit.events import NetworkEnd
from wellfit.spec import Network, Spec, Training
from wellfit.training.arrays import make_data
from wellfit.training.backends import by_dask
from wellfit.training.backends.active import at_once, connected, jobs
from wellfit.training.backends.connecting import _check_answers, check_workers
from wellfit.training.backends.remote import Call, stop_here, versions
from wellfit.training.tasks import Task, run_tasks

pytestmark = pytest.mark.skipif(os.name != "posix", reason="workers are stopped and killed by signals")


@pytest.fixture(scope="module")
def cluster():
    """Two processes of one thread, no dashboard, free ports; what the cluster says of killed workers is no news to these tests."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", memory_limit=None, silence_logs=logging.CRITICAL
    ) as made:
        yield made


@pytest.fixture(scope="module")
def client(cluster):
    with distributed.Client(cluster, set_as_default=False) as made:
        yield made


@pytest.fixture
def by_dask_cluster(client):
    client.wait_for_workers(1, timeout=60)
    with joblib.parallel_config("dask", client=client):
        yield client


@pytest.fixture(scope="module")
def expected(many_tasks):
    return run_tasks(many_tasks, n_jobs=2)


def longer(many_tasks, count=8, epochs=1_500):
    """Tasks of some tenths of a second."""
    training = Training(loss="binary_cross_entropy", epochs=epochs, batch_size=16, patience=None)
    return [Task(Spec(Network(inputs=3, hidden=(5,)), training), many_tasks[0].data, seed=seed) for seed in range(count)]


@pytest.fixture
def sent(client, monkeypatch):
    """What is submitted: the keys and sizes of tables, and chunks as bytes."""
    tables, chunks, submit = [], [], client.submit

    def watched(function, *order, **how):
        known = set(client.futures)
        future = submit(function, *order, **how)
        if function is by_dask.keep_table and future.key not in known:
            tables.append((future.key, order[0].shape))
        elif function is by_dask.train_chunk:
            chunks.append(order[0])
        return future

    monkeypatch.setattr(client, "submit", watched)
    return tables, chunks


def test_the_same_bits_and_each_table_sent_once(by_dask_cluster, many_tasks, expected, assert_same_results, sent):
    tables, chunks = sent
    ends = []

    def follow(event):
        if isinstance(event, NetworkEnd):
            ends.append((threading.current_thread(), event.index))

    assert_same_results(run_tasks(many_tasks, callback=follow), expected)
    assert {thread for thread, _ in ends} == {threading.main_thread()}
    assert sorted(index for _, index in ends) == list(range(len(many_tasks)))
    # Of each of two tables X; y and the rows are too small.
    assert [shape for _, shape in tables] == [(300, 3), (300, 3)]
    # A later round, over copies of the same tables: nothing is sent again but the tasks.
    copies = [Task(task.spec, task.data._replace(X=task.data.X.copy()), task.seed) for task in many_tasks]
    run_tasks(copies)
    assert len(tables) == 2
    assert len(chunks) > 4
    assert not any(task.data.X.tobytes() in chunk for task in many_tasks for chunk in chunks)


def test_rows_of_one_task_alone_travel_with_it(by_dask_cluster, sent):
    X = np.zeros((4000, 1), np.float32)
    spec = Spec(Network(inputs=1, hidden=()), Training(loss="squared_error", epochs=1))
    shared = np.arange(1, 4000)
    run_tasks([Task(spec, make_data(X, X, "float32", rows=rows)) for rows in (np.arange(4000), shared, shared)])
    assert sorted(shape for _, shape in sent[0]) == [(3999,), (4000, 1)]  # X and y are equal here, and so one table


def test_small_networks_travel_together_and_towards_the_end_alone(by_dask_cluster, many_tasks, monkeypatch):
    task, sizes, pickled = many_tasks[6], [], by_dask._pickled
    monkeypatch.setattr(by_dask, "_pickled", lambda value, shared: sizes.append(len(value[2])) or pickled(value, shared))
    run_tasks([Task(task.spec, task.data, seed=seed) for seed in range(200)])
    assert sum(sizes) == 200
    assert 4 < len(sizes) < 150
    assert sizes[0] == sizes[-1] == 1
    assert max(sizes) > 4


def test_what_is_lost_again_and_again_is_an_error(by_dask_cluster, many_tasks, monkeypatch):
    monkeypatch.setattr(by_dask, "MOST_LOSSES", 2)
    take = by_dask._Session._take
    monkeypatch.setattr(
        by_dask._Session, "_take", lambda self, future, outcome: take(self, SimpleNamespace(key=future.key, status="lost"), None)
    )
    with pytest.raises(ClusterError, match="task 0 must come back from its worker, but 3 in a row were lost"):
        run_tasks(many_tasks[:1])


def test_one_worker_of_two_threads_gives_the_same_bits(many_tasks, expected, assert_same_results):
    one = distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=":0")
    with one, connected(one.scheduler_address):
        assert_same_results(run_tasks(many_tasks), expected)
        assert jobs(3) == 3
        assert at_once(3) == 2
    assert at_once(3) == 3


def test_a_run_is_stopped(by_dask_cluster, many_tasks, monkeypatch):
    monkeypatch.setattr(by_dask, "SECONDS_TO_END", 30.0)
    tasks = longer(many_tasks, count=12, epochs=10**9)
    looks = iter([False] * 5)
    found = run_tasks(tasks, callback=lambda event: any(by_dask_cluster.processing().values()) and next(looks, True))
    assert [result.outcome for result in found] == [Outcome.INTERRUPTED] * 12
    assert found[0].epochs > found[-1].epochs == 0


def test_inside_a_task_of_the_cluster_networks_train_in_its_place(by_dask_cluster, many_tasks, expected, assert_same_results):
    def inside(tasks):
        import joblib

        from wellfit.training.tasks import jobs, run_tasks

        with joblib.parallel_config("dask"):
            return jobs(None), run_tasks(tasks)

    count, found = by_dask_cluster.submit(inside, many_tasks[:2]).result()
    assert count == 1
    assert_same_results(found, expected[:2])


def test_a_worker_that_hangs_does_not_hold_up_a_stop_nor_the_check_of_the_others(by_dask_cluster, many_tasks):
    by_dask_cluster.wait_for_workers(2, timeout=60)
    victim = next(iter(by_dask_cluster.run(os.getpid).values()))
    stopping = threading.Event()

    def halt():
        os.kill(victim, signal.SIGSTOP)
        stopping.set()

    try:
        halts = once(halt)
        found = run_tasks(longer(many_tasks, count=12), callback=lambda event: halts(event) or stopping.is_set())
        check_workers(by_dask_cluster, 1)
    finally:
        os.kill(victim, signal.SIGCONT)
    assert Outcome.EPOCHS_USED_UP in {result.outcome for result in found}
    assert found[-1].outcome is Outcome.INTERRUPTED


@pytest.fixture
def lonely(monkeypatch):
    """A scheduler with one worker, both of which are threads of this process, and a client of it."""
    # Such a worker cannot be killed: without a stop it would end no sooner than its network, and so would the cluster.
    runs = []
    monkeypatch.setattr(by_dask, "Call", lambda run, *more: runs.append(run) or Call(run, *more))
    quiet = {"dashboard_address": ":0", "silence_logs": logging.CRITICAL}
    made = distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, protocol="tcp", **quiet)
    with made, distributed.Client(made, set_as_default=False) as client, joblib.parallel_config("dask", client=client):
        yield made
        for run in runs:
            stop_here(run)


def test_networks_are_begun_in_their_order(lonely, many_tasks):
    events = []
    run_tasks(longer(many_tasks, count=20, epochs=2), callback=events.append)
    assert [event.index for event in events if isinstance(event, NetworkEnd)] == list(range(20))


def test_a_scheduler_that_goes_away_ends_with_what_was_found(lonely, many_tasks, monkeypatch):
    monkeypatch.setattr(by_dask, "SECONDS_TO_RECONNECT", 0.2)
    tasks = longer(many_tasks, count=3, epochs=100) + longer(many_tasks, count=20, epochs=10**9)

    def close():
        # By itself the cluster would wait for the worker's thread.
        lonely.sync(lonely.workers[0].close, executor_wait=False)
        lonely.close()

    with pytest.warns(TrainingWarning, match="the scheduler was lost: [1-3] of 23 networks were trained"):
        found = run_tasks(tasks, callback=once(close))
    assert found[0].outcome is Outcome.EPOCHS_USED_UP
    assert {result.outcome for result in found[3:]} == {Outcome.INTERRUPTED}


def test_workers_that_all_go_away_are_waited_for_aloud_and_not_for_ever(lonely, many_tasks, monkeypatch):
    monkeypatch.setattr(by_dask, "SECONDS_IN_SILENCE", 0.2)
    monkeypatch.setattr(by_dask, "SECONDS_WITHOUT_WORKERS", 0.4)
    monkeypatch.setattr(by_dask, "SECONDS_BETWEEN_LOOKS", 0.05)
    monkeypatch.setattr(by_dask, "SECONDS_TO_ANSWER", 2.0)
    tasks = longer(many_tasks, count=1, epochs=100) + longer(many_tasks, count=20, epochs=10**9)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", TrainingWarning)
        worker = lonely.workers[0].address
        found = run_tasks(tasks, callback=once(lambda: lonely.sync(lonely.scheduler.remove_worker, worker, stimulus_id="test")))
        # The next round: what others found is to be kept, and so it is no error.
        found += run_tasks(tasks[:2])
    said = [str(warning.message) for warning in warned]
    assert re.match(r"the scheduler at tcp://\S+ must have workers, found none for 0.2 seconds; start some: dask worker tcp://", said[0])
    assert said[1].startswith("all workers were lost: 1 of 21 networks were trained")
    assert said[-1].startswith("all workers were lost: 0 of 2 networks were trained")
    assert [result.lost for result in found] == ["", *["all workers were lost"] * 22]


def test_the_benchmark_counts_what_is_sent(client, monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[3]))
    from benchmarks import scaling

    tasks = scaling.large(3, quick=True)
    _, name, once, again, out, back, chunks, _ = (
        cell.strip().replace(",", "") for cell in scaling.traffic("large", tasks, client).split("|")
    )
    table = tasks[0].data
    assert int(once) == sum(array.nbytes for array in (table.X, table.Y, table.rows, table.dev_rows))
    assert (name, int(again), float(chunks)) == ("large", 0, 1.0)
    parameters = 55 * 64 + 65 * 64 + 65
    assert 0 < int(out) < 5_000
    # Parameters, and the state: where it is, where it was best, and Adam's two moments.
    assert 5 * 4 * parameters < int(back) < 5 * 5 * parameters


# === Connecting ===


def test_a_scheduler_that_does_not_answer():
    refused = pytest.raises(ClusterError, match=r"a Dask scheduler that answers within 0.2 seconds.*'tcp://127.0.0.1:1'")
    with refused as caught, connected("tcp://127.0.0.1:1", timeout=0.2):
        pass
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("address", ["nowhere://", "nonsense", "tcp://nonsense"])
def test_an_address_that_is_none(address):
    with pytest.raises(ClusterError, match=f"found '{address}'"), connected(address, timeout=0.2):
        pass


def says_nothing(connection):
    while connection.recv(1 << 16):
        pass


def echoes(connection):
    while said := connection.recv(1 << 16):
        connection.sendall(said)


def speaks_http(connection):
    connection.recv(1 << 16)
    connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")


def has_nothing_in_its_messages(connection):
    connection.sendall(struct.pack("<QQ", 8, 0))
    connection.recv(1 << 16)


@pytest.mark.parametrize("server", [says_nothing, echoes, speaks_http, has_nothing_in_its_messages])
def test_a_server_of_another_kind(server):
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            with suppress(OSError), listening.accept()[0] as connection:
                server(connection)

        threading.Thread(target=serve, daemon=True).start()
        address = f"tcp://127.0.0.1:{listening.getsockname()[1]}"
        said = "no answer" if server is says_nothing else "the server there is not a scheduler"
        with pytest.raises(ClusterError, match=f"found '{address}': {said}"), connected(address, timeout=1.0):
            pass


def test_a_worker_is_no_scheduler(client):
    address = next(iter(client.scheduler_info()["workers"]))
    with pytest.raises(ClusterError, match="the server there is a worker"), connected(address, timeout=5.0):
        pass


def test_a_scheduler_without_workers():
    empty = distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=":0")
    refused = pytest.raises(ClusterError, match="must have workers, found none that answered")
    with empty, refused, connected(empty.scheduler_address, timeout=1):
        pass


def test_workers_of_another_version(client, many_tasks):
    def become(version):
        import wellfit

        before, wellfit.__version__ = wellfit.__version__, version
        return before

    before = set(client.run(become, "0.0.1").values())
    try:
        with pytest.raises(ClusterError, match=r"workers must have wellfit .*, found 0\.0\.1 on tcp://"):
            check_workers(client, 10)
        # Workers that join later are found out by their first task.
        with joblib.parallel_config("dask", client=client), pytest.raises(ClusterError, match=r"found 0\.0\.1 on "):
            run_tasks(many_tasks)
    finally:
        client.run(become, before.pop())
    check_workers(client, 10)


def test_a_worker_without_wellfit_is_named_and_one_that_has_just_died_is_not():
    _check_answers({"tcp://1": versions(), "tcp://2": OSError("closed")})
    with pytest.raises(ClusterError, match=r"workers must have wellfit installed, found tcp://1 without it \(ModuleNotFoundError: no\)"):
        _check_answers({"tcp://1": ModuleNotFoundError("no")})


def test_errors_of_a_cluster_are_readable_in_one_line():
    unreadable = RuntimeError("Error during deserialization of the task graph. This frequently\noccurs if the Scheduler ...")
    killed = distributed.KilledWorker("chunk", None, 3)
    for error, indices, message in [
        (unreadable, [0], "the scheduler must have wellfit installed, as its workers have; install the same version there."),
        (ModuleNotFoundError("No module named 'wellfit'"), [0], "workers must have wellfit installed, found a worker without it"),
        (killed, [4], "task 4 must leave its worker alive, but 4 workers died in a row; systems kill processes that use too much memory"),
        (killed, [4, 7], "one of tasks 4, 7 must leave its worker alive"),
    ]:
        found = by_dask._readable(error, indices)
        assert isinstance(found, ClusterError)
        assert str(found).startswith(message)
    other = ValueError("no")
    assert by_dask._readable(other, [0]) is other


# === Kills: last, for now and then Dask does not replace a worker that dies at an awkward moment ===


def test_a_worker_that_is_killed_costs_nothing_but_time(by_dask_cluster, many_tasks, assert_same_results):
    tasks = longer(many_tasks)
    victim = next(iter(by_dask_cluster.run(os.getpid).values()))
    found = run_tasks(tasks, callback=once(lambda: os.kill(victim, signal.SIGKILL)))
    with joblib.parallel_config("threading"):
        assert_same_results(found, run_tasks(tasks))


def test_when_all_workers_are_killed_the_tables_are_sent_again(cluster, by_dask_cluster, many_tasks, assert_same_results):
    tasks = longer(many_tasks)

    def kill_all():
        for victim in by_dask_cluster.run(os.getpid).values():
            os.kill(victim, signal.SIGKILL)
        cluster.scale(3)

    found = run_tasks(tasks, callback=once(kill_all))
    with joblib.parallel_config("threading"):
        assert_same_results(found, run_tasks(tasks))
