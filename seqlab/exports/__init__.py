"""Exports: models as folders that other programs use without seqlab.

`export.py` is the table of contents. A format is a module with `refuse` and `write`; `formats.py` lists them.
"""
