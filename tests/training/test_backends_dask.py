"""Tasks on a real Dask cluster of two processes on this machine."""

import asyncio
import logging
import os
import re
import signal
import socket
import struct
import threading
import time
import warnings
from contextlib import suppress
from pathlib import Path

import distributed
import joblib
import numpy as np
import pytest

from wellfit.engines.types import Outcome
from wellfit.errors import ClusterError, TrainingWarning
from wellfit.spec import Network, Spec, Training
from wellfit.training.backends import cluster as cluster_module
from wellfit.training.backends import tables
from wellfit.training.backends.active import at_once, connected, jobs
from wellfit.training.backends.cluster import _outcome
from wellfit.training.backends.connecting import _check_answers, check_workers
from wellfit.training.backends.dispatch import Lost
from wellfit.training.backends.kept import SECONDS_TO_WAIT, keep, train_chunk_of_kept
from wellfit.training.backends.worker import versions
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
def by_dask(client):
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


def once(do):
    """Return an `on_result` that does something at the first result."""
    done = []

    def on_result(place, result):
        if not done:
            done.append(place)
            do()

    return on_result


def test_the_same_bits_and_each_table_sent_once(by_dask, many_tasks, expected, assert_same_results, monkeypatch):
    sent, payloads = [], []
    run, submit = by_dask.run, by_dask.submit

    def counted_run(function, *order, workers=None, **how):
        if function is keep:
            sent.extend((worker, sum(array.nbytes for array in order[0].values())) for worker in workers)
        return run(function, *order, workers=workers, **how)

    def counted_submit(function, *order, **how):
        if function is train_chunk_of_kept:
            payloads.append(order[2])
        return submit(function, *order, **how)

    monkeypatch.setattr(by_dask, "run", counted_run)
    monkeypatch.setattr(by_dask, "submit", counted_submit)
    heard = []
    assert_same_results(run_tasks(many_tasks, on_result=lambda place, _: heard.append((threading.current_thread(), place))), expected)
    assert {thread for thread, _ in heard} == {threading.main_thread()}
    assert sorted(place for _, place in heard) == list(range(len(many_tasks)))
    tables = {task.data.X.tobytes(): task.data.X.nbytes for task in many_tasks}
    assert len({worker for worker, _ in sent}) == len(sent) == 2
    assert {size for _, size in sent} == {sum(tables.values())}
    # A later round, over copies of the same tables: nothing is sent again but the tasks.
    copies = [Task(task.spec, task.data._replace(X=task.data.X.copy()), task.seed) for task in many_tasks]
    run_tasks(copies)
    assert len(sent) == 2
    assert len(payloads) > 4
    assert not any(table in payload for table in tables for payload in payloads)


def test_one_worker_of_two_threads_gives_the_same_bits(many_tasks, expected, assert_same_results):
    one = distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=":0")
    with one, connected(one.scheduler_address):
        assert_same_results(run_tasks(many_tasks), expected)
        assert jobs(3) == 3
        assert at_once(3) == 2
    assert at_once(3) == 3


def test_a_run_is_stopped(by_dask, many_tasks):
    tasks = longer(many_tasks, count=12, epochs=10_000_000)
    asked = iter([False] * 5)
    found = run_tasks(tasks, should_stop=lambda: next(asked, True))
    assert [result.outcome for result in found] == [Outcome.INTERRUPTED] * 12
    assert found[0].epochs > found[-1].epochs == 0


def test_inside_a_task_of_the_cluster_networks_train_in_its_place(by_dask, many_tasks, expected, assert_same_results):
    def inside(tasks):
        import joblib

        from wellfit.training.tasks import jobs, run_tasks

        with joblib.parallel_config("dask"):
            return jobs(None), run_tasks(tasks)

    count, found = by_dask.submit(inside, many_tasks[:2]).result()
    assert count == 1
    assert_same_results(found, expected[:2])


def test_a_worker_that_hangs_does_not_hold_up_the_end(by_dask, many_tasks, assert_same_results):
    tasks = longer(many_tasks)
    victim = next(iter(by_dask.run(os.getpid).values()))
    try:
        found = run_tasks(tasks, on_result=once(lambda: os.kill(victim, signal.SIGSTOP)))
    finally:
        os.kill(victim, signal.SIGCONT)
    assert_same_results(found, run_tasks(tasks))


def test_a_worker_that_hangs_keeps_nobody_from_beginning(by_dask, many_tasks, expected, assert_same_results):
    by_dask.wait_for_workers(2, timeout=60)
    for victim in by_dask.run(os.getpid).values():
        os.kill(victim, signal.SIGSTOP)
        try:
            assert_same_results(run_tasks(many_tasks), expected)
            check_workers(by_dask, 2)
        finally:
            os.kill(victim, signal.SIGCONT)


def test_a_scheduler_that_goes_away_ends_with_what_was_found(many_tasks):
    tasks = longer(many_tasks, count=3, epochs=100) + longer(many_tasks, count=20, epochs=10_000_000)
    quiet = {"dashboard_address": ":0", "silence_logs": logging.CRITICAL}
    gone = distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, protocol="tcp", **quiet)
    warned = pytest.warns(TrainingWarning, match="the scheduler went away: [1-3] of 23 networks were trained")
    with gone, distributed.Client(gone, set_as_default=False) as client, joblib.parallel_config("dask", client=client), warned:
        found = run_tasks(tasks, on_result=once(gone.close))
    assert found[0].outcome is Outcome.EPOCHS_USED_UP
    assert {result.outcome for result in found[3:]} == {Outcome.INTERRUPTED}


