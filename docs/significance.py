"""Whether one translator is better than another, or a split too small to tell: a paired bootstrap by sacreBLEU (Koehn
2004).

BLEU of every run's test translations with its 95 % interval, over 1,000 draws of sentences, and the probability p that
a difference from the first run at least this large is chance. The runs share a test split, and are asked without case:
recipes of lowercase words have no other.

python docs/significance.py RUN RUN ...
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.significance import PairedTest

from seqlab import config
from seqlab.data.splits import load_splits
from seqlab.errors import SeqlabError
from seqlab.metrics.sacrebleu_scores import tokenizer_for
from seqlab.metrics.translation import grouped
from seqlab.metrics.unspaced_text import writing_of
from seqlab.runs import Run

Groups = dict[str, list[str]]


def compared(runs: Sequence[Run]) -> Iterator[str]:
    """A line for the signature, and one for each run."""
    shared: Groups | None = None
    systems = []
    for run in runs:
        groups, translations = said_by(run)
        if shared not in (None, groups):
            raise SystemExit(f"error: {run.id} has another test split than {runs[0].id}")
        shared = groups
        systems.append((run.id, translations))
    streams = [list(stream) for stream in zip_longest(*(shared or {}).values())]
    tokenize, _ = tokenizer_for(writing_of([text for references in (shared or {}).values() for text in references]))
    metric = BLEU(lowercase=True, tokenize=tokenize)
    test = PairedTest(systems, {"BLEU": metric}, streams, test_type="bs", n_samples=1000)
    signatures, scores = test()
    yield str(signatures["BLEU"])
    for name, result in zip(scores["System"], scores["BLEU"], strict=True):
        chance = "" if result.p_value is None else f"  p = {result.p_value:.4f}"
        yield f"{result.score:6.2f} ({result.mean:.2f} ± {result.ci:.2f}){chance}  {name}"


def said_by(run: Run) -> tuple[Groups, list[str]]:
    """References of each different source of the test split, and what the run makes of it."""
    if not run.predictions_file("test").is_file():
        raise SystemExit(f"error: {run.directory} is not the directory of a finished translation run")
    pairs = load_splits.load(config.load(run.config_file).experiment.data).splits["test"]
    sources = list(map(str, pairs["source"]))
    lines = run.predictions_file("test").read_text(encoding="utf-8").splitlines()
    found = dict(zip(sources, (json.loads(line)["prediction"] for line in lines), strict=True))
    groups = grouped(sources, list(pairs["target"]))
    return dict(groups), [found[source] for source in groups]


def main() -> None:
    if len(sys.argv) < 3:
        raise SystemExit(f"error: name two runs or more\n\n{__doc__}")
    try:
        print("\n".join(compared([Run(Path(name)) for name in sys.argv[1:]])))
    except SeqlabError as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()
