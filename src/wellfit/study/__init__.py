"""Results become decisions: errors with intervals, verdicts, and the choice of a network.

`intervals` say how sure an error is, `metric` which error is meant, `verdict` what errors mean; `references` are the simple
models to beat, `grid` is what is tried, `judging` and `first_population` train it and choose, `final_test` looks at the test
rows once. `fit_table` does all of it with a table; `summary` and `folder` keep what came out.
"""
