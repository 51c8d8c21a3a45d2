"""Data: datasets (one file per corpus or format), splits, stores, and the pipeline from rows to batches."""
