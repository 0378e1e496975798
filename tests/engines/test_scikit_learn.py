"""scikit-learn as an oracle: from the same weights, in the same order, it comes to the same weights. And where it is wrong, ours is not."""

import warnings

import numpy as np
import pytest
from scipy.optimize import check_grad
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils import shuffle

from wellfit.engines.gradcheck import check_gradients
from wellfit.engines.layout import Layout
from wellfit.engines.types import Outcome, Plan, TrainingData
from wellfit.spec import Network, Optimizer, Schedule, Spec, Training

ROWS, INPUTS = 90, 4
HIDDEN = (6, 5)
NOTHING_GIVEN = Plan()


def table(task: str) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(2)
    X = generator.standard_normal((ROWS, INPUTS))
    signal = np.sin(X @ generator.standard_normal((INPUTS, 3))) + 0.1 * generator.standard_normal((ROWS, 3))
    return X, {
        "binary": (signal[:, 0] > 0).astype(float),
        "multiclass": signal.argmax(axis=1).astype(float),
        "multilabel": (signal > 0).astype(float),
        "regression": signal[:, 0],
        "multi-output": signal,
    }[task]


LOSS = {
    "binary": ("binary_cross_entropy", 1),
    "multiclass": ("cross_entropy", 3),
    "multilabel": ("binary_cross_entropy", 3),
    "regression": ("squared_error", 1),
    "multi-output": ("squared_error", 3),
}


def theirs(task: str, **options) -> MLPClassifier | MLPRegressor:
    """Return scikit-learn's network, fitted."""
    kind = MLPRegressor if task in ("regression", "multi-output") else MLPClassifier
    estimator = kind(hidden_layer_sizes=HIDDEN, **{"alpha": 0.1, "batch_size": 32, "random_state": 0, **options})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator.fit(*table(task))


def joined(estimator) -> np.ndarray:
    """Return its weights as one vector."""
    return np.concatenate([part.ravel() for pair in zip(estimator.coefs_, estimator.intercepts_, strict=True) for part in pair])


def start_and_orders(outputs: int, epochs: int, activation: str) -> tuple[np.ndarray, np.ndarray]:
    """Draw what scikit-learn draws from its random state: weights and biases of each layer, then a shuffle of the last order an epoch."""
    state = np.random.RandomState(0)
    theta = []
    for fan_in, fan_out in Network(INPUTS, HIDDEN, outputs).layers:
        bound = np.sqrt((2 if activation == "logistic" else 6) / (fan_in + fan_out))
        theta += [state.uniform(-bound, bound, (fan_in, fan_out)).ravel(), state.uniform(-bound, bound, fan_out)]
    orders = [np.arange(ROWS)]
    for _ in range(epochs):
        orders.append(shuffle(orders[-1], random_state=state))
    return np.concatenate(theta), np.array(orders[1:])


def ours(engine, task: str, theta, plan=NOTHING_GIVEN, *, activation="relu", **training):
    """Train our network from theta on the same table."""
    loss, outputs = LOSS[task]
    X, y = table(task)
    Y = y.reshape(ROWS, -1)
    plain = {"loss": loss, "l2": 0.1, "batch_size": 32, "patience": 10, "tolerance": 1e-4, "monitor": "cost", "dtype": "float64"}
    spec = Spec(Network(INPUTS, HIDDEN, outputs, activation), Training(**plain | training))
    data = TrainingData(X, Y, None, np.arange(ROWS), X, Y, None, np.zeros(0, dtype=np.int64))
    return engine.train(spec, 0, engine.initial_state(spec, 0, theta), data, plan, spec.training.epochs)


