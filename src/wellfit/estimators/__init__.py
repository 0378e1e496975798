"""scikit-learn estimators over the specs, the training and the engines.

In the order in which the modules may import each other: `parameters` (scikit-learn's names become a spec), `initial` (initial
weights), `targets` (classes and numbers as an engine takes them), `validation` (tables), `running` (what a run is told, and tells),
`base` (fit, shared), `network` (the estimators).
"""
