"""Studies: networks compared and searched for, each finished trial in a journal that survives any end.

`journal` is the file, which `locks` keep to one process at a time; a `fingerprint` identifies a table, `run_files` names the files.
`trial` defines a trial and a budget, `problem` the rows and the target error, `folds` the training and dev rows; a `cost_model` predicts
how long training takes. `requests` are what is to be trained, the `registry` knows what is trained already, and the `trainer` trains the
rest and writes the journal. `plans` define what is trained first, `planning` how much there is time for; `evaluation` measures it,
`round_records` write it into the journal, and `rounds` repeat this. `choice` and `ensemble` choose the networks of the model and their
weights, `final` trains them on all rows, `average` judges them where they are not. `warm_up` fits the simple models and measures the time,
`run` runs a study, and `test_rows` reads the test rows. `study` is the result, and `pages` show it. `search` is the function for Python,
`default_network` what the estimators train. `held_back` trains a model without some rows, for a diagnosis that needs unseen rows.
"""
