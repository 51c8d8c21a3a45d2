"""seqlab trains the lab's recipe: the seconds of its training loop."""

import sys
import tempfile
from pathlib import Path

from processes import answer

from seqlab import config, experiment

chosen = config.load("tweets/word2vec", sys.argv[1:])


def reply(_: object) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        run = experiment.train(chosen, Path(folder))
        return {"seconds": sum(epoch["seconds"] for epoch in run.metrics()), "loss": run.metrics()[-1]["train.loss"]}


answer(reply)
