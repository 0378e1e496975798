"""The published experiments: recipe, run, comparison, page.

In the order in which the modules may import each other: `numbers` holds what is in print, `recipes` the experiments, `inputs` their data
and initial weights, `comparison` a published number beside ours. `engine_runs` runs a recipe on the engine, `populations` measures how far
rounding moves its results, `cases` computes the notebooks' single cases, `function_runs` does both on the course's functions, and
`evidence` compares regularisations over many seeds. `tables`, `pictures` and `page` are the blocks of `results`, which holds all
comparisons, and `run` computes them source by source.
"""

from wellfit.course.published.results import Reproduction
from wellfit.course.published.run import reproduce

__all__ = ["Reproduction", "reproduce"]
