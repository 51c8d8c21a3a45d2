"""A bag of words or n-grams in NumPy, with the methods of a scikit-learn classifier or regressor."""

import runpy
from pathlib import Path

import numpy as np

# Not imported by its name, which the scripts of other exports have too.
Vectorizer = runpy.run_path(str(Path(__file__).with_name("vectorizer.py")))["Vectorizer"]


class Bag:
    """`folder` holds weights.npz, vectorizer.json and vectorizer.py."""

    def __init__(self, folder: str | Path) -> None:
        self.vectorizer = Vectorizer(folder)
        with np.load(Path(folder) / "weights.npz", allow_pickle=False) as arrays:
            self.arrays = {name: arrays[name] for name in arrays.files}
        self.classes_ = self.arrays.get("classes")

    def predict(self, texts: list[str]) -> np.ndarray:
        """The label of each text, "" for a text without words; of a regression its number."""
        if self.classes_ is None:
            numbers: np.ndarray = self.logits(texts)[:, 0] * self.arrays["deviation"] + self.arrays["mean"]
            return numbers
        rows = self.predict_proba(texts)
        return np.where(np.isfinite(rows).all(axis=1), self.classes_[rows.argmax(axis=1)], "")

    def predict_proba(self, texts: list[str]) -> np.ndarray:
        """(texts, classes); not a number for a text without words."""
        logits = self.logits(texts)
        if logits.shape[1] == 1:
            logits = np.hstack([np.zeros_like(logits), logits])
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        normalized: np.ndarray = shares / shares.sum(axis=1, keepdims=True)
        return normalized

    def logits(self, texts: list[str]) -> np.ndarray:
        """(texts, outputs): sums of a row per token."""
        outputs = np.array([self._sum(ids) for ids in self.vectorizer.ids_of(texts)])
        outputs = outputs.reshape(len(texts), self.arrays["table"].shape[1])
        if "kernel" in self.arrays:
            outputs = np.maximum(outputs, 0) @ self.arrays["kernel"].astype(float) + self.arrays["kernel_bias"]
        return outputs

    def _sum(self, ids: list[int]) -> np.ndarray:
        found, counts = np.unique(ids or [self.vectorizer.options["unknown"]], return_counts=True)
        counts = np.minimum(counts, 1) if self.vectorizer.options["output"] == "multi_hot" else counts
        weights = counts * self.arrays["token_weights"][found]
        rows = self.arrays["table"][found] * self.arrays["scale"].astype(float)
        total: np.ndarray = weights @ rows + self.arrays["bias"]
        return total if ids else np.full_like(total, np.nan)
