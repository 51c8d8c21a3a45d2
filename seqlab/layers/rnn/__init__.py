"""Recurrent layers: cells, the unrolled loop, time chunks. `Recurrent` is the only public class."""

from seqlab.layers.rnn.recurrent import Recurrent

__all__ = ["Recurrent"]
