"""Whether examples that a model is evaluated on were trained on."""

from __future__ import annotations

from collections.abc import Iterator

from seqlab.config import Experiment
from seqlab.data.records import Corpus, Records, SplitName
from seqlab.data.splits.content_splits import shared_rows
from seqlab.data.splits.load_splits import load
from seqlab.errors import SeqlabError
from seqlab.runs import Run


def notes_on_leakage(
    run: Run, trained: Experiment, evaluated: Experiment, corpus: Corpus, split: SplitName
) -> Iterator[str]:
    """How many examples of a split of `corpus`, which is read as `evaluated` says, are among those of training."""
    recorded = run.section("data", "splits")
    own_split = corpus.fingerprints[split] == recorded.get(split)
    if own_split and (split == "train" or (split == "validation" and trained.training.refit)):
        return  # trained on as a whole, which is known
    seen = _training_examples(run, trained, evaluated, corpus)
    if seen is None:
        yield (
            f"whether {split} examples were trained on is not known: the training data of run {run.id} are not as they "
            "were, or not on this machine"
        )
        return
    examples, data = corpus.splits[split], evaluated.data
    if shared := len(shared_rows(examples, [seen])):
        yield (
            f"{shared:,} of {len(examples):,} {split} examples have a {data.content} that this model was trained on: "
            "kept, and part of every metric"
        )
    nothing = seen.rows([])
    yield from data.split_notes({"train": seen, "validation": nothing, "test": nothing, split: examples})


def _training_examples(run: Run, trained: Experiment, evaluated: Experiment, corpus: Corpus) -> Records | None:
    """What a run was trained on; None if it cannot be read any more, or is not what it was."""
    if evaluated.data != trained.data:
        try:
            corpus = load(trained.data)
        except (SeqlabError, OSError):
            return None
    if corpus.fingerprints["train"] != run.section("data", "splits").get("train"):
        return None
    train = corpus.splits["train"]
    return train.followed_by(corpus.splits["validation"]) if trained.training.refit else train
