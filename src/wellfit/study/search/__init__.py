"""Studies: networks compared and searched for, each finished trial in a journal that survives any end.

`locks` let one process at a time add to a file, and `journal` is such a file. `trial` says what is trained, and what it may cost;
`problem` says how a table becomes rows, `parts` which of them networks are compared on, `pace` how long that takes. `asks` say what is
wanted, a `tally` what there is, and the `trainer` trains the rest and writes the journal. `plans` name what is trained first, `planning`
says how much there is time for, `evaluation` how good it was; `round_records` write both down, and `rounds` run on from there.
`ensemble` weighs networks, `choice` says who is averaged, `final` trains them on all rows, `average` judges them where they are not.
`opening` fits the simple models and measures the time, `run` runs a study, and `reading` looks at the test rows. `tried` counts what was
tried, `comparison`, `advice`, `sections` and `page` show it, and `study` holds all of it. `search` is the front for Python.
"""
