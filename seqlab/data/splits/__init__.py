"""Splits that depend on the content of examples and a seed alone."""
