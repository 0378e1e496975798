"""Results become decisions: what is tried with a table, and the choice of a network.

`table_study` runs a study of a table, by way of `search`; `final_test` is what test rows say. A `fingerprint` tells tables apart.
`run_files` are the names under which all is kept, `replacing` says what an earlier run left in a folder, and `folder` writes it anew.
`summary`, `pictures` and `page` show what came out: `table_sections` and `sections` are parts of pages.

The estimators train the `fixed` network as a study.

`diagnosis` examines any model: bias and variance, what is at fault, and one next step. `remedies` are what is changed about a network that
underfits or overfits.

`search` compares networks, then tries others round after round, each round what the last one asked for. Its model learns from all
rows in the end; `held_back` trains it without some, for a diagnosis that needs rows that it has not seen.
"""
