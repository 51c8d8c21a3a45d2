"""Metrics of a classifier, from the true classes and the probabilities it gave."""

from __future__ import annotations

from seqlab.registry import Part, Shelf

CLASSIFICATION_METRICS: Shelf[Part] = Shelf("metric")
