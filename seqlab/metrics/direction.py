"""Which way a figure gets better."""

from __future__ import annotations

LOWER_IS_BETTER = ("loss", "log_loss", "perplexity", "bits_per_character", "calibration_error", "mse", "mae")


def lower_is_better(figure: str) -> bool:
    """`validation.loss` yes, `test.accuracy` no: by the name behind the split's."""
    return figure.split(".", 1)[-1] in LOWER_IS_BETTER
