"""A study as blocks.

`tried` counts what was tried, `advice` says what to try next, `sections` are what was compared, tried and chosen, and `page` is all of it.
"""
