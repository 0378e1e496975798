"""What the tests of pictures share: a small population of networks, and axes of a figure that is not ours."""

import pytest
from matplotlib.figure import Figure

from wellfit.datasets import moons
from wellfit.spec import Member, Network, Schedule, Spec, Training
from wellfit.training.population import fit_many


@pytest.fixture(scope="session")
def results():
    """Two penalties, two shapes, three seeds: twelve networks in this order."""
    X, y = moons(rows=60)
    members = [Member(_spec(l2, hidden), seed) for l2 in (1.0, 0.0) for hidden in ((4,), (4, 3)) for seed in range(3)]
    return fit_many(members, X[:40], y[:40], eval_set=(X[40:], y[40:]), engine="reference", n_jobs=1)


def _spec(l2, hidden):
    training = Training(
        loss="binary_cross_entropy", l2=l2, batch_size=None, epochs=12, schedule=Schedule(learning_rate=0.1), dtype="float64"
    )
    return Spec(Network(2, hidden, 1, activation="tanh"), training)


@pytest.fixture
def axes():
    """Axes of a figure that the caller owns."""
    return Figure(figsize=(5, 4)).subplots()
