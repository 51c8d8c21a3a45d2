"""Splits decided by content and seed alone: cutting, keeping apart, connected components."""
