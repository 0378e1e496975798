"""A labelled table becomes arrays.

From the bottom up: `names` (in messages), `numerals` and `moments` (numbers and dates as people write them), `text_files` (CSV),
`read` (a table of any sort), `cells` (a column's texts), `kinds` (what a column holds) and `columns` (its cells, read), `split` (folds,
hold-outs and three parts), `preparation` (columns become inputs), `target` (what the predicted column holds) and `coding` (how it
becomes numbers, and back), `train_dev_test` (three parts of a table, or of arrays), `table` (a labelled table, read once).
"""
