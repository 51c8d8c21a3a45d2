"""Pretrained vectors: found and matched with the vocabulary before there is a run, placed in its model after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.config import Experiment
from seqlab.config.choices import choices_of
from seqlab.errors import RequestError
from seqlab.experiment.prepare_data import PreparedData, with_model
from seqlab.experiment.pretrained_sources import Source, refuse_missing, source_of
from seqlab.progress import Progress
from seqlab.runs import Run
from seqlab.tasks.token_vectors import INPUT_LAYERS
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.text.vocabulary import UNKNOWN
from seqlab.training.checkpoints import restorable
from seqlab.vectors.matching import Matches, match, match_stems, spellings, with_made
from seqlab.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    import keras

    from seqlab.layers.embedding import Embedding
    from seqlab.models.embedding_options import EmbeddingOptions


@dataclass(frozen=True)
class PretrainedRows:
    """Rows of the table of one side that begin with pretrained vectors."""

    ids: np.ndarray
    """(found,) int64"""
    vectors: np.ndarray
    """(found, width) float32"""
    others_are_zero: bool
    """Whether the other rows are zeros, or stay random."""
    record: Mapping[str, Any]
    """What a run records: where the vectors are from, how many words were found, and their share of each split."""


Pretrained = Mapping[str, PretrainedRows]
"""Side → its rows; empty without pretrained vectors, and where a checkpoint has the rows."""


def refuse_missing_vectors(run: Run | None, experiment: Experiment, runs_dir: Path) -> None:
    """Raises RequestError for vectors that the config names and nobody has, before the data are prepared."""
    for name in _to_read(run, experiment).values():
        refuse_missing(name, runs_dir)


def _to_read(run: Run | None, experiment: Experiment) -> dict[str, str]:
    """Side → what its config calls its vectors; empty for a run that continues from a checkpoint."""
    if run is not None and restorable(run.checkpoints_directory) and not experiment.training.refit:
        return {}
    return {side: table.pretrained for side, table in _tables(experiment).items() if table.pretrained is not None}


def resolve_pretrained(
    run: Run | None,
    experiment: Experiment,
    data: PreparedData,
    runs_dir: Path,
    progress: Progress,
    *,
    force: bool = False,
) -> tuple[Experiment, PreparedData, Pretrained]:
    """Find the vectors that the config names, and match their words with the vocabulary.

    Returns the experiment and the data with the width of the vectors where the config leaves it to them, and the rows.
    A run that continues from a checkpoint takes all that from there, and needs no file. Raises RequestError or
    DataError for vectors that cannot be had, or that do not fit the model, the vocabulary, or, unless `force`, the run.
    """
    if not (named := _to_read(run, experiment)):
        return experiment, data, {}
    sources = {side: source_of(name, side, experiment, runs_dir, progress) for side, name in named.items()}
    if run is not None and not force:
        _refuse_changed_vectors(run, sources)
    read = {side: _read(source, data.task.vectorizers[side], progress) for side, source in sources.items()}
    experiment = _with_widths(experiment, {side: vectors.dimensions for side, vectors in read.items()}, named)
    rows = {}
    for side, vectors in read.items():
        vectorizer = data.task.vectorizers[side]
        # A stem is no word, of whose letters a vector could be made.
        known = vectors if vectorizer.stem is not None else with_made(vectors, vectorizer.vocabulary.tokens)
        matches = _matched(known, vectorizer, sources[side].name, progress)
        rows[side] = _rows(side, known, matches, len(known) - len(vectors), sources[side], experiment, data)
        _report(rows[side].record, side if len(_tables(experiment)) > 1 else "", progress)
    return experiment, with_model(data, experiment), rows


def place_pretrained(model: keras.Model, pretrained: Pretrained) -> None:
    """Write the pretrained rows into the tables of a model with random weights."""
    for side, rows in pretrained.items():
        table = embedding_of(model, side).table
        values = np.zeros(table.shape, np.float32) if rows.others_are_zero else np.array(table.numpy())
        values[rows.ids] = rows.vectors
        table.assign(values)


def records_of(pretrained: Pretrained) -> dict[str, Mapping[str, Any]]:
    """What a run records of the vectors of each side."""
    return {side: rows.record for side, rows in pretrained.items()}


def embedding_of(model: keras.Model, side: str) -> Embedding:
    """The layer with the table of a side; sides that share a vocabulary may share it."""
    layers = {layer.name: layer for layer in model.layers}
    layer: Embedding = next(layers[name] for name in INPUT_LAYERS[side] if name in layers)
    return layer


def with_recorded_widths(experiment: Experiment, recorded: Experiment) -> Experiment:
    """A config that leaves widths to its vectors, with those of a run of it, which read the vectors."""
    known = _tables(recorded) if recorded.task == experiment.task else {}
    widths = {
        side: known[side].width for side, table in _tables(experiment).items() if table.width is None and side in known
    }
    return _with(experiment, {side: width for side, width in widths.items() if width is not None})


def _tables(experiment: Experiment) -> Mapping[str, EmbeddingOptions]:
    tables: Mapping[str, EmbeddingOptions] = choices_of(experiment).model.tables
    return tables


def _with(experiment: Experiment, widths: Mapping[str, int]) -> Experiment:
    if not widths:
        return experiment
    return experiment.model_copy(update={"model": choices_of(experiment).model.with_widths(widths)})


def _refuse_changed_vectors(run: Run, sources: Mapping[str, Source]) -> None:
    """A run goes on with the vectors that it began with."""
    recorded = run.metadata().get("pretrained", {})
    for side, source in sources.items():
        before = recorded.get(side, {}).get("sha256", source.sha256)
        if before != source.sha256:
            raise RequestError(
                f"the vectors of {source.name} changed since run {run.id} began: restore them, or start a new run; "
                "use --force to resume anyway"
            )


def _read(source: Source, vectorizer: FittedVectorizer, progress: Progress) -> WordVectors:
    """The vectors of the words that tokens may match; of stems, those of all words."""
    if vectorizer.stem is not None:
        return source.read(None, progress)
    wanted = {word for token in vectorizer.vocabulary.tokens for word in spellings(token)}
    return source.read(wanted, progress)


def _with_widths(experiment: Experiment, found: Mapping[str, int], named: Mapping[str, str]) -> Experiment:
    """Widths of the vectors where the config leaves them to these. Raises RequestError for others than it gives."""
    model = choices_of(experiment).model
    for side, width in found.items():
        given = model.tables[side].width
        if given not in (None, width):
            raise RequestError(
                f"the vectors of {named[side]} have {width} dimensions, and the embedding of this model {given}: "
                f"{model.remedy_for_width(side, width)}, or use vectors of {given} dimensions"
            )
    experiment = _with(experiment, {side: width for side, width in found.items() if model.tables[side].width is None})
    for side, width in found.items():  # one table for both sides has the width of the first
        if (given := _tables(experiment)[side].width) != width:
            raise RequestError(
                f"the vectors of both sides have one width, but those of {side} have {width}, not {given}"
            )
    return experiment


def _matched(vectors: WordVectors, vectorizer: FittedVectorizer, name: str, progress: Progress) -> Matches:
    tokens = vectorizer.vocabulary.tokens
    matches = (
        match(tokens, vectors) if vectorizer.stem is None else match_stems(tokens, vectors, vectorizer.stem, progress)
    )
    if not matches.found:
        some = ", ".join(repr(token) for token in tokens[:5])
        raise RequestError(
            f"no word of {name} is in the vocabulary, whose most frequent tokens are {some}: use vectors of the "
            "language of the texts, or a vectorizer that splits them into words"
        )
    return matches


def _rows(
    side: str,
    vectors: WordVectors,
    matches: Matches,
    made: int,
    source: Source,
    experiment: Experiment,
    data: PreparedData,
) -> PretrainedRows:
    """`made`: how many of the vectors were made for the vocabulary."""
    vectorizer = data.task.vectorizers[side]
    specials, tokens = len(vectorizer.vocabulary.specials), np.flatnonzero(matches.rows >= 0)
    has_vector = np.zeros(len(vectorizer.vocabulary), bool)
    has_vector[specials + tokens] = True
    record = {
        "source": source.name,
        **source.record,
        "sha256": source.sha256,
        "dimensions": vectors.dimensions,
        "words": len(vectorizer.vocabulary.tokens),
        "words_found": matches.found,
        "in_another_case": matches.in_another_case,
        "by_stem": matches.by_stem,
        "made": made,
        "coverage": dict(_coverage(side, has_vector, vectorizer.vocabulary.specials, data)),
    }
    frozen = not _tables(experiment)[side].trainable
    return PretrainedRows(specials + tokens, vectors.matrix[matches.rows[tokens]], frozen, record)


def _coverage(
    side: str, has_vector: np.ndarray, specials: Sequence[str], data: PreparedData
) -> Iterator[tuple[str, dict[str, float]]]:
    """Split → the share of its tokens, and of its different words in the vocabulary, that have a vector.

    An unknown token has none; padding, start and end do not count.
    """
    size = len(has_vector)
    for split, store in data.stores.items():
        ids = np.asarray(store.ragged(f"{side}_ids").values)
        counts = np.bincount(ids[ids >= 0], minlength=size)
        words = counts[len(specials) :]
        unknown = int(np.count_nonzero(ids < 0)) + sum(
            int(count) for name, count in zip(specials, counts, strict=False) if name == UNKNOWN
        )
        found = has_vector[len(specials) :]
        yield (
            split,
            {
                "tokens": float(words[found].sum() / max(words.sum() + unknown, 1)),
                "words": float((words[found] > 0).sum() / max((words > 0).sum(), 1)),
            },
        )


def _report(record: Mapping[str, Any], side: str, progress: Progress) -> None:
    of_side = f" ({side})" if side else ""
    rows = [(split, f"{share['tokens']:.2%}", f"{share['words']:.2%}") for split, share in record["coverage"].items()]
    progress.table(f"vectors of {record['source']}{of_side}", ("split", "tokens with one", "words with one"), rows)
    progress.say(
        f"{record['words_found']:,} of {record['words']:,} words of the vocabulary have a vector{_how(record)}"
    )


def _how(record: Mapping[str, Any]) -> str:
    ways = {
        "by_stem": "that of the first word with their stem",
        "in_another_case": "that of the word in another case",
        "made": "one that is made of their character n-grams",
    }
    return "".join(f", {record[name]:,} of them {way}" for name, way in ways.items() if record[name])
