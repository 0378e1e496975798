"""Many networks at once: the same bits as alone, and clean ends."""

import _thread
import threading
from dataclasses import asdict

import joblib
import numpy as np
import pytest
import scipy.linalg  # noqa: F401
from threadpoolctl import ThreadpoolController

from wellfit.engines.types import Outcome
from wellfit.errors import DataError, SpecError
from wellfit.events import NetworkEnd
from wellfit.spec import Member, Network, Schedule, Spec
from wellfit.training.fit import fit_network, make_data
from wellfit.training.population import fit, fit_many
from wellfit.training.task import Task

FOLDS = np.arange(120).reshape(4, 30)


def ends(event):
    return isinstance(event, NetworkEnd)


@pytest.fixture
def members(make_spec):
    """Members that differ in everything in which members may differ."""
    train, dev = np.concatenate(FOLDS[1:]), FOLDS[0]
    wide = make_spec(hidden=(30,), dropout=0.3, dtype="float32", optimizer="adamw")
    deep = make_spec(hidden=(5, 4, 3), l1=0.01, batch_size=None, optimizer="gradient_descent", learning_rate=0.3)
    wavy = make_spec(schedule=Schedule("cosine", learning_rate=0.02, warm_up=3), history_every=4, patience=6, epochs=60)
    return [
        Member(wide, seed=1, rows=train, dev_rows=dev),
        Member(wide, seed=2, rows=train, dev_rows=dev),
        Member(deep, seed=1),
        Member(wavy, seed=7, rows=dev, dev_rows=train),
        Member(make_spec(hidden=(), optimizer="lbfgs", l2=1.0), seed=0, rows=train, dev_rows=dev),
        Member(make_spec(epochs=3), parameters=np.linspace(-1, 1, 57)),
        # Wide enough that, alone, it may share each batch among threads.
        Member(make_spec(hidden=(400, 300), batch_size=None, dropout=0.1, epochs=3), seed=4, dev_rows=dev),
        Member(make_spec(input_dropout=0.2, optimizer="rmsprop"), seed=2**64 - 1, rows=[3, 3, 3, 90], dev_rows=[]),
    ]


def assert_same(one, other):
    """The same to the bit, the time apart."""
    assert one.spec == other.spec
    assert (one.seed, one.outcome, one.epochs, one.best_epoch, one.message) == (
        *(other.seed, other.outcome, other.epochs, other.best_epoch, other.message),
    )
    assert np.array_equal([one.dev_cost, one.dev_error], [other.dev_cost, other.dev_error], equal_nan=True)
    for mine, theirs in (({"parameters": one.parameters}, {"parameters": other.parameters}), (asdict(one.history), asdict(other.history))):
        for name, value in mine.items():
            assert np.array_equal(value, theirs[name], equal_nan=True), name


@pytest.mark.parametrize("engine", ["reference", "compiled"])
@pytest.mark.parametrize("n_jobs", [1, 2, 5])
def test_alone_equals_any_population(members, table, engine, n_jobs):
    X, y = table
    weights = np.linspace(0.5, 1.5, 120)
    alone = [
        fit_network(
            Task(
                member.spec,
                make_data(X, y, member.spec.training.dtype, weights, rows=member.rows, dev_rows=member.dev_rows),
                seed=member.seed,
                parameters=member.parameters,
            ),
            engine=engine,
        )
        for member in members
    ]
    order = np.random.default_rng(n_jobs).permutation(len(members))
    together = fit_many([members[place] for place in order], X, y, weights, engine=engine, n_jobs=n_jobs)
    for place, result in zip(order, together, strict=True):
        assert_same(result, alone[place])


def test_a_dev_table_of_its_own(make_spec, table):
    X, y = table
    spec = make_spec()
    dev = (X[90:], y[90:])
    results = fit_many([Member(spec, 1), Member(spec, 1, dev_rows=[0, 5, 9])], X[:90], y[:90], eval_set=dev, engine="reference", n_jobs=2)
    assert_same(results[0], fit_network(Task(spec, make_data(X[:90], y[:90], "float64", dev=dev), seed=1), engine="reference"))
    some = make_data(X[:90], y[:90], "float64", dev=dev, dev_rows=[0, 5, 9])
    assert_same(results[1], fit_network(Task(spec, some, seed=1), engine="reference"))