def test_workers_that_all_go_away_are_waited_for_aloud_and_not_for_ever(many_tasks, monkeypatch):
    monkeypatch.setattr(cluster_module, "SECONDS_IN_SILENCE", 0.2)
    monkeypatch.setattr(cluster_module, "SECONDS_WITHOUT_WORKERS", 0.4)
    monkeypatch.setattr(cluster_module, "SECONDS_TO_ANSWER", 2.0)
    tasks = longer(many_tasks, count=1, epochs=100) + longer(many_tasks, count=20, epochs=10_000_000)
    quiet = {"dashboard_address": ":0", "silence_logs": logging.CRITICAL}
    made = distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, protocol="tcp", **quiet)
    with (
        made,
        distributed.Client(made, set_as_default=False) as client,
        joblib.parallel_config("dask", client=client),
        warnings.catch_warnings(record=True) as warned,
    ):
        warnings.simplefilter("always", TrainingWarning)
        found = run_tasks(tasks, on_result=once(lambda: made.scale(0)))
        # The next round: what others found is to be kept, and so it is no error.
        found += run_tasks(tasks[:2])
    said = [str(warning.message) for warning in warned]
    assert re.match(r"the scheduler at tcp://\S+ must have workers, found none for 0.2 seconds; start some: dask worker tcp://", said[0])
    assert said[1].startswith("all workers went away: 1 of 21 networks were trained")
    assert said[-1].startswith("all workers went away: 0 of 2 networks were trained")
    assert [result.lost for result in found] == ["", *["all workers went away"] * 22]


def test_a_table_that_made_room_for_another_is_sent_again(by_dask, many_tasks, expected, assert_same_results, monkeypatch):
    monkeypatch.setattr(tables, "BYTES_KEPT", 1)
    first, second = ([place for place in range(6) if place % 2 == table] for table in (0, 1))
    begin = time.perf_counter()
    for places in (first, second, first, second):
        assert_same_results(run_tasks([many_tasks[place] for place in places]), [expected[place] for place in places])
    # A worker that missed a table would wait for it for half a minute.
    assert time.perf_counter() - begin < SECONDS_TO_WAIT / 2


class SlowClient:
    """Notes what is sent, which takes its time to come."""

    def __init__(self):
        self.sent, self.arrived = [], asyncio.Event()

    async def run(self, function, arrays, drop, *, workers, **how):
        self.sent.append((sorted(arrays), sorted(drop), list(workers)))
        await self.arrived.wait()


def test_what_is_still_under_way_is_not_sent_twice():
    async def send():
        client = SlowClient()
        sent = tables.Tables(client)
        sent.wanted({"a": np.zeros(3)})
        slow = asyncio.ensure_future(sent.send(["a"], ["worker"]))
        await asyncio.sleep(0.01)
        sent.missed_by("worker")
        await sent.send(["a"], ["worker"])
        assert client.sent == [(["a"], [], ["worker"])]
        client.arrived.set()
        await slow
        sent.missed_by("worker")
        await sent.send(["a"], ["worker"])
        assert len(client.sent) == 2

    asyncio.run(send())


def test_the_benchmark_counts_what_is_sent(client, monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[2]))
    from benchmarks import scaling

    tasks = scaling.large(3, quick=True)
    _, name, once, again, out, back, chunks, _ = (
        cell.strip().replace(",", "") for cell in scaling.traffic("large", tasks, client).split("|")
    )
    table = tasks[0].data
    assert int(once) == 2 * sum(array.nbytes for array in (table.X, table.Y, table.rows, table.dev_rows))
    assert (name, int(again), float(chunks)) == ("large", 0, 1.0)
    parameters = 55 * 64 + 65 * 64 + 65
    assert 0 < int(out) < 5_000
    assert 4 * parameters < int(back) < 5 * parameters


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
        said = "no answer" if server is says_nothing else "what answers there is no scheduler"
        with pytest.raises(ClusterError, match=f"found '{address}': {said}"), connected(address, timeout=1.0):
            pass


def test_a_worker_is_no_scheduler(client):
    address = next(iter(client.scheduler_info()["workers"]))
    with pytest.raises(ClusterError, match="what answers there is a worker"), connected(address, timeout=5.0):
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


def test_a_scheduler_without_wellfit_is_told_of_in_one_line():
    said = RuntimeError("Error during deserialization of the task graph. This frequently\noccurs if the Scheduler ...")
    outcome = _outcome(said, "error")
    assert isinstance(outcome, ClusterError)
    assert str(outcome) == "the scheduler must have wellfit installed, as its workers have; install the same version there."
    assert _outcome(ValueError("no"), "error").args == ("no",)
    assert isinstance(_outcome(ValueError("no"), "cancelled"), Lost)
    assert _outcome(distributed.KilledWorker("task", None, 3), "error").times == 2


# === Kills: last, for now and then Dask does not replace a worker that dies at an awkward moment ===


def test_a_worker_that_is_killed_costs_nothing_but_time(by_dask, many_tasks, assert_same_results):
    tasks = longer(many_tasks)
    victim = next(iter(by_dask.run(os.getpid).values()))
    found = run_tasks(tasks, on_result=once(lambda: os.kill(victim, signal.SIGKILL)))
    with joblib.parallel_config("threading"):
        assert_same_results(found, run_tasks(tasks))


def test_when_all_workers_are_killed_the_tables_are_sent_again(cluster, by_dask, many_tasks, assert_same_results):
    tasks = longer(many_tasks)

    def kill_all():
        for victim in by_dask.run(os.getpid).values():
            os.kill(victim, signal.SIGKILL)
        cluster.scale(3)

    found = run_tasks(tasks, on_result=once(kill_all))
    with joblib.parallel_config("threading"):
        assert_same_results(found, run_tasks(tasks))
