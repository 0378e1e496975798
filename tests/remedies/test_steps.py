"""Next steps: each says in words what it changes, and changes nothing else."""

import dataclasses

import pytest

from wellfit.remedies.remedies import REMEDIES
from wellfit.remedies.steps import Examined
from wellfit.spec import Network, Schedule, Spec, Training

SPEC = Spec(
    Network(inputs=4, hidden=(9, 6), activation="tanh", initializer="zeros"),
    Training(
        loss="binary_cross_entropy", l2=0.1, dropout=0.1, batch_size=40, monitor="none", patience=None, schedule=Schedule(learning_rate=0.1)
    ),
)
EXAMINED = Examined(SPEC.replace(training=SPEC.training), 800, watches=False, still_falls=True)

WORDS = {
    "l2": "L2 λ 0.5",
    "dropout": "dropout 0.25",
    "both": "L2 λ 0.5 and dropout 0.25",
    "early stopping": "early stopping on a tenth of the training rows (patience 20 epochs)",
    "smaller": "hidden layers of 3-2 units",
    "bigger": "hidden layers of 18-12-12 units",
    "longer": "600 epochs",
    "higher rate": "a learning rate of 0.5",
    "lower rate": "a learning rate of 0.01",
    "falling rate": "a learning rate that falls from 0.1 to 0 along a cosine",
    "less regularised": "no L2, L1 and dropout",
    "relu": "ReLU units with He's initial weights",
    "leaky relu": "leaky ReLU units",
    "initial weights": "initial weights drawn as He or Xavier say",
}


def test_every_next_step_has_its_words():
    assert set(WORDS) | {"adam"} == {name for name, remedy in REMEDIES.items() if remedy.step is not None}


@pytest.mark.parametrize("name", WORDS)
def test_it_says_what_it_changes(name):
    words, spec = REMEDIES[name].step(EXAMINED)
    assert words == WORDS[name]
    assert spec != SPEC
    changed = {"network" if spec.network != SPEC.network else "", "training" if spec.training != SPEC.training else ""} - {""}
    assert changed == ({"network"} if name in ("smaller", "bigger", "relu", "leaky relu", "initial weights") else {"training"})


def test_a_cost_that_does_not_fall_needs_no_more_of_the_same():
    flat = dataclasses.replace(EXAMINED, still_falls=False)
    assert REMEDIES["longer"].step(flat) is None
    assert REMEDIES["higher rate"].step(flat) is None
