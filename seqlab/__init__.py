"""seqlab: train, evaluate and use text-sequence models from one YAML file.

    import seqlab

    run = seqlab.train("quickstart", {"training.epochs": 3})
    run.metrics["test.accuracy"]
    run.predict("Not bad at all.").label
    seqlab.load("latest").evaluate("validation")

Importing seqlab is cheap: TensorFlow is imported when the first model is built.
"""

import os
import sys


def _leave_current_folder() -> None:
    """Take the current folder off the import path, where `python -m` puts it: it may be a run of others, or data.

    Python imports this module before `__main__`, and nothing that it did not already import itself comes before this.
    """
    try:
        here = os.getcwd()  # noqa: PTH109  # pathlib would be searched in the current folder
    except FileNotFoundError:  # it was deleted, and Python did not put it there
        return
    if sys.path[:1] == [here] and not sys.flags.safe_path:
        del sys.path[0]


# Of `python -m MODULE`, Python names the module only here as long as its packages are imported.
if sys.argv[:1] == ["-m"] and sys.orig_argv[-len(sys.argv)] in {"seqlab", "-mseqlab"}:
    _leave_current_folder()

from seqlab.api import compare, evaluate, load, plan, train  # noqa: E402  # not from the current folder
from seqlab.api import runs_directory as runs_directory  # noqa: E402

__all__ = ["compare", "evaluate", "load", "plan", "train"]
__version__ = "0.1.0"


def __dir__() -> list[str]:
    """What completion offers: the public names."""
    return [*__all__, "__version__"]
