"""Whether examples that a model is evaluated on were trained on, or chose its best epoch."""

from __future__ import annotations

from collections.abc import Iterator

from seqlab.config import Experiment
from seqlab.data.records import Corpus, Records, SplitName
from seqlab.data.splits.content_splits import shared_rows
from seqlab.data.splits.load_splits import load
from seqlab.errors import SeqlabError
from seqlab.runs import Run
from seqlab.text_format import part_of, verb


def notes_on_split(
    run: Run, trained: Experiment, evaluated: Experiment, corpus: Corpus, split: SplitName
) -> Iterator[str]:
    """Whether a split is that of the training run, and what training has seen of it."""
    if evaluated.training.refit and split != "test":
        yield f"this model was trained on {split} too (training.refit): its metrics there are too good"
    elif corpus.fingerprints[split] != run.section("data", "splits").get(split):
        yield f"the {split} split is not that of the training run: the metrics are not comparable"
    yield from notes_on_leakage(run, trained, evaluated, corpus, split)


def notes_on_leakage(
    run: Run, trained: Experiment, evaluated: Experiment, corpus: Corpus, split: SplitName
) -> Iterator[str]:
    """How many examples of a split of `corpus`, which is read as `evaluated` says, training has seen."""
    own_split = corpus.fingerprints[split] == run.section("data", "splits").get(split)
    if own_split and (split == "train" or (split == "validation" and trained.training.refit)):
        return  # trained on as a whole, which is known
    is_whole = evaluated.data == trained.data and "train" in corpus.splits
    original = corpus if is_whole else _read_again(trained)
    if original is None or original.fingerprints["train"] != run.section("data", "splits").get("train"):
        yield (
            f"whether {split} examples were trained on is not known: the training data of run {run.id} are not as they "
            "were, or not on this machine"
        )
        return
    train, validation = original.splits["train"], original.splits["validation"]
    if trained.training.refit:
        train = train.followed_by(validation)
    if own_split and split == "validation":
        validation = validation.rows([])
    yield from _notes(corpus.splits[split], train, validation, split, evaluated)


def _notes(
    examples: Records, train: Records, validation: Records, split: SplitName, evaluated: Experiment
) -> Iterator[str]:
    trained_on, validated_on = set(shared_rows(examples, [train])), set(shared_rows(examples, [validation]))
    counts = (
        (len(trained_on), "that this model was trained on"),
        (len(validated_on - trained_on), "of the validation split, which chose its best epoch"),
    )
    for count, where in counts:
        if count:
            shared = f"{part_of(count, len(examples), f'{split} example')} {verb(count, 'has', 'have')}"
            yield f"{shared} a {evaluated.data.content} {where}: kept, and part of every metric"
    nothing = train.rows([])
    yield from evaluated.data.split_notes({"train": train, "validation": nothing, "test": nothing, split: examples})


def _read_again(trained: Experiment) -> Corpus | None:
    """The data that a run was trained on; None if they cannot be read any more."""
    try:
        return load(trained.data)
    except (SeqlabError, OSError):
        return None
