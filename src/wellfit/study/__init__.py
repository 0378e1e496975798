"""Studies: networks compared and searched for, each finished trial in a journal that survives any end.

`locks` let one process at a time add to a file, and `journal` is such a file; a `fingerprint` tells tables apart, `run_files` are the names
of the files. `trial` says what is trained, and what it may cost; `problem` says how a table becomes rows, `folds` which of them networks
are compared on, a `cost_model` how long that takes. `requests` say what is wanted, a `registry` what there is, and the `trainer` trains the
rest and writes the journal. `plans` name what is trained first, `planning` says how much there is time for, `evaluation` how good it was;
`round_records` write both down, and `rounds` run on from there. `ensemble` weighs networks, `choice` says who is averaged, `final` trains
them on all rows, `average` judges them where they are not. `warm_up` fits the simple models and measures the time, `run` runs a study, and
`test_rows` reads the test rows. `study` holds all of it, and `pages` show it. `search` is the front for Python, the `default_network`
what the estimators train. `held_back` trains a model without some rows, for a diagnosis that needs rows that it has not seen.
"""
