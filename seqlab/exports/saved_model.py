"""The format `saved_model`: a TensorFlow SavedModel with the signatures of TensorFlow Serving."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqlab.exports import refusals
from seqlab.exports.agreement import Agreement
from seqlab.exports.graphs import Graph
from seqlab.exports.vectorizer_files import SCRIPT, loading, packages_of
from seqlab.exports.written import Written
from seqlab.tasks.given_rows import Example

if TYPE_CHECKING:
    from seqlab.experiment.loaded_run import LoadedRun


SYSTEM_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES)
"""What may keep a file from being written."""


def write(loaded: LoadedRun, directory: Path) -> Written:
    """Write the SavedModel of a run into `directory`, and what makes ids of texts where the graph takes ids.

    Raises RequestError for a run that the format cannot hold.
    """
    import tensorflow as tf

    graph = graph_of(loaded)
    module = tf.Module()
    module.tracked, module.functions = list(graph.tracked), dict(graph.signatures)
    if graph.reads is not None:
        graph.reads.write(directory)
    with loaded.progress.step("writing the SavedModel"):
        _save(tf, module, directory, graph)

    def compare(texts: Sequence[Example]) -> Agreement:
        saved = tf.saved_model.load(str(directory))
        return graph.compare(saved.signatures, texts, directory)

    return Written(
        title="a TensorFlow SavedModel",
        usage=_usage(graph),
        needs=_needs(graph),
        interface=_interface(graph),
        compare=compare,
        texts=graph.texts,
        notes=tuple(_notes(graph)),
    )


def graph_of(loaded: LoadedRun) -> Graph:
    """The graph of a loaded run, by what its predictor is."""
    from seqlab.exports.example_graph import example_graph
    from seqlab.exports.generation_graph import generation_graph
    from seqlab.exports.translation_graph import translation_graph
    from seqlab.tasks.example_predictor import ExamplePredictor
    from seqlab.tasks.language_modeling.predictor import LanguageModelPredictor
    from seqlab.tasks.translation.predictor import TranslationPredictor

    predictor: Any = loaded.predictor
    if isinstance(predictor, ExamplePredictor):
        return example_graph(predictor)
    if isinstance(predictor, LanguageModelPredictor):
        return generation_graph(predictor)
    if isinstance(predictor, TranslationPredictor):
        return translation_graph(predictor)
    raise refusals.no_answers(loaded.run.id, loaded.experiment.task)


def _save(tf: Any, module: Any, directory: Path, graph: Graph) -> None:
    try:
        tf.saved_model.save(module, str(directory), signatures=dict(graph.signatures))
    except tf.errors.OpError as error:  # TensorFlow writes the files itself, and has its own types for system errors
        for code in SYSTEM_ERRORS:
            if os.strerror(code) in str(error):
                raise OSError(code, os.strerror(code)) from error
        raise


def _usage(graph: Graph) -> str:
    before = ["import tensorflow as tf"]
    if graph.reads is not None and graph.reads.name == "ids":
        before = [
            "import runpy",
            "import tensorflow as tf",
            f"vectorizer = {loading(SCRIPT, 'Vectorizer')}",
        ]
    arguments = ", ".join([*_text_argument(graph), *([] if graph.columns is None else graph.columns.example)])
    found = f'model({arguments})["{graph.answers}"].numpy()'
    shown = f"vectorizer.decode({found}[0].tolist())" if graph.answers == "ids" else found
    load = 'model = tf.saved_model.load("model").signatures["serving_default"]'
    return "\n".join([*before, load, f"print({shown})"])


def _text_argument(graph: Graph) -> list[str]:
    if graph.reads is None:
        return []
    if graph.reads.name == "text":
        return [f"text=tf.constant([{graph.example!r}])"]
    return [f"ids=tf.constant([vectorizer.ids({graph.example!r})])"]


def _needs(graph: Graph) -> str:
    by_script = graph.reads if graph.reads is not None and graph.reads.name == "ids" else None
    return " ".join(["tensorflow", *(packages_of(by_script.fitted) if by_script else ())])


def _interface(graph: Graph) -> list[str]:
    takes = []
    if graph.reads is not None and graph.reads.name == "text":
        joined = f"; {' and '.join(graph.text_columns)}, joined by a space" if graph.text_columns else ""
        takes = [f"`text` (texts,): strings in UTF-8, any number of them{joined}"]
    elif graph.reads is not None:
        takes = [
            "`ids` (texts, tokens) int32: the ids of all tokens of each text, which `model/vectorizer.py` makes, with "
            f"-1 at the end of shorter rows. It takes no text: {graph.reads.reason}"
        ]
    takes += [] if graph.columns is None else graph.columns.lines
    takes = [f"Takes {line}." for line in takes]
    return [*takes, *(f"{each}." for each in graph.extra_inputs), *(f"Gives {each}." for each in graph.outputs)]


def _notes(graph: Graph) -> list[str]:
    served = (
        "TensorFlow Serving: put `model/` at `/models/NAME/1`. The inputs and outputs: `saved_model_cli show --dir "
    )
    return [served + "model --all`."]
