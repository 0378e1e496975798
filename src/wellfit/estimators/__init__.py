"""scikit-learn estimators over the specs, the training and the engines.

From the bottom up: `parameters` (scikit-learn's names become a spec), `initial` (initial weights), `targets` (classes and numbers as an
engine takes them), `validation` (tables), `rows` (which are trained on, and which are looked at), `memory` (where a later call resumes),
`scoring` (any scorer decides on stopping), `callbacks` (of fit), `running` (what is printed and warned of), `call` (one call of fit),
`base` (fit, shared), `network` (the estimators). For sweeps: `sweep_grid` (from a grid to candidates), `sweep_candidates` (which can be one
population), `sweep_folds` (what they are trained and scored on), `sweep_scores`, `sweep_networks` (prepared, trained, scored),
`sweep_results`, `sweep_progress`, `sweep_halving` (rung by rung), `sweep_page` (its blocks), `sweep` (the estimator). For whole tables:
`frames` (tables and targets, read), `searching` (dev rows, messages and warnings of a search), `model_page` (how training went, and
errors on given rows), `whole` (fit, shared), `table` (the estimators), `report` (of any result).
"""
