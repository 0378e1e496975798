"""Diagnosis of a model's errors and of a network's training: what is wrong, how certain that is, and what to do next.

`finding` is the result of a check; `given` validates the caller's input, `inside` gives access to a network, `model_adapter` adapts
any kind of model, and `subject` combines these into the input of everything that follows.

`seeds` says how far another seed would have led, and `evaluation` is what a verdict takes into account. `checks` look for what is wrong
with data and training. `retraining` trains a network anew: for the `power_law` of its `learning_curve`, and for the `candidates` of which
`next_step` tests the best. `result` is the outcome, `page` its blocks, and `diagnosis` the function.
"""

from wellfit.diagnosis.finding import Finding, NotApplicable
from wellfit.diagnosis.inside import NetworkInside
from wellfit.diagnosis.subject import Subject, make_subject

__all__ = ["Finding", "NetworkInside", "NotApplicable", "Subject", "make_subject"]
