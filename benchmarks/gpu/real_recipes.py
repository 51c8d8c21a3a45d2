"""The recipes in their own shapes, on made data: as many words, as long texts, batches as large."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from small_recipes import OF_TRAINING, recipe

SIZES = {"classification": 1_000, "language_model": 60_000, "translation": 3_000, "word_vectors": 1_500}
"""Task → texts, words or pairs."""
WORDS = 30_000
"""More than the vocabularies of the recipes hold."""
LENGTHS = {"classification": 250, "translation": 16, "word_vectors": 200}
"""Task → the most words of a text, where the vectorizer has no bound that is lower."""
BATCHING = ("batch_size", "batch_tokens", "window", "shift", "buckets")
PRETRAINED_WIDTH = 50
"""Of the vectors that a recipe begins with, which are not at hand."""


def real_config(name: str, folder: Path) -> dict[str, Any]:
    """A recipe whose data are made up and lie in `folder`."""
    config = recipe(name)
    task, model, vectorizer = config["task"], config["model"], config.get("vectorizer")
    if isinstance(model.get("embedding"), dict) and model["embedding"]["pretrained"]:
        model["embedding"] = PRETRAINED_WIDTH
    model.pop("keep_ratio", None)  # of data with classes
    if "sample_words" in model:
        model["sample_words"] = ()
    training = {key: value for key, value in config["training"].items() if key in (*OF_TRAINING, *BATCHING)}
    real = {"task": task, "model": model, "training": training}
    if task == "regression":
        return {**real, "data": {"name": "synthetic"}}
    most = min((vectorizer or {}).get("max_length") or LENGTHS.get(task, 0), LENGTHS.get(task, 0))
    return {**real, "vectorizer": vectorizer, "data": made_data(task, folder / f"{task}-{most}", most)}


def made_data(task: str, folder: Path, most: int) -> dict[str, Any]:
    """A dataset of random words in files of `folder`, texts of up to `most` words: the section `data`."""
    folder.mkdir(parents=True, exist_ok=True)
    if task == "language_model":
        path = folder / "text.txt"
        path.write_text("\n".join(_texts(SIZES[task] // 10, 10)), encoding="utf-8")
        return {"name": "text_file", "path": str(path)}
    if task == "word_vectors":
        path = folder / "documents.txt"
        path.write_text("\n".join(_texts(SIZES[task], most)), encoding="utf-8")
        return {"name": "text_file", "path": str(path)}
    first, second = _texts(SIZES[task], most), _texts(SIZES[task], most, seed=1)
    if task == "translation":
        rows, columns = zip(first, second, strict=True), ("source", "target")
    else:
        rows, columns = ((text, ("yes", "no")[number % 2]) for number, text in enumerate(first)), ("text", "label")
    path = folder / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return {"name": "csv", "path": str(path)}


def _texts(count: int, most: int, seed: int = 0) -> Iterator[str]:
    """Texts of a quarter of the length or more; the shares of the words are those of Zipf's law, nearly."""
    generator = np.random.default_rng([seed, count, most])
    spelled = [_spelled(number) for number in range(WORDS)]
    shares = 1 / (np.arange(WORDS) + 50.0)
    for length in generator.integers(max(most // 4, 1), most + 1, count):
        yield " ".join(spelled[number] for number in generator.choice(WORDS, length, p=shares / shares.sum()))


def _spelled(number: int) -> str:
    """Letters only: some vectorizers leave out all else. The same number of them, so that none is a part of another."""
    letters = "".join(chr(ord("a") + number // 26**place % 26) for place in range(4))
    return f"{letters}e"