SOLVERS = {
    "sgd": ({"solver": "sgd", "nesterovs_momentum": False}, Optimizer("momentum")),
    "nesterov": ({"solver": "sgd"}, Optimizer("momentum", nesterov=True)),
    "adam": ({"solver": "adam"}, Optimizer("adam", epsilon_form="uncorrected")),
}


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("task", LOSS)
def test_same_start_same_orders_same_weights(engine, task, solver):
    options, optimizer = SOLVERS[solver]
    epochs, rate = 12, 0.01
    estimator = theirs(task, max_iter=epochs, learning_rate_init=rate, **options)
    theta, orders = start_and_orders(LOSS[task][1], epochs, "relu")
    state, trace = ours(engine, task, theta, Plan(orders=orders), epochs=epochs, optimizer=optimizer, schedule=Schedule(learning_rate=rate))
    np.testing.assert_allclose(state.parameters, joined(estimator), rtol=0, atol=1e-9)
    if task != "multi-output":
        np.testing.assert_allclose(trace.cost, estimator.loss_curve_, rtol=1e-9)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize(
    ("rate", "schedule"), [("constant", Schedule()), ("invscaling", Schedule("invscaling")), ("adaptive", Schedule("adaptive"))]
)
def test_schedules_and_stopping(engine, activation, rate, schedule):
    options = {"activation": activation, "learning_rate": rate, "learning_rate_init": 0.05, "tol": 0.01, "n_iter_no_change": 2}
    estimator = theirs("binary", solver="sgd", max_iter=120, shuffle=False, **options)
    theta, _ = start_and_orders(1, 0, activation)
    training = {"shuffle": False, "epochs": 120, "patience": 2, "tolerance": 0.01, "schedule": schedule.replace(learning_rate=0.05)}
    optimizer = Optimizer("momentum", nesterov=True)
    state, trace = ours(engine, "binary", theta, activation=activation, optimizer=optimizer, **training)
    assert state.epoch == estimator.n_iter_
    assert state.outcome == (Outcome.CONVERGED if estimator.n_iter_ < 120 else Outcome.EPOCHS_USED_UP)
    assert state.best_score == pytest.approx(estimator.best_loss_, rel=1e-8)
    np.testing.assert_allclose(trace.cost, estimator.loss_curve_, rtol=1e-8)
    np.testing.assert_allclose(state.parameters, joined(estimator), rtol=0, atol=1e-7)


# === Where scikit-learn's gradient is off ===


def their_cost_and_gradient(task: str):
    """Return scikit-learn's functions of the packed weights under L-BFGS, and a point to look at."""
    X, y = table(task)
    estimator = theirs(task, solver="lbfgs", max_iter=1, activation="tanh")
    layers = [*estimator.coefs_, *estimator.intercepts_]
    activations = [X] + [None] * (len(HIDDEN) + 1)
    half = len(layers) // 2
    y = y.reshape(ROWS, -1)

    def both(theta):
        work = [np.empty_like(layer) for layer in layers]
        return estimator._loss_grad_lbfgs(theta, X, y, None, list(activations), [None] * half, work[:half], work[half:])

    return both, np.concatenate([layer.ravel() for layer in layers])


def test_several_outputs_under_lbfgs(engine):
    """scikit-learn's squared loss is a mean over outputs, its gradient one of their sum: `_backprop`, `squared_loss`."""
    both, theta = their_cost_and_gradient("multi-output")
    gradient = both(theta)[1]
    step, numeric = 6e-6, np.empty_like(theta)
    for i in range(theta.size):
        ahead, behind = theta.copy(), theta.copy()
        ahead[i] += step
        behind[i] -= step
        numeric[i] = (both(ahead)[0] - both(behind)[0]) / (2 * step)
    # The penalty's part is right; what belongs to the loss is 3 times too long, once for each output.
    weights = theta.size - sum(HIDDEN) - 3
    penalty = np.where(np.arange(theta.size) < weights, 0.1 / ROWS * theta, 0.0)
    np.testing.assert_allclose(gradient - penalty, 3 * (numeric - penalty), rtol=1e-5, atol=1e-8)

    X, Y = table("multi-output")
    training = Training(loss="squared_error", l2=0.1, optimizer=Optimizer("lbfgs"))
    spec = Spec(Network(INPUTS, HIDDEN, 3, "tanh"), training)
    assert check_gradients(spec, X, Y, engine=engine).passed


def test_one_output_under_lbfgs_is_right_on_both_sides(engine):
    both, theta = their_cost_and_gradient("regression")
    assert check_grad(lambda t: both(t)[0], lambda t: both(t)[1], theta) < 1e-5
    X, y = table("regression")
    training = Training(loss="squared_error", l2=0.1, optimizer=Optimizer("lbfgs"), dtype="float64")
    spec = Spec(Network(INPUTS, HIDDEN, 1, "tanh"), training)
    # Theirs stands as all weights, then all biases; ours as weights and biases layer by layer.
    blocks = Layout.of(spec.network).blocks
    sizes = [block.stop - block.start for block in (*blocks[0::2], *blocks[1::2])]
    pieces = np.split(np.arange(theta.size), np.cumsum(sizes)[:-1])
    order = np.concatenate([piece for pair in zip(pieces[:3], pieces[3:], strict=True) for piece in pair])
    cost, gradient = engine.loss_and_gradient(spec, 0, theta[order], X, y[:, None])
    assert cost == pytest.approx(both(theta)[0], rel=1e-12)
    np.testing.assert_allclose(gradient, both(theta)[1][order], rtol=1e-9, atol=1e-13)
