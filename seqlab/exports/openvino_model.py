"""The format `openvino`: a classifier or a regression of texts for OpenVINO, a text at a time.

OpenVINO's recurrent operators ignore the lengths of rows on a CPU (2026.4): rows of several lengths in one batch would
have other answers than those of the run. A text alone needs no length.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seqlab.exports import ids_model
from seqlab.exports.agreement import Agreement
from seqlab.exports.example_graph import vectorizer_of
from seqlab.exports.onnx_graph import onnx_graph
from seqlab.exports.vectorizer_files import SCRIPT, loading, packages_of
from seqlab.exports.written import Written

if TYPE_CHECKING:
    from seqlab.experiment.loaded_run import LoadedRun

MODEL = "model.xml"
OPTIONS = {"INFERENCE_PRECISION_HINT": "f32"}
"""Otherwise processors that can compute in bfloat16 do."""


def write(loaded: LoadedRun, directory: Path) -> Written:
    """Write the model and what makes ids of texts. Raises RequestError for a run that the format cannot hold."""
    predictor = ids_model.predictor_of(loaded, "openvino")
    with loaded.progress.step("writing the OpenVINO model"):
        _save(onnx_graph(predictor, one_text=True).SerializeToString(), directory)
    ids_model.write_beside(predictor, directory)

    def compare(texts: Sequence[str]) -> Agreement:
        import openvino

        model = openvino.compile_model(directory / MODEL, "CPU", OPTIONS)
        output = ids_model.output_of(predictor)
        return ids_model.compare(predictor, texts, directory, lambda ids: model({"ids": ids})[output], one_text=True)

    return Written(
        title="an OpenVINO model",
        usage=_usage(),
        needs=" ".join(["openvino", *packages_of(vectorizer_of(predictor))]),
        interface=ids_model.interface(predictor, one_text=True),
        compare=compare,
        notes=(
            "A text without tokens is the row `[-1]`. Without the hint, OpenVINO computes in half precision on "
            "processors that can, and its answers are not those below.",
        ),
    )


def _save(serialized: bytes, directory: Path) -> None:
    import openvino

    model = openvino.Core().read_model(serialized)  # `convert_model` does the same and reports that it was used
    openvino.save_model(model, directory / MODEL, compress_to_fp16=False)


def _usage() -> str:
    return "\n".join(
        (
            "import runpy, numpy, openvino",
            f"ids = {loading(SCRIPT, 'Vectorizer')}.rows(['a text of your own'])",
            f"model = openvino.compile_model('model/{MODEL}', 'CPU', {OPTIONS})",
            "print(model({'ids': numpy.array(ids, 'int32')})[0])",
        )
    )
