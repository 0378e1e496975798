"""A doctor for a model's errors and a network's training: what is wrong, how sure that is, and what to do next.

`finding` is what one check found; `given` reads what the caller hands over, `inside` opens a network, `model_adapter` is what a model
makes of the rows, and `subject` is all of it together: what all that follows looks at.

`seeds` says how far another seed would have led, and `evaluation` is what a verdict takes into account. `checks` look for what is wrong
with data and training. `retraining` trains a network anew: for the `power_law` of its `learning_curve`, and for the `candidates` of which
`next_step` tests the best. `result` is what comes out, `page` its blocks, and `diagnosis` is the visit.
"""

from wellfit.diagnosis.finding import Finding, NotApplicable
from wellfit.diagnosis.inside import NetworkInside
from wellfit.diagnosis.subject import Subject, make_subject

__all__ = ["Finding", "NetworkInside", "NotApplicable", "Subject", "make_subject"]
