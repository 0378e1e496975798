"""`testCases` under the other name by which some notebooks import it."""

from wellfit.course import testCases
from wellfit.course.testCases import *  # noqa: F403

__all__ = testCases.__all__
