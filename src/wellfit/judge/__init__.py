"""The evaluation of a network: its errors, their intervals, and whether it underfits or overfits.

`metric` defines errors, by row and in total; `intervals` are their confidence intervals; `references` are the simple models to beat; an
`evaluation` holds a network's errors and its reference, and a `verdict` interprets it. `calibration` finds temperature and
threshold of a model's probabilities; `importance` measures which columns a model needs, `final_test` compares
errors on test rows, and `blocks` show all of these.
"""
