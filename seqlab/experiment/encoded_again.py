"""A split of raw data for a trained model, with what the user should know about its metrics."""

from __future__ import annotations

from seqlab.config import Experiment
from seqlab.data.records import Corpus, SplitName
from seqlab.data.store import Store
from seqlab.experiment.encoded_splits import EncodedSplits
from seqlab.experiment.leakage import notes_on_leakage
from seqlab.progress import Progress
from seqlab.runs import Run
from seqlab.tasks import FittedTask


def encoded_again(
    run: Run,
    trained: Experiment,
    evaluated: Experiment,
    task: FittedTask,
    corpus: Corpus,
    split: SplitName,
    progress: Progress,
) -> Store:
    """The split as numbers, after telling the user how far its metrics can be trusted.

    `corpus` is read as `evaluated` says, and the run was trained on what `trained` says.
    """
    is_own = corpus.fingerprints[split] == run.section("data", "splits").get(split)
    if evaluated.training.refit and split != "test":
        progress.say(f"this model was trained on {split} too (training.refit): its metrics there are too good")
    elif not is_own:
        progress.say(f"the {split} split is not that of the training run: the metrics are not comparable")
    for note in notes_on_leakage(run, trained, evaluated, corpus, split):
        progress.say(note)
    store = task.encode(corpus.splits[split], progress)
    if not is_own:
        encoded = EncodedSplits(evaluated.data, task.vectorizers)
        encoded.add(split, corpus.splits[split], store)
        for note in encoded.notes:
            progress.say(note)
    return store
