"""The formats of `seqlab export` by name, with their help: what the command line needs to know before anything runs."""

from __future__ import annotations

from collections.abc import Mapping

from seqlab.errors import RequestError
from seqlab.text_format import quoted

FORMATS: Mapping[str, str] = {
    "saved_model": "TensorFlow: takes raw text; classifiers, regressions, language models and translators",
    "sklearn": "NumPy arrays and a script with scikit-learn's methods; bags of words",
    "sklearn_int8": "the same in 8 bits, if fewer than 0.1 % of the labels change",
    "word2vec": "word vectors as text",
}
"""Name → help. The modules are in `formats.py`."""


def refuse_unknown(name: str) -> None:
    """Raises RequestError for a name that is no format."""
    if name not in FORMATS:
        from seqlab.registry import did_you_mean  # imports pydantic, which `--help` does not need

        close = did_you_mean(name, list(FORMATS))
        raise RequestError(f"there is no format {quoted(name)}; {close}the formats are {', '.join(FORMATS)}")
