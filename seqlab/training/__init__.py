"""The training loop and its parts: optimizer, early stopping, weights on disk."""
