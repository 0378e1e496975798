"""Health checks: each is one function that looks at a `Subject` and returns a `Finding`.

`severity` orders findings so that causes come before consequences; `propagation` sends rows through a network, `raw` is the rows as
they were given, and `course` measures how training went. `units`, `gradients` and `costs` look into a network and its training; `scales`,
`leaks`, `shift`, `labels` and `predictions` at the rows and at what any model says of them; `rate_range` trains a few short runs.

A check that does not apply raises `NotApplicable`.
"""

from collections.abc import Callable

from wellfit.diagnosis.checks.costs import (
    check_batch_size,
    check_diverging_cost,
    check_learning_rate_too_high,
    check_learning_rate_too_low,
)
from wellfit.diagnosis.checks.gradients import check_exploding_gradients, check_gradient_check, check_vanishing_gradients
from wellfit.diagnosis.checks.labels import check_class_imbalance, check_label_noise
from wellfit.diagnosis.checks.leaks import check_duplicates, check_leakage
from wellfit.diagnosis.checks.predictions import check_dropout_at_prediction, check_small_dev_set
from wellfit.diagnosis.checks.rate_range import check_learning_rate_range
from wellfit.diagnosis.checks.scales import check_feature_scales, check_target_scale
from wellfit.diagnosis.checks.shift import check_shifted_dev
from wellfit.diagnosis.checks.units import check_dead_relus, check_equal_units, check_saturated_units
from wellfit.diagnosis.finding import Finding
from wellfit.diagnosis.subject import Subject

__all__ = ["CHECKS", "TRAINING_CHECKS"]

CHECKS: tuple[Callable[[Subject], Finding], ...] = (
    check_gradient_check,
    check_dropout_at_prediction,
    check_leakage,
    check_duplicates,
    check_equal_units,
    check_target_scale,
    check_feature_scales,
    check_exploding_gradients,
    check_diverging_cost,
    check_learning_rate_too_high,
    check_saturated_units,
    check_dead_relus,
    check_vanishing_gradients,
    check_shifted_dev,
    check_label_noise,
    check_class_imbalance,
    check_batch_size,
    check_learning_rate_too_low,
    check_small_dev_set,
)
# Called with the seconds that they may take, and only where training is allowed.
TRAINING_CHECKS: tuple[Callable[[Subject, float], Finding], ...] = (check_learning_rate_range,)
