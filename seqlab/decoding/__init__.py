"""Decoding: sampling, greedy search and beam search. They take a step function, not a model; ids, not texts.

`logits_processors`, `sampling_options` and `beam_options` describe what a user can choose and do not import TensorFlow;
the other modules do.
"""
