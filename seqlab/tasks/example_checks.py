"""Options of the data, the vectorizer and the model of examples that are valid alone and do not work together."""

from __future__ import annotations

from collections.abc import Iterator

from seqlab.data.datasets import Dataset
from seqlab.encoders.packages import PACKAGES
from seqlab.models.classification import CLASSIFIERS, Classifier, SentenceEncoder, WithFeatures
from seqlab.runs.references import IN_CONFIGS
from seqlab.tasks.examples import ExampleTraining, as_read_by
from seqlab.tasks.task import Choices, Problem
from seqlab.text import Vectorizer


def check_inputs(choices: Choices, training: ExampleTraining) -> Iterator[Problem]:
    """Options of the data, the vectorizer and the model that are valid alone and do not work together."""
    data, vectorizer, model = choices.data, choices.vectorizer, choices.model
    yield from _check_features(data, model)
    if isinstance(model, SentenceEncoder):
        yield from _check_encoder(choices.vectorizer, model)
    elif vectorizer is not None and model.reads != "features":
        yield from _check_vectorizer(data, vectorizer, model)
    if model.reads != "sequence" and not training.buckets:
        yield ("training", "buckets"), f"'{model.name}' pads nothing: leave buckets out"
    if vectorizer is not None and vectorizer.traits.optional_unknown:
        yield ("vectorizer", "unknown"), "a model of whole texts always has an unknown token: leave unknown out"


def _check_features(data: Dataset, model: Classifier) -> Iterator[Problem]:
    columns = data.feature_columns
    readers = ", ".join(each.component_name() for each in CLASSIFIERS if each.reads != "features")
    if model.reads == "features" and not columns:
        yield (
            ("model",),
            f"'{model.name}' reads categories and numbers, and the data have none: name their columns in data.features "
            f"(csv, tsv, jsonl, parquet), or choose a model that reads texts ({readers})",
        )
    elif model.reads == "features" and data.has_text:
        yield ("model",), f"'{model.name}' reads no text: remove data.features.text, or choose one of {readers}"
    elif model.reads != "features" and not data.has_text:
        alone = " or ".join(each.component_name() for each in CLASSIFIERS if each.reads == "features")
        yield (
            ("model",),
            f"'{model.name}' reads a text, and the data have none: name its column in data.features.text, or choose "
            f"{alone}",
        )
    elif columns and not model.takes_features:
        yield ("model",), f"'{model.name}' reads a text alone: remove data.features, or choose another model"
    default = WithFeatures.model_fields["category_width"].default
    if isinstance(model, WithFeatures) and not columns.categories and model.category_width != default:
        yield (
            ("model", "category_width"),
            f"has no effect: the data have no categories; remove it, or set it to its default, {default}",
        )


def _check_encoder(vectorizer: Vectorizer | None, model: SentenceEncoder) -> Iterator[Problem]:
    if vectorizer is not None:
        yield ("vectorizer",), f"has no effect: '{model.name}' reads texts as they are; remove the section vectorizer"
    if model.trainable and (model.source in PACKAGES or model.source.startswith(IN_CONFIGS)):
        yield (
            ("model", "trainable"),
            f"the encoder '{model.source}' cannot be trained: give the path of a SavedModel as source, or set it to "
            "false",
        )


def _check_vectorizer(data: Dataset, vectorizer: Vectorizer, model: Classifier) -> Iterator[Problem]:
    output = vectorizer.traits.output
    if model.reads == "sequence" and output != "ids":
        yield ("vectorizer", "output"), f"'{model.name}' reads tokens in order: it needs output: ids, not {output}"
    if model.reads == "bag" and "multi_hot" not in vectorizer.outputs:
        readers = " or ".join(each.component_name() for each in CLASSIFIERS if each.reads == "sequence")
        message = (
            f"'{model.name}' reads bags, which '{vectorizer.name}' does not make: use words, or a model that reads"
        )
        yield ("vectorizer",), f"{message} {vectorizer.name} in order ({readers})"
    elif model.reads == "bag":
        for option, message in as_read_by(model, vectorizer).problems():
            yield ("vectorizer", option), message
    for option, message in model.problems(vectorizer):
        yield ("model", option), message
    for field in vectorizer.fit.fields or []:
        if field not in data.vocabulary_fields:
            known = ", ".join(data.vocabulary_fields)
            yield ("vectorizer", "fit", "fields"), f"the data have no text field '{field}'; there are {known}"
