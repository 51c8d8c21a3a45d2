"""The formats of `seqlab export` by name, with their help: what the command line needs to know before anything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec

from seqlab.errors import RequestError
from seqlab.text_format import quoted, verb

FORMATS: Mapping[str, str] = {
    "saved_model": "TensorFlow: takes raw text; classifiers, regressions, language models and translators",
    "sklearn": "NumPy arrays and a script with scikit-learn's methods; bags of words",
    "sklearn_int8": "the same in 8 bits, if fewer than 0.1 % of the labels change",
    "onnx": "onnxruntime: takes the ids of tokens, which a script beside it makes; classifiers and regressions",
    "litert": "LiteRT (TensorFlow Lite), a text at a time; classifiers and regressions",
    "openvino": "OpenVINO, a text at a time; classifiers and regressions",
    "word2vec": "word vectors as text",
}
"""Name → help. The modules are in `formats.py`."""

PACKAGES: Mapping[str, Sequence[str]] = {
    "onnx": ("onnx", "onnxruntime"),
    "litert": ("ai_edge_litert",),
    "openvino": ("onnx", "openvino"),
}
"""Format → what has to be importable to write and compare it: the extra of the same name installs it."""


def chosen_format(name: str | None) -> str:
    """The format that a user names. Raises RequestError for none, and for a name that is no format."""
    if name is None:
        raise RequestError(f"--format is missing: the formats are {', '.join(FORMATS)}")
    refuse_unknown(name)
    return name


def refuse_unknown(name: str) -> None:
    """Raises RequestError for a name that is no format."""
    if name not in FORMATS:
        from seqlab.registry import did_you_mean  # imports pydantic, which `--help` does not need

        close = did_you_mean(name, list(FORMATS))
        raise RequestError(f"there is no format {quoted(name)}; {close}the formats are {', '.join(FORMATS)}")


def refuse_without_packages(name: str) -> None:
    """Raises RequestError for a format whose packages are not installed."""
    missing = [package for package in PACKAGES.get(name, ()) if find_spec(package) is None]
    if missing:
        raise RequestError(
            f"the format {name} needs {' and '.join(missing)}, which {verb(len(missing), 'is', 'are')} not installed: "
            f"pip install 'seqlab[{name}]'"
        )
