"""Parts of pages on tables and models, which several results share.

`facts` write errors, differences and settings as facts and cells; `data` is on the table and its split, `errors` on the test error and the
columns that matter, `use` on how to predict.
"""
