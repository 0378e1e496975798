"""A labelled table becomes arrays.

From the bottom up: `names` (in messages), `numerals` and `moments` (numbers and dates as people write them), `text_files` (CSV),
`table` (read any table), `cells` (a column's texts), `kinds` (what a column holds) and `columns` (its cells, read),
`ranges` (which values lie far outside those of training rows), `scaled`, `coded` and `encoded` (the ways a column becomes
numbers), `split` (folds, hold-outs and three parts), `target` (what the predicted column holds) and `coding` (how it becomes numbers
and back), `train_dev_test` (three parts of a table, or of arrays), `preparation` (of a whole table), `prepare` (lay it out, and learn it
on training rows), `whole` (a labelled table with all of that, read once).
"""
