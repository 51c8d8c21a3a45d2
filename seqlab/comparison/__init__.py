"""Several finished runs together. Reads what the runs recorded; no model is loaded, and TensorFlow is not imported.

result = combine([runs.find("nb_trigram", folder), runs.find("masked_bilstm", folder)])
result.weights, result.ensemble["test.accuracy"]
"""

from seqlab.comparison.ensemble import EnsembleResult, combine

__all__ = ["EnsembleResult", "combine"]
