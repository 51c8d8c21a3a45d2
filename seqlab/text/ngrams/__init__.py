"""Counting and encoding n-grams over integers."""
