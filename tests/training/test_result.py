"""History: how much is kept, and its table."""

import itertools

import numpy as np
import pytest

from wellfit.engines.types import Trace
from wellfit.training.fit import fit_network, make_data
from wellfit.training.result import Recorder
from wellfit.training.task import Task


def piece(first, last, every, layers=2):
    """Return a trace of epochs first..last in which each value tells its epoch."""
    epochs = np.arange(first, last + 1)
    records = epochs[epochs % every == 0]
    values = [records + offset for offset in (0.1, 0.2, 0.3, 0.4)]
    return Trace(epochs.astype(float), records, *values, np.repeat(records[:, None], layers, axis=1).astype(float))


@pytest.mark.parametrize("cuts", [[1, 100], [1, 2, 3, 50, 100], list(range(1, 101))])
def test_recorder_joins_pieces(cuts):
    recorder = Recorder(layers=2)
    for first, last in itertools.pairwise(cuts):
        recorder.add(piece(first, last - 1, every=7))
    seen, expected = recorder.trace(), piece(1, 99, every=7)
    for name in Trace.__dataclass_fields__:
        assert np.array_equal(getattr(seen, name), getattr(expected, name)), name


def test_history_of_a_later_run_counts_from_1_and_ends_where_asked():
    recorder = Recorder(layers=1)
    recorder.add(piece(41, 60, every=5, layers=1))
    history = recorder.history(first_epoch=40, last_epoch=52)
    assert history.epochs == 12
    assert history.record_epoch.tolist() == [5, 10]
    assert history.learning_rate.tolist() == [45.4, 50.4]
    recorder.add(piece(61, 61, every=1, layers=1))
    assert history.cost[-1] == 52.0


def test_history_joins_and_becomes_a_table():
    first, second = Recorder(layers=2), Recorder(layers=2)
    first.add(piece(1, 10, every=4))
    second.add(piece(1, 5, every=4))
    joined = first.history(0, 10).followed_by(second.history(0, 5))
    assert joined.epochs == 15
    assert joined.record_epoch.tolist() == [4, 8, 14]
    frame = joined.to_frame()
    assert frame.columns.tolist() == [
        *("epoch", "cost", "dev_cost", "dev_error", "train_error", "learning_rate", "gradient_norm_1", "gradient_norm_2"),
    ]
    assert frame["epoch"].tolist() == list(range(1, 16))
    assert frame.loc[frame["dev_cost"].notna(), "epoch"].tolist() == [4, 8, 14]
    assert frame.loc[13, "gradient_norm_2"] == 4.0


def test_a_long_run_keeps_a_thousand_records(make_spec, table):
    X, y = table
    result = fit_network(Task(make_spec(epochs=2500, hidden=(), batch_size=None), make_data(X[:8], y[:8], "float64")), engine="reference")
    assert result.history.epochs == 2500
    assert len(result.history.record_epoch) == 834
    assert result.history.record_epoch[-1] == 2500
