"""What only time finds out: thousands of broken model files, savers that are killed, processes that compile at once.

    python -m soak --seconds 60

`mutations` makes a broken file of a number, `files` tries them, `kills` kills savers, `cold` starts two processes on an empty compile
cache. `make test` runs a short piece of the first three, `make soak` all of it.
"""
