"""The format `sklearn`: a bag as NumPy arrays, and a script that predicts with the methods of scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.exports import refusals
from seqlab.exports.agreement import Agreement, classes_agree, numbers_agree
from seqlab.exports.example_graph import vectorizer_of
from seqlab.exports.vectorizer_files import copy_script, loading, packages_of, run_script, write_vectorizer
from seqlab.exports.written import Written
from seqlab.tasks.classification.predictor import ClassificationPredictor
from seqlab.tasks.example_predictor import ExamplePredictor
from seqlab.tasks.regression.predictor import RegressionPredictor
from seqlab.text.fitted_words import FittedWords

if TYPE_CHECKING:
    from seqlab.experiment.loaded_run import LoadedRun

WEIGHTS, BAG = "weights.npz", "bag.py"
TEXTS, ROUNDED_TEXTS = 500, 5_000
"""How many texts are compared."""
NO_PICKLE = "No pickle: `weights.npz` and `vectorizer.json` hold data alone, and the two scripts are there to read."
LOSS = "The share of labels that are not those of the run, below, is the most accuracy that this may cost."


def write(loaded: LoadedRun, directory: Path) -> Written:
    """Write the bag of a run. Raises RequestError for a run whose model is no bag of words."""
    return _write(loaded, directory, rounded=False)


def write_rounded(loaded: LoadedRun, directory: Path) -> Written:
    """The same with the rows of tokens in 8 bits. Raises RequestError for a regression, too."""
    return _write(loaded, directory, rounded=True)


def _write(loaded: LoadedRun, directory: Path, *, rounded: bool) -> Written:
    predictor: Any = loaded.predictor
    if not isinstance(predictor, ExamplePredictor) or predictor.examples.model.reads != "bag":
        raise refusals.no_bag(loaded.run.id, loaded.experiment.model.name)
    classes = isinstance(predictor, ClassificationPredictor)
    if rounded and not classes:
        raise refusals.no_labels()
    fitted = vectorizer_of(predictor)
    assert isinstance(fitted, FittedWords)
    write_vectorizer(fitted, directory)
    copy_script(BAG, directory / BAG)
    arrays = arrays_of(predictor, fitted)
    np.savez(directory / WEIGHTS, allow_pickle=False, **(in_8_bits(arrays) if rounded else arrays))
    bits = f"The rows of tokens have 8 bits instead of 32, each column with its scale. {LOSS}"
    return Written(
        title="NumPy arrays with a script",
        usage=_usage(classes),
        needs=" ".join(["numpy", *packages_of(fitted)]),
        interface=_interface(classes),
        compare=lambda texts: replace(_compare(predictor, texts, directory), rounded=rounded),
        texts=ROUNDED_TEXTS if rounded else TEXTS,
        notes=(NO_PICKLE, *([bits] if rounded else [])),
    )


def in_8_bits(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays with `table` as int8, (vocabulary, units), and `scale` (units,): the largest of each column is 127."""
    largest = np.abs(arrays["table"]).max(axis=0)
    scale = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    return {**arrays, "table": np.rint(arrays["table"] / scale).astype(np.int8), "scale": scale}


def arrays_of(predictor: ExamplePredictor, fitted: FittedWords) -> dict[str, np.ndarray]:
    """The rows that are summed, the layer above them, and what turns its outputs into answers. Raises RequestError for
    a model of mixed precision."""
    from seqlab.layers.bag import SumOfRows

    layers = {layer.name: layer for layer in predictor.model.layers}
    rows = layers.get("sum_of_rows", layers["logits"])
    assert isinstance(rows, SumOfRows)
    if rows.compute_dtype != "float32":
        raise refusals.half_precision(rows.compute_dtype, in_numpy=True)
    weights = fitted.inverse_document_frequencies if fitted.output == "tf_idf" else np.ones(fitted.size, np.float32)
    arrays = {
        "table": np.asarray(rows.effective_table(), np.float32),
        "scale": np.ones(rows.units, np.float32),
        "bias": np.asarray(rows.bias, np.float32),
        "token_weights": weights,
    }
    if rows is not layers["logits"]:
        arrays |= {"kernel": np.asarray(layers["logits"].kernel), "kernel_bias": np.asarray(layers["logits"].bias)}
    if isinstance(predictor, ClassificationPredictor):
        return arrays | {"classes": np.array(predictor.labels)}
    assert isinstance(predictor, RegressionPredictor)
    return arrays | {"mean": np.array(predictor.scale.mean), "deviation": np.array(predictor.scale.deviation)}


def _usage(classes: bool) -> str:
    asked = "print(model.predict(texts), model.predict_proba(texts))" if classes else "print(model.predict(texts))"
    return "\n".join(
        (
            "import runpy",
            f"model = {loading(BAG, 'Bag')}",
            "texts = ['a text of your own', 'another one']",
            asked,
        )
    )


def _interface(classes: bool) -> list[str]:
    if not classes:
        return ["`predict(texts)` gives the number of each text, in the units of the data; NaN without tokens."]
    return [
        '`predict(texts)` gives the label of each text, `""` for a text without tokens.',
        "`predict_proba(texts)` gives probabilities (texts, classes) in the order of `classes_`; NaN without tokens.",
    ]


def _compare(predictor: ExamplePredictor, texts: Sequence[str], directory: Path) -> Agreement:
    bag = loaded_bag(directory)
    if isinstance(predictor, ClassificationPredictor):
        return classes_agree(predictor, texts, bag.predict(texts), bag.predict_proba(texts))
    assert isinstance(predictor, RegressionPredictor)
    return numbers_agree(predictor, texts, bag.predict(texts))


def loaded_bag(directory: Path) -> Any:
    """The bag of the script that was written."""
    return run_script(directory / BAG).Bag(directory)
