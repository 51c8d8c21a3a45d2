"""A loaded run translates: sentences one by one, or as a file."""

import sys
import time
from pathlib import Path

from processes import answer

from seqlab import config, experiment, runs
from seqlab.data.splits import load_splits
from seqlab.decoding.beam_options import BeamOptions

loaded = experiment.load(runs.Run(Path(sys.argv[1])))
sentences = list(load_splits.load(config.load(sys.argv[2]).experiment.data).splits["test"]["source"])


def reply(asked):
    """Seconds, and the words that were written."""
    beam = BeamOptions(width=asked["beam"], length_penalty=0.6 if asked["beam"] > 1 else 0.0)
    chosen = sentences[asked["from"] : asked["from"] + asked["sentences"]]
    started = time.perf_counter()
    if asked["together"]:
        answers = list(loaded.translations(chosen, beam=beam))
    else:
        answers = [next(iter(loaded.translations([each], beam=beam))) for each in chosen]
    words = sum(len(each.hypotheses[0].tokens) + 1 for each in answers)
    return {"seconds": time.perf_counter() - started, "words": words}


answer(reply)
