"""How alike texts are: the cosine of their vectors, by a run or by a sentence encoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqlab.encoders import find_encoder
from seqlab.encoders.find_encoder import is_handle
from seqlab.encoders.packages import PACKAGES
from seqlab.encoders.text_encoder import encode
from seqlab.encoders.trust import name_source
from seqlab.errors import RequestError
from seqlab.experiment.loaded_run import LoadedRun
from seqlab.progress import Progress
from seqlab.registry import absolute_below
from seqlab.tasks import TASKS
from seqlab.tasks.task import lacks_capability
from seqlab.text.untrained import is_hardly_known
from seqlab.text_format import quoted

CAPABILITY = "text_vectors"


def vectors_of_run(loaded: LoadedRun, texts: Sequence[str]) -> np.ndarray:
    """(texts, width) float32. Raises RequestError for a run without vectors of texts."""
    if CAPABILITY not in TASKS[loaded.experiment.task].capabilities:
        raise RequestError(lacks_capability(loaded.run.id, loaded.experiment.task, CAPABILITY))
    vectors: np.ndarray = loaded.predictor.text_vectors(texts)  # type: ignore[attr-defined]  # a capability
    return vectors


def hardly_known(loaded: LoadedRun, texts: Sequence[str]) -> list[str]:
    """The texts of which most tokens are unknown to a run: their vectors say little of them."""
    vectorizer = loaded.task.vectorizers.get("text")
    return [] if vectorizer is None else [text for text in texts if is_hardly_known(text, vectorizer)]


def vectors_of_encoder(source: str, texts: Sequence[str], progress: Progress) -> np.ndarray:
    """(texts, width) float32. `source`: as in a config, a path relative to the current folder. The user names it."""
    located = source if source in PACKAGES or is_handle(source) else absolute_below(".", source)
    name_source(located)
    return encode(find_encoder(located).load(), source, texts, progress)


def cosines(vectors: np.ndarray, texts: Sequence[str]) -> np.ndarray:
    """(texts, texts) float64. Raises RequestError for a text whose vector is zero: it has no direction."""
    vectors = vectors.astype(np.float64)
    lengths = np.linalg.norm(vectors, axis=1)
    if not lengths.all():
        text = texts[int(np.flatnonzero(lengths == 0)[0])]
        raise RequestError(f"the vector of {quoted(text)} is zero: it is like no text; leave it out")
    units = vectors / lengths[:, None]
    similarities: np.ndarray = np.clip(units @ units.T, -1, 1)
    return similarities
