"""Results become decisions: what is tried with a table, and the choice of a network.

`grid` is what is tried, `judging` and `first_population` train it and choose, `final_test` looks at the test rows once. Every job on a
table begins as a `table_job`; a `fingerprint` tells tables and runs apart; `fit_table` does all of the above with one. `run_files` are the
names under which all is kept. `pictures`, `summary` and a page show what came out: `sections` are parts of pages that several results
share, `advice` is what to try next, `fit_sections` are the parts of the `fit_page` alone.

The estimators train the `fixed` network as a study.

`diagnosis` examines any model: bias and variance, what is at fault, and one next step. `remedies` are what is changed about a network that
underfits or overfits.

`search` tries networks round after round, each round what the last one asked for; `table_study` does it with a table, and
`study_summary` and `table_study_page` show what came out. `replacing` says what an earlier run left in a folder, and whether a new one
may replace it; `folder` and `study_folder` write all files of a fit and of a search. The search's model learns from all rows in the end;
`held_back` trains it without some, for a diagnosis that needs rows that it has not seen.
"""
