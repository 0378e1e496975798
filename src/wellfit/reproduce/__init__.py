"""Published experiments: recipe, run, comparison.

Facts and recipes: `published` holds what is in print, `recipes` the experiments, `inputs` what goes into them, `comparison` what
agreeing means. `engine_runs` computes a recipe, `populations` how far rounding moves it, `units` the single cases, `course_runs` both on
the course's functions, `evidence` what many seeds say. `results` holds all of it side by side, `running` does one source after the other,
`tables` and `page` show what came out.
"""

from wellfit.reproduce.page import reproduction_page
from wellfit.reproduce.results import Reproduction
from wellfit.reproduce.running import reproduce

__all__ = ["Reproduction", "reproduce", "reproduction_page"]
