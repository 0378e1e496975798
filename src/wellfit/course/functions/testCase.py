"""`testCases` under the other name by which some notebooks import it."""

from wellfit.course.functions import testCases
from wellfit.course.functions.testCases import *  # noqa: F403

__all__ = testCases.__all__
