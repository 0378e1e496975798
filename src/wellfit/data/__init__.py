"""A table becomes arrays: read (`table`), split (`split`), prepare (`prepare`); `samples` holds tables to try things on."""
