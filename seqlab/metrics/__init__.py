"""Metrics: functions of what a model said of a whole split, on a registry per task."""
