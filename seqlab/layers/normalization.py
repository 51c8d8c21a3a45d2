"""The norm that all blocks share."""

from __future__ import annotations

from typing import Any

import keras


def layer_norm(name: str, **options: Any) -> keras.layers.LayerNormalization:
    """Layer normalization (Ba et al. 2016): over each token's own vector. A batch norm would count padding."""
    return keras.layers.LayerNormalization(epsilon=1e-5, name=name, **options)
