"""Frozen specifications: what a network is, how it is trained, how a table is split; to and from JSON.

A spec is validated when it is made, equal by value, and never changes. Its JSON form is shared by saved models, journals
and the command line. The defaults of wellfit stand here and nowhere else. From the bottom up: `base`, `network`, `steps`,
`training`, `member`, `data`.
"""

from wellfit.spec.data import TASKS, Data
from wellfit.spec.member import Member
from wellfit.spec.network import ACTIVATION_ALIASES, ACTIVATIONS, INITIALIZERS, Network
from wellfit.spec.steps import EPSILON_FORMS, OPTIMIZERS, SCHEDULES, Optimizer, Schedule
from wellfit.spec.training import CLASSIFICATION_LOSSES, DTYPES, LOSSES, MONITORS, Spec, Training

__all__ = [
    "ACTIVATIONS",
    "ACTIVATION_ALIASES",
    "CLASSIFICATION_LOSSES",
    "DTYPES",
    "EPSILON_FORMS",
    "INITIALIZERS",
    "LOSSES",
    "MONITORS",
    "OPTIMIZERS",
    "SCHEDULES",
    "TASKS",
    "Data",
    "Member",
    "Network",
    "Optimizer",
    "Schedule",
    "Spec",
    "Training",
]
