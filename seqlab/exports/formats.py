"""The formats and their modules. To add one, write a module with `write`, add it here and to `format_names.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from seqlab.exports import litert, numpy_bag, onnx_model, openvino_model, saved_model, word_vectors
from seqlab.exports.format_names import FORMATS
from seqlab.exports.written import Written

if TYPE_CHECKING:
    from seqlab.experiment.loaded_run import LoadedRun

Write = Callable[["LoadedRun", Path], Written]
"""(a run, an empty folder) → what was written into it. Raises RequestError for a run that the format cannot hold."""

WRITERS: Mapping[str, Write] = dict(
    zip(
        FORMATS,
        (
            saved_model.write,
            numpy_bag.write,
            numpy_bag.write_rounded,
            onnx_model.write,
            litert.write,
            openvino_model.write,
            word_vectors.write,
        ),
        strict=True,
    )
)
