"""Several finished runs together. Reads what the runs recorded; no model is loaded, and TensorFlow is not imported.

result = combine([runs.find("nb_trigram", folder), runs.find("masked_bilstm", folder)])
result.weights, result.ensemble["test.accuracy"]

comparison = compare([[runs.find("bigram", folder)], [runs.find("unigram", folder)]])
comparison.differences[0]["test.accuracy"].verdict
"""

from seqlab.comparison.compare import Comparison, compare, find_runs
from seqlab.comparison.differences import Difference
from seqlab.comparison.ensemble import EnsembleResult, combine
from seqlab.comparison.flips import Flips, flips, refuse_without_flips

__all__ = [
    "Comparison",
    "Difference",
    "EnsembleResult",
    "Flips",
    "combine",
    "compare",
    "find_runs",
    "flips",
    "refuse_without_flips",
]
