"""Fitted models, which predict from tables, and their file format.

`container` turns arrays and one JSON document into the bytes of a file, and back without trusting them; `members` are the networks of
a model; `model` is a preparation with its networks, which predicts from tables; `single` is one network alone, which predicts from
arrays; `blocks` show them, `file` saves and loads both. Loading runs no code from the file.
"""

from wellfit.store.container import FORMAT
from wellfit.store.file import MODEL_FILE, from_bytes, load, model_file, save, to_bytes
from wellfit.store.members import TrainedNetwork
from wellfit.store.model import FittedModel, Prediction
from wellfit.store.single import NetworkModel

__all__ = [
    "FORMAT",
    "MODEL_FILE",
    "FittedModel",
    "NetworkModel",
    "Prediction",
    "TrainedNetwork",
    "from_bytes",
    "load",
    "model_file",
    "save",
    "to_bytes",
]