def test_results_are_announced_once_each_in_the_calling_thread(make_spec, table):
    seen = []
    results = fit_many(
        [Member(make_spec(), seed) for seed in range(8)],
        *table,
        engine="reference",
        n_jobs=3,
        callback=lambda event: ends(event) and seen.append((event.index, event.result, threading.current_thread())),
    )
    assert sorted(place for place, _, _ in seen) == list(range(8))
    assert all(result is results[place] for place, result, _ in seen)
    assert {thread for _, _, thread in seen} == {threading.current_thread()}


def test_all_cores_are_used_by_default(make_spec, table, monkeypatch):
    monkeypatch.setattr(joblib.parallel.BACKENDS["threading"], "effective_n_jobs", lambda self, n_jobs: {-1: 3, 2: 2}[n_jobs])
    started = []
    start = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", lambda thread: (started.append(thread), start(thread)))
    members = [Member(make_spec(), seed) for seed in range(4)]
    fit_many(members, *table, engine="reference")
    assert len(started) == 3
    fit_many(members, *table, engine="reference", n_jobs=2)
    assert len(started) == 5
    fit_many(members[:1], *table, engine="reference")
    assert len(started) == 6


def test_blas_has_one_thread_meanwhile_and_its_own_afterwards(make_spec, table):
    controller = ThreadpoolController().select(user_api="blas")
    with controller.limit(limits=2):
        inside = []
        members = [Member(make_spec(), seed) for seed in range(4)]
        fit_many(members, *table, engine="reference", n_jobs=2, callback=lambda event: ends(event) and inside.append(controller.info()))
        afterwards = controller.info()
    assert {library["num_threads"] for info in inside for library in info} == {1}
    assert {library["num_threads"] for library in afterwards} == {2}


def test_one_that_diverges_disturbs_no_other(make_spec, table):
    spec = make_spec(loss="squared_error", optimizer="gradient_descent", monitor="cost")
    bad = make_spec(loss="squared_error", optimizer="gradient_descent", monitor="cost", learning_rate=1e9)
    results = fit_many([Member(spec, 1), Member(bad, 1), Member(spec, 1)], *table, engine="reference", n_jobs=2)
    assert [result.outcome for result in results] == [Outcome.EPOCHS_USED_UP, Outcome.DIVERGED, Outcome.EPOCHS_USED_UP]
    assert_same(results[0], results[2])


def test_nobody():
    assert fit_many([], [[1.0]], [1.0]) == []


@pytest.mark.parametrize(
    ("member", "message"),
    [
        ({"rows": [120]}, "member 1: rows must lie between 0 and 119, found 120"),
        ({"rows": []}, "member 1: rows must name at least one row"),
        ({"dev_rows": [-1]}, "member 1: dev_rows must lie between 0 and 119, found -1"),
        ({"network": Network(inputs=4)}, "member 1: X must have the network's 4 columns, found 3"),
    ],
)
def test_a_member_that_does_not_fit_is_named_before_any_is_trained(make_spec, table, member, message, watched_engine):
    engine, good = watched_engine(), make_spec()
    spec = Spec(member.pop("network", good.network), good.training)
    with pytest.raises(DataError, match=message):
        fit_many([Member(good), Member(spec, **member)], *table, engine=engine)
    assert engine.calls == []


def test_an_error_in_a_worker_is_raised_here_and_ends_the_others(make_spec, table, watched_engine):
    def break_down():
        raise ZeroDivisionError("of this engine")

    members = [Member(make_spec(epochs=10_000_000), seed) for seed in range(50)]
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError, match="of this engine"):
        fit_many(members, *table, engine=watched_engine(at=4, do=break_down), n_jobs=3)
    assert threading.active_count() == before


# === Interruptions ===


def check_interrupted(results, spec, seen):
    """Some are done, some were under way, the rest not begun; nothing runs on."""
    begun = [result for result in results if result.epochs]
    untouched = [result for result in results if not result.epochs]
    assert {result.outcome for result in results} == {Outcome.INTERRUPTED}
    assert begun
    assert len(untouched) >= 40
    for result in untouched:
        fresh = fit_network(
            Task(spec.replace(training=spec.training.replace(epochs=0)), make_data([[0.0] * 3], [0.0], "float64"), seed=result.seed)
        )
        assert np.array_equal(result.parameters, fresh.parameters)
        assert result.history.epochs == 0
        assert result.message == "interrupted before it started."
    assert len(seen) <= len(begun) + 3
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("wellfit-")]


