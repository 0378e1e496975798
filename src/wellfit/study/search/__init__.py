"""The search: networks tried round after round, as a textbook would, each finished trial in a journal that survives any end.

`locks` let one process at a time add to a file, and `journal` is such a file. `trial` says what is trained, and what it may
cost; `problem` says how a table becomes rows, `parts` which of them networks are compared on, `pace` how long that takes. `asks`
say what is wanted, a `tally` what there is, and the `trainer` trains the rest and writes the journal. `remedies` are what the
textbook changes, `planning` says how many of them there is time for, `evaluation` whether that was better; `round_records` write
both down, and `rounds` go on from there. `ensemble` weighs networks, `choice` says who is averaged, `final` trains them on all
rows. `tried` counts what was tried, `sections` and `page` show it, and `study` tells the whole of it. `opening` sees what there is time
for, `run` runs a study, and `reading` looks at the test rows. `search` is the front for Python.
"""
