"""Regression: one number per example."""

from seqlab.tasks.regression.task import REGRESSION

__all__ = ["REGRESSION"]
