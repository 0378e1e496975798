"""Results become decisions: errors with intervals, verdicts, and the choice of a network.

`intervals` say how sure an error is, `metric` which error is meant, `verdict` what errors mean; `references` are the simple
models to beat, `grid` is what is tried, `judging` and `first_population` train it and choose, `final_test` looks at the test
rows once.

The estimators' way is shorter: `hold_out` gives them dev rows, `temperature` and `threshold` say how sure the probabilities of an
average may be and where they decide, `fixed` trains the networks that are averaged. `search` goes on from there, round after round,
for as long as it is given.

`fit_table` does all of it with a table; `importance` says which columns were needed; `pictures`, `summary` and `folder` keep what
came out.

`diagnosis` examines any model: bias and variance, what is at fault, and one next step.
"""
