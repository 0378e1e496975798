"""Parts of pages on tables and models, which several results share.

`facts` write errors, differences and settings as facts and cells; `columns` says how each column is prepared, `errors` is on the test
error and the columns that matter, `use` on how to predict.
"""
