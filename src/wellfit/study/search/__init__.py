"""The search: networks tried round after round, as a textbook would, each finished trial in a `journal` that survives any end.

`trial` says what is trained, and what it may cost; `problem` how rows become tables.
"""
