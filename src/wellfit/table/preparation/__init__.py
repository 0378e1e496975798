"""Columns become inputs: one step for each column, learned on training rows and applied to any.

`scale` (numbers, dates and times: gaps filled, scaled), `one_hot` (categories), `by_target` (many categories, encoded by the target)
are the steps; each learns from a `TypedColumn`, writes one, and goes into a file and back. `ranges` finds new values far outside
those of training rows. A `preparation` is a list of steps; `learn` lays it out for a table, and learns it on training rows.
"""
