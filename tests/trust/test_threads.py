"""Many fits at once: the same bits as one after another, BLAS on one thread meanwhile, and as it was afterwards."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.linalg  # noqa: F401
from threadpoolctl import ThreadpoolController

from wellfit import MLPClassifier, MLPRegressor
from wellfit.engines.reference import ReferenceEngine
from wellfit.events import NetworkEnd
from wellfit.spec import Member, Network, Spec, Training
from wellfit.store import from_bytes, to_bytes
from wellfit.training.population import fit_many

THREADS = 8
DRAW = np.random.default_rng(5)
X = DRAW.normal(size=(150, 6)).astype(np.float32)
Y = X[:, 0] - X[:, 1] * X[:, 2]


@pytest.fixture
def blas():
    """The threads of every BLAS library, at 2 for the length of a test."""
    controller = ThreadpoolController().select(user_api="blas")
    with controller.limit(limits=2):
        yield lambda: {library["num_threads"] for library in controller.info()}


def fitted(number):
    """Return all that one fit leaves: weights, losses, predictions, and the model's file."""
    kind = (MLPClassifier, MLPRegressor)[number % 2]
    # Wide enough, every fourth time, for a network to share its batches among threads of its own.
    hidden = (256, 128) if number % 4 == 0 else (8, 5)
    model = kind(
        hidden_layer_sizes=hidden, max_iter=6, tol=0, dropout=0.2, batch_size=64, early_stopping=number % 3 == 0, random_state=number
    )
    model.fit(X, Y > 0 if kind is MLPClassifier else Y)
    file = to_bytes(model)
    return (
        [coef.tobytes() for coef in model.coefs_],
        model.loss_curve_,
        model.predict(X).tobytes(),
        file,
        from_bytes(file).predict(X).tobytes(),
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_eight_threads_at_once_give_the_bits_of_one_after_another():
    alone = [fitted(number) for number in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(fitted, range(THREADS))) == alone
        assert list(pool.map(fitted, reversed(range(THREADS)))) == alone[::-1]
    assert len({file for _, _, _, file, _ in alone}) == THREADS


class Watching(ReferenceEngine):
    """The reference engine, which notes how many threads BLAS has while it trains."""

    def __init__(self, look):
        self.look, self.seen = look, []

    def with_threads(self, threads):
        return self

    def train(self, *arguments):
        self.seen.append(self.look())
        return super().train(*arguments)


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_populations_hold_blas_to_one_thread_and_give_it_back(n_jobs, blas):
    spec = Spec(Network(6, (5,), 1), Training(loss="squared_error", epochs=2))
    engine = Watching(blas)
    assert blas() == {2}
    fit_many([Member(spec, seed) for seed in range(6)], X, Y, n_jobs=n_jobs, engine=engine)
    assert len(engine.seen) >= 6
    assert all(threads == {1} for threads in engine.seen)
    assert blas() == {2}


def test_blas_is_given_back_after_a_population_that_failed(blas):
    def fail(event):
        if isinstance(event, NetworkEnd):
            assert blas() == {1}
            raise ZeroDivisionError

    spec = Spec(Network(6, (5,), 1), Training(loss="squared_error", epochs=2))
    with pytest.raises(ZeroDivisionError):
        fit_many([Member(spec, seed) for seed in range(6)], X, Y, n_jobs=2, engine="reference", callback=fail)
    assert blas() == {2}
