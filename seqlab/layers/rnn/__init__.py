"""Recurrent layers: cells, the unrolled loop, time chunks."""
