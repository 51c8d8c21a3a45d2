"""From prepared rows to batches: plans, padding, the tf.data pipeline."""
