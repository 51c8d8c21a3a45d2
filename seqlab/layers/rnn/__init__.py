"""Recurrent layers. `Recurrent` is the only class for other packages."""

from seqlab.layers.rnn.recurrent import Recurrent

__all__ = ["Recurrent"]
