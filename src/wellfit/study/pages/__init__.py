"""A study as a page.

`tried` counts what was tried, `comparison` shows the regularisers beside each other, `advice` says what to try next, `sections` are the
rounds and the model, and `page` is the report.
"""
