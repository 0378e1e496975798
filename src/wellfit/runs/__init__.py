"""``wellfit fit``: a study of a table in a file, and the folder that it leaves.

`table_study` reads the table, splits it and runs the study. `replacing` knows which files an earlier run left in a folder, and `folder`
writes them anew: the `summary` in JSON, `pictures`, and a `page` with `sections` on the table.
"""
