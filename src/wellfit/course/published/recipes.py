"""The published experiments as recipes: network, data, settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from wellfit.spec import Network, Optimizer, Schedule, Spec, Training

__all__ = ["RECIPES", "SOURCES", "TITLES", "Recipe", "of_source"]

SOURCES = ("init", "regularization", "gradients", "optimization", "textbook")

TITLES = {
    "init": "Initialisation: circles, layers 2-10-5-1, learning rate 0.01, 15,000 iterations",
    "regularization": "Regularisation: the football field, layers 2-20-3-1, learning rate 0.3, 30,000 iterations",
    "gradients": "Gradient checking",
    "optimization": "Optimisation methods: moons, layers 2-5-2-1, mini-batches of 64",
    "textbook": "The textbook's chapter: the football field, layers 2-20-5-1, learning rate 0.3, 30,000 iterations",
}

DESCENT = Optimizer("gradient_descent")
MOMENTUM = Optimizer("averaged_momentum", momentum=0.9)
ADAM = Optimizer("adam", beta1=0.9, beta2=0.999, epsilon=1e-8, epsilon_form="outside")
ADAM_INSIDE = Optimizer("adam", beta1=0.9, beta2=0.999, epsilon=1e-8, epsilon_form="inside")


@dataclass(frozen=True)
class Recipe:
    """One published run."""

    source: str
    name: str
    data: str  # "circles", "football" or "moons"
    layers: tuple[int, ...]  # units of each layer, the input first
    weights: str  # how the initial ones are drawn; see `wellfit.course.published.inputs.initial_vector`
    learning_rate: float  # of the first epoch
    iterations: int  # epochs
    l2: float = 0.0  # penalty
    keep_prob: float = 1.0  # chance of keeping a hidden unit, 1 without dropout
    optimizer: Optimizer = field(default=DESCENT)
    batch_size: int | None = None  # examples a step; None: all
    decay_interval: int | None = None  # epochs between two falls of the learning rate; None: it is constant
    last_batch: bool = False  # whether the printed cost is that of the epoch's last mini-batch alone
    # whether each step draws new masks, because the source does not say which; else all steps use one mask, as in the notebook
    draws_masks: bool = False

    @property
    def key(self) -> str:
        """Its name in `wellfit.course.published.numbers`."""
        return f"{self.source} {self.name}"

    @property
    def spec(self) -> Spec:
        """Network and training, in float64; with one epoch more than the iterations, for the cost after the last."""
        schedule = Schedule(learning_rate=self.learning_rate)
        if self.decay_interval is not None:
            schedule = Schedule("inverse_time", learning_rate=self.learning_rate, decay=1.0, interval=self.decay_interval)
        training = Training(
            loss="binary_cross_entropy",
            l2=self.l2,
            # 1 - (1 - keep_prob) is keep_prob again to the bit from 0.5 up.
            dropout=1 - self.keep_prob,
            optimizer=self.optimizer,
            schedule=schedule,
            batch_size=self.batch_size,
            shuffle=False,
            epochs=self.iterations + 1,
            monitor="none",
            patience=None,
            dtype="float64",
        )
        return Spec(Network(self.layers[0], self.layers[1:-1], self.layers[-1], activation="relu"), training)


def _init(name: str, weights: str) -> Recipe:
    return Recipe("init", name, "circles", (2, 10, 5, 1), weights, 0.01, 15_000)


def _field(source: str, name: str, l2: float = 0.0, keep_prob: float = 1.0, *, draws_masks: bool = False) -> Recipe:
    layers = (2, 20, 3, 1) if source == "regularization" else (2, 20, 5, 1)
    return Recipe(source, name, "football", layers, "xavier", 0.3, 30_000, l2, keep_prob, draws_masks=draws_masks)


def _moons(
    name: str,
    optimizer: Optimizer,
    *,
    epochs: int = 5_000,
    learning_rate: float = 0.0007,
    decay_interval: int | None = None,
    last_batch: bool = False,
) -> Recipe:
    return Recipe(
        source="optimization",
        name=name,
        data="moons",
        layers=(2, 5, 2, 1),
        weights="he",
        learning_rate=learning_rate,
        iterations=epochs,
        optimizer=optimizer,
        batch_size=64,
        decay_interval=decay_interval,
        last_batch=last_batch,
    )


RECIPES: tuple[Recipe, ...] = (
    _init("zeros", "zeros"),
    _init("large random", "large random"),
    _init("He", "he"),
    _field("regularization", "plain"),
    _field("regularization", "L2", l2=0.7),
    _field("regularization", "dropout", keep_prob=0.86),
    _moons("old gd", DESCENT, epochs=10_000, last_batch=True),
    _moons("old momentum", MOMENTUM, epochs=10_000, last_batch=True),
    _moons("old Adam", ADAM_INSIDE, epochs=10_000, last_batch=True),
    _moons("new gd", DESCENT),
    _moons("new momentum", MOMENTUM),
    _moons("new Adam", ADAM),
    _moons("decay gd", DESCENT, learning_rate=0.1, decay_interval=1),
    _moons("scheduled gd", DESCENT, learning_rate=0.1, decay_interval=1000),
    _moons("scheduled momentum", MOMENTUM, learning_rate=0.1, decay_interval=1000),
    _moons("scheduled Adam", ADAM, learning_rate=0.01, decay_interval=1000),
    _field("textbook", "plain"),
    _field("textbook", "L2", l2=0.1),
    _field("textbook", "dropout", keep_prob=0.8, draws_masks=True),
    _field("textbook", "both", l2=0.1, keep_prob=0.9, draws_masks=True),
)


def of_source(source: str) -> list[Recipe]:
    """Return the recipes of a source."""
    return [recipe for recipe in RECIPES if recipe.source == source]
