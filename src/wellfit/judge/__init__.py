"""A network is judged: how wrong it is, how sure that is, and whether it underfits or overfits.

`metric` is what an error is, row by row and as a whole; `intervals` say how sure it is; `references` are the simple models to beat; an
`evaluation` is what a network gets wrong beside its reference, and a `verdict` what that means. `calibration` finds temperature and
threshold of a model's probabilities; `importance` says which columns a model needs, `final_test` what test rows
say, and `blocks` show all of these.
"""
