"""Data: datasets (one file a corpus or format), vectorizers, and the pipeline from rows to batches."""
