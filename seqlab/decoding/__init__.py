"""Which id comes next: sampling and beam search. They know a step function, not a model; ids and tensors, not texts.

`options` describes what may be chosen and imports no TensorFlow; the other files do so at their top.
"""
