"""One tree of blocks and its renderers; nothing here knows a result.

`blocks` are the tree, `as_text`, `as_html` and `as_json` render it, and `result` is what a result inherits: it offers its blocks, and is
printed, shown in a notebook and written to files from them. `words` writes names and sentences, `settings` are shown as a table.
"""
