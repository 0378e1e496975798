"""Results become decisions: errors with intervals, verdicts, and the choice of a network.

`intervals` say how sure an error is, `metric` which error is meant, `verdict` what errors mean; `references` are the simple models to
beat, `final_test` is what test rows say. `table_study` does all of it with a table, by way of `search`; a `fingerprint` tells tables
apart, `importance` says which columns were needed. `run_files` are the names under which all is kept, `replacing` says what an earlier
run left in a folder, and `folder` writes it anew. `summary`, `pictures` and `page` show what came out: `table_sections` and `sections`
are parts of pages.

The estimators' way is shorter: `hold_out` gives them dev rows, `temperature` and `threshold` say how sure the probabilities of an
average may be and where they decide, `fixed` trains the networks that are averaged.

`diagnosis` examines any model: bias and variance, what is at fault, and one next step.

`search` compares networks, then tries others round after round, each round what the last one asked for. Its model learns from all
rows in the end; `held_back` trains it without some, for a diagnosis that needs rows that it has not seen.
"""
