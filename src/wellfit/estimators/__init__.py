"""scikit-learn estimators over the specs, the training and the engines.

In the order in which the modules may import each other: `parameters` (scikit-learn's names become a spec), `initial` (initial
weights), `targets` (classes and numbers as an engine takes them), `validation` (tables), `rows` (which train, and which are looked
at), `memory` (where a later call goes on), `scoring` (any scorer decides on stopping), `callbacks` (of fit), `running` (what a run
is told, and tells), `call` (one call of fit), `base` (fit, shared), `network` (the estimators).
For whole tables: `frames` (read them), `whole` (fit, shared), `table` (the estimators).
"""
