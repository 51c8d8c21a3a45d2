"""The format `onnx`: a classifier or a regression of texts for onnxruntime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seqlab import files
from seqlab.exports import ids_model
from seqlab.exports.agreement import Agreement
from seqlab.exports.example_graph import vectorizer_of
from seqlab.exports.onnx_graph import onnx_graph
from seqlab.exports.onnx_nodes import OPSET
from seqlab.exports.vectorizer_files import SCRIPT, loading, packages_of
from seqlab.exports.written import Written
from seqlab.tasks.classification.predictor import ClassificationPredictor

if TYPE_CHECKING:
    from seqlab.experiment.loaded_run import LoadedRun

MODEL = "model.onnx"


def write(loaded: LoadedRun, directory: Path) -> Written:
    """Write the model and what makes ids of texts. Raises RequestError for a run that the format cannot hold."""
    predictor = ids_model.predictor_of(loaded, "onnx")
    ids_model.write_beside(predictor, directory)
    with loaded.progress.step("writing the ONNX model"):
        files.write_bytes(directory / MODEL, onnx_graph(predictor).SerializeToString())
    classes = isinstance(predictor, ClassificationPredictor)

    def compare(texts: Sequence[str]) -> Agreement:
        import onnxruntime

        session = onnxruntime.InferenceSession(directory / MODEL, providers=["CPUExecutionProvider"])
        output = ids_model.output_of(predictor)

        def ask(ids: np.ndarray) -> np.ndarray:
            return np.asarray(session.run([output], {"ids": ids})[0])

        return ids_model.compare(predictor, texts, directory, ask, one_text=False)

    takes, gives = ids_model.interface(predictor, one_text=False)
    labels = ['Gives `labels` (texts,): the most probable class, `""` for a text without tokens.'] if classes else []
    return Written(
        title="an ONNX model",
        usage=_usage(),
        needs=" ".join(["onnxruntime", *packages_of(vectorizer_of(predictor))]),
        interface=[takes, *labels, gives],
        compare=compare,
        notes=(
            f"ONNX operators of version {OPSET}, which onnxruntime reads since 1.15.",
            "`rows` refuses an empty list: `ids` without rows end the process of onnxruntime where the model is an LSTM"
            " or a GRU.",
        ),
    )


def _usage() -> str:
    return "\n".join(
        (
            "import runpy, numpy, onnxruntime",
            f"ids = {loading(SCRIPT, 'Vectorizer')}.rows(['a text of your own', 'another one'])",
            f"session = onnxruntime.InferenceSession('model/{MODEL}')",
            "print(*session.run(None, {'ids': numpy.array(ids, 'int32')}))",
        )
    )
