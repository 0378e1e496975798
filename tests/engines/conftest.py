"""One list of options drives every test of engines: a test that asks for `option` runs once for each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from wellfit.engines.api import get_engine
from wellfit.engines.types import Engine, Plan, State, Trace, TrainingData
from wellfit.spec import ACTIVATIONS, INITIALIZERS, SCHEDULES, Network, Optimizer, Schedule, Spec, Training

ENGINES = ("reference", "compiled")
SEED = 2**40 + 17


@dataclass(frozen=True)
class Option:
    """What an option changes about the plain network."""

    network: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    weighted: bool = False
    plan: str = ""
    rows: str = "some"

    def __str__(self) -> str:
        changes = {**self.network, **self.training}
        words = [f"{name}={_short(value)}" for name, value in changes.items()]
        return (
            ",".join(words + ["weighted"] * self.weighted + [self.plan] * bool(self.plan) + [self.rows] * (self.rows != "some")) or "plain"
        )


def _short(value: Any) -> str:
    if isinstance(value, Optimizer | Schedule):
        plain = type(value)()
        changed = [f"{k}:{v}" for k, v in value.to_dict().items() if v != getattr(plain, k) and k not in ("name", "learning_rate")]
        return "/".join([value.name, *changed])
    return str(value).replace(" ", "")


def _schedules() -> list[Option]:
    schedules = [Schedule(name, 0.05, per=per) for name in SCHEDULES for per in ("epoch", "step")]
    schedules += [
        Schedule("inverse_time", 0.05, decay=0.3, interval=3),
        Schedule("cosine", 0.05, per="step", period=7, minimum=0.1),
        Schedule("cosine", 0.05, period=3, warm_up=2),
        Schedule("exponential", 0.05, rate=0.8, warm_up=4),
        Schedule("constant", 0.05, per="step", warm_up=9),
        Schedule("inverse_sqrt", 0.05, factor=2.0),
        Schedule("invscaling", 0.05, power=0.2, warm_up=3),
    ]
    return [Option(training={"schedule": schedule}) for schedule in schedules]


def _optimizers() -> list[Option]:
    optimizers = [
        Optimizer("gradient_descent"),
        Optimizer("momentum"),
        Optimizer("momentum", momentum=0.5, nesterov=True),
        *(Optimizer("averaged_momentum", bias_correction=corrected) for corrected in (False, True)),
        *(Optimizer("rmsprop", bias_correction=corrected, beta2=0.9) for corrected in (False, True)),
        Optimizer("rmsprop", epsilon_form="inside", epsilon=1e-4),
        *(Optimizer("adam", epsilon_form=form, epsilon=1e-3) for form in ("outside", "inside", "uncorrected")),
        Optimizer("adam", beta1=0.7, beta2=0.9),
        *(Optimizer("adamw", epsilon_form=form, weight_decay=0.2) for form in ("outside", "inside", "uncorrected")),
    ]
    return [Option(training={"optimizer": optimizer}) for optimizer in optimizers]


def _losses() -> list[Option]:
    several = [Option({"outputs": n}, {"loss": name}) for name in ("squared_error", "absolute_error", "huber", "poisson") for n in (1, 3)]
    return [
        *several,
        Option({"outputs": 2}, {"loss": "huber", "huber_delta": 0.3}),
        Option({"outputs": 3}, {"loss": "binary_cross_entropy"}),
        Option({"outputs": 2}, {"loss": "cross_entropy"}),
        Option({"outputs": 5}, {"loss": "cross_entropy"}),
        Option({"outputs": 3}, {"loss": "cross_entropy", "label_smoothing": 0.2}),
        Option({"outputs": 3}, {"loss": "binary_cross_entropy", "label_smoothing": 0.2}),
    ]


EVERYTHING = {"l1": 0.02, "l2": 0.1, "dropout": (0.3, 0.1), "input_dropout": 0.2}

OPTIONS = [
    Option(),
    *(Option({"activation": name}) for name in ACTIVATIONS),
    Option({"activation": ("relu", "tanh")}),
    *_losses(),
    *(Option({"initializer": name, "initial_scale": 0.5}) for name in INITIALIZERS),
    Option(training={"l2": 0.5}),
    Option(training={"l1": 0.1}),
    Option(training={"l1": 0.1, "l2": 0.5}, weighted=True),
    Option(training={"dropout": 0.4}),
    Option(training={"dropout": (0.0, 0.5)}),
    Option(training={"input_dropout": 0.3}),
    Option({"activation": "relu"}, EVERYTHING),
    Option({"activation": "gelu", "outputs": 3}, {**EVERYTHING, "loss": "cross_entropy"}, weighted=True),
    *_optimizers(),
    *_schedules(),
    Option(weighted=True),
    Option({"outputs": 3}, {"loss": "squared_error", "monitor": "dev_error"}, weighted=True),
    Option(training={"batch_size": 1}),
    Option(training={"batch_size": 1, "dropout": 0.4}, weighted=True),
    Option(training={"batch_size": 9}),
    Option(training={"batch_size": 37}),
    Option(training={"batch_size": 1000}),
    Option(training={"batch_size": None}),
    Option(training={"batch_size": None, **EVERYTHING}),
    Option(training={"shuffle": False}),
    *(Option({"hidden": (4,) * depth}) for depth in range(5)),
    Option({"hidden": (), "outputs": 3}, {"loss": "cross_entropy", "input_dropout": 0.3, "l1": 0.1}),
    Option({"hidden": (1, 1)}),
    Option({"hidden": (17, 33)}, EVERYTHING),
    Option({"hidden": (70,), "activation": "relu"}),
    Option(plan="orders"),
    Option(training={"dropout": 0.5, "input_dropout": 0.25}, plan="masks"),
    Option(training={"dropout": 0.5, "input_dropout": 0.25}, plan="some masks"),
    Option(training=EVERYTHING, plan="orders and masks", weighted=True),
    Option(rows="all"),
    Option(training={"dropout": 0.3}, rows="repeated"),
    Option(training={"batch_size": 5}, rows="one"),
    Option(training={"monitor": "cost", "patience": 1, "tolerance": 0.01}),
    Option(training={"monitor": "dev_cost", "patience": 1, "tolerance": 0.01}),
    Option(training={"monitor": "dev_error", "patience": 2, "tolerance": 0.0}),
    Option(training={"monitor": "auto", "patience": 2, "tolerance": 0.01, "history_every": 3}),
    Option(training={"monitor": "cost", "patience": 1, "tolerance": 0.5, "schedule": Schedule("adaptive", 0.05)}),
    Option(training={"monitor": "dev_cost", "patience": 1, "tolerance": 0.5, "schedule": Schedule("adaptive", 0.05)}),
    Option(training={"monitor": "none", "history_every": 4}),
    Option({"outputs": 3, "activation": "silu"}, {"loss": "poisson", "monitor": "dev_error", "patience": 1, "l2": 0.1}),
]


@dataclass(frozen=True)
class Setting:
    """A network, its training and its table."""

    spec: Spec
    data: TrainingData
    plan: Plan

    def train(self, engine: Engine, epochs: int | None = None, state: State | None = None) -> tuple[State, Trace]:
        start = engine.initial_state(self.spec, SEED) if state is None else state
        return engine.train(self.spec, SEED, start, self.data, self.plan, self.spec.training.epochs if epochs is None else epochs)


def make_targets(loss: str, outputs: int, signal: np.ndarray) -> np.ndarray:
    """Return targets that can be learned from a signal of shape (rows, outputs)."""
    if loss == "cross_entropy":
        return signal.argmax(axis=1)[:, None].astype(float)
    if loss == "binary_cross_entropy":
        return (signal > 0).astype(float)
    return np.floor(np.exp(signal)) if loss == "poisson" else signal


def make_plan(kind: str, spec: Spec, rows: int) -> Plan:
    """Return orders for 3 epochs and masks for 4 steps; with ``some``, none are given for the last hidden layer."""
    generator = np.random.default_rng(8)
    orders = np.array([generator.permutation(rows) for _ in range(3)]) if "orders" in kind else None
    masks = None
    if "masks" in kind:
        widths = spec.network.widths[:-1]
        masks = tuple(generator.random((4, rows, units)) < 0.7 for units in widths)
        if "some" in kind:
            masks = (*masks[:-1], None)
    return Plan(orders, masks)


def make_setting(option: Option, dtype: str = "float64") -> Setting:
    network = Network(**{"inputs": 3, "hidden": (5, 4), "outputs": 1, "activation": "tanh"} | option.network)
    plain = {"loss": "binary_cross_entropy", "batch_size": 8, "epochs": 10, "monitor": "none", "schedule": Schedule(learning_rate=0.05)}
    spec = Spec(network, Training(**plain | option.training, dtype=dtype))
    generator = np.random.default_rng(4)
    X = generator.standard_normal((60, network.inputs))
    signal = np.sin(X @ generator.standard_normal((network.inputs, network.outputs))) + 0.2 * generator.standard_normal(
        (60, network.outputs)
    )
    Y = make_targets(spec.training.loss, network.outputs, signal)
    order = generator.permutation(60)
    rows, dev_rows = order[:37], order[37:51]
    rows = {"some": rows, "all": np.arange(60), "repeated": generator.choice(rows, 41), "one": rows[:1]}[option.rows]
    weights = generator.integers(0, 4, 60) / 2 if option.weighted else None
    X, Y = np.ascontiguousarray(X, dtype), np.ascontiguousarray(Y, dtype)
    weights = None if weights is None else weights.astype(dtype)
    data = TrainingData(X, Y, weights, rows, X, Y, weights, dev_rows)
    return Setting(spec, data, make_plan(option.plan, spec, len(rows)))


def pytest_generate_tests(metafunc):
    if "option" in metafunc.fixturenames:
        metafunc.parametrize("option", OPTIONS, ids=str)


@pytest.fixture(params=ENGINES)
def engine(request) -> Engine:
    return get_engine(request.param)


@pytest.fixture(params=[name for name in ENGINES if name != "reference"])
def fast_engine(request) -> Engine:
    return get_engine(request.param)


@pytest.fixture
def reference() -> Engine:
    return get_engine("reference")


@pytest.fixture
def make():
    """Return what makes a setting: `make(network={...}, training={...}, weighted=..., plan=..., rows=..., dtype=...)`."""

    def build(dtype: str = "float64", **changes: Any) -> Setting:
        return make_setting(Option(**changes), dtype)

    return build


@pytest.fixture
def setting(option) -> Setting:
    return make_setting(option)


@pytest.fixture
def seed() -> int:
    return SEED
