"""seqlab: train, evaluate and use text-sequence models from one YAML file.

    import seqlab

    run = seqlab.train("quickstart", {"training.epochs": 3})
    run.metrics["test.accuracy"]
    run.predict("Not bad at all.").label
    seqlab.load("latest").evaluate("validation")

Importing seqlab is cheap: TensorFlow is imported when the first model is built.
"""

from seqlab.api import evaluate, load, train
from seqlab.api import runs_directory as runs_directory

__all__ = ["evaluate", "load", "train"]
__version__ = "0.1.0"


def __dir__() -> list[str]:
    """What completion offers: the public names."""
    return [*__all__, "__version__"]
