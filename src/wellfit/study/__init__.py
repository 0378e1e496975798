"""Results become decisions.

In the order in which the modules may import each other: `intervals` and `metric` (errors, and how sure they are), `verdict` (underfits,
overfits, fits), `grid` (what is tried), `references` (what has to be beaten), `first_population` (trying it, and choosing), `fit_table`
(the main job), `summary` and `folder` (what it leaves).
"""
