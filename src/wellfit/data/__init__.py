"""A table becomes arrays.

In the order in which the modules may import each other: `table` (read it), `columns` (what a column holds), `features` (how a
column becomes numbers), `target` (how the predicted one does), `parts` and `split` (training, dev and test rows), `prepare`
(the whole table, learned on training rows), `samples` (tables to try things on).
"""
