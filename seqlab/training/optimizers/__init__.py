"""Optimizers: built from Keras' names by `build.py`, with cheap updates of large tables from `row_updates.py`."""
