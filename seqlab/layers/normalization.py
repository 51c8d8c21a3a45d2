"""The normalization that all blocks use."""

from __future__ import annotations

from typing import Any

import keras


def layer_norm(name: str, **options: Any) -> keras.layers.LayerNormalization:
    """Layer normalization of each token's vector (Ba et al. 2016). Batch normalization would count padding."""
    return keras.layers.LayerNormalization(epsilon=1e-5, name=name, **options)