def test_a_callback_stops_a_population(make_spec, table):
    spec, seen, calls = make_spec(epochs=10_000_000), [], []

    def follow(event):
        if ends(event):
            seen.append(event.index)
            return False
        calls.append(threading.current_thread())
        return len(calls) > 2

    results = fit_many(
        [Member(spec, seed) for seed in range(50)],
        *table,
        engine="reference",
        n_jobs=2,
        callback=follow,
    )
    assert set(calls) == {threading.current_thread()}
    check_interrupted(results, spec, seen)


def test_ctrl_c_while_waiting(make_spec, table, watched_engine):
    spec, seen = make_spec(epochs=10_000_000), []
    results = fit_many(
        [Member(spec, seed) for seed in range(50)],
        *table,
        engine=watched_engine(at=6, do=_thread.interrupt_main),
        n_jobs=2,
        callback=lambda event: ends(event) and seen.append(event.index),
    )
    check_interrupted(results, spec, seen)


def test_ctrl_c_while_compiling(make_spec, table, watched_engine):
    spec = make_spec()
    results = fit_many([Member(spec, seed) for seed in range(3)], *table, engine=watched_engine(at=1, do=_thread.interrupt_main))
    assert [result.epochs for result in results] == [0, 0, 0]
    assert {result.outcome for result in results} == {Outcome.INTERRUPTED}


def test_ctrl_c_in_a_callback_loses_no_result(make_spec, table):
    def interrupt(event):
        if ends(event):
            seen.append(event.index)
            raise KeyboardInterrupt

    seen = []
    short, long = make_spec(epochs=2), make_spec(epochs=10_000_000)
    with pytest.raises(KeyboardInterrupt):
        # The second interrupt does not wait for anything more.
        fit_many([Member(short, 0), Member(long, 1), Member(long, 2)], *table, engine="reference", n_jobs=2, callback=interrupt)
    assert len(seen) == 2

    def interrupt_once(event):
        if ends(event):
            seen.append(event.index)
            if len(seen) == 1:
                raise KeyboardInterrupt

    seen = []
    members = [Member(short, 0), Member(long, 1), Member(long, 2)]
    results = fit_many(members, *table, engine="reference", n_jobs=1, callback=interrupt_once)
    assert [result.outcome for result in results][::2] == [Outcome.EPOCHS_USED_UP, Outcome.INTERRUPTED]
    assert results[2].epochs == 0


# === One network, of X and y ===


def test_one_network_is_trained_on_all_rows_as_among_many(make_spec, table):
    X, y = table
    spec, weights, dev = make_spec(dropout=0.2), np.linspace(0.5, 2.0, 90), (X[90:], y[90:])
    alone = fit(spec, X[:90].tolist(), y[:90], weights, eval_set=dev, random_state=3, engine="reference")
    (among,) = fit_many([Member(spec, 3)], X[:90], y[:90], weights, eval_set=dev, engine="reference")
    assert_same(alone, among)
    data = make_data(X[:90], y[:90], "float64", weights, dev=dev)
    assert_same(alone, fit_network(Task(spec, data, seed=3), engine="reference"))


def test_random_state_is_a_seed_or_draws_one(make_spec, table):
    spec = make_spec(epochs=1)
    drawn = [fit(spec, *table, random_state=np.random.RandomState(4), engine="reference").seed for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert len({fit(spec, *table, random_state=None, engine="reference").seed for _ in range(3)}) == 3
    assert fit(spec, *table, random_state=np.int64(7), engine="reference").seed == 7
    assert fit(spec, *table, random_state=2**64 - 1, engine="reference").seed == 2**64 - 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (-1, "random_state must be at least 0, found -1"),
        (2**64, "seed must lie between 0 and"),
        (1.5, "random_state must be a whole number, a RandomState of NumPy or None, found 1.5"),
        (True, "random_state must be a whole number"),
    ],
)
def test_what_is_no_random_state(make_spec, table, given, message):
    with pytest.raises(SpecError, match=message):
        fit(make_spec(), *table, random_state=given, engine="reference")


def test_a_fit_names_what_it_cannot_use_in_its_own_words(make_spec, table):
    X, y = table
    for arguments, more, message in [
        ((X, y[1:]), {}, "X and y must have the same number of rows"),
        ((X, y, -np.ones(len(y))), {}, "sample_weight must be at least 0"),
        ((X, np.where(y > 0, "a", "b")), {}, "y must hold numbers"),
        ((X, y), {"eval_set": (X[:, :1], y)}, "X of eval_set must have 3 columns"),
        ((X, y), {"eval_set": X}, "eval_set must be"),
    ]:
        with pytest.raises(DataError, match=message):
            fit(make_spec(), *arguments, engine="reference", **more)
