"""Writing with a trained run, as `seqlab generate` does it, the model in memory."""

import sys
import time
from pathlib import Path

from processes import answer

from seqlab import experiment
from seqlab.decoding.sampling_options import SamplingOptions
from seqlab.runs import Run

run = experiment.load(Run(Path(sys.argv[1])))


def reply(asked):
    """Seconds to write so many characters of so many texts."""
    started = time.perf_counter()
    texts = run.generate(
        "To be or not to b", length=asked["length"], samples=asked["samples"], sampling=SamplingOptions(temperature=1.0)
    )
    assert {len(text) for text in texts} == {asked["length"]}
    return time.perf_counter() - started


answer(reply)
