"""From a text to the ids of its subwords, as in training, and back. Needs the package `tokenizers`."""

import json
from pathlib import Path

from tokenizers import Tokenizer


class Vectorizer:
    """`folder` holds tokenizer.json and vectorizer.json."""

    def __init__(self, folder: str | Path) -> None:
        self.options = json.loads((Path(folder) / "vectorizer.json").read_text(encoding="utf-8"))
        self.tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))

    def ids(self, text: str) -> list[int]:
        """The id of each subword; an empty text has none."""
        text = text.lower() if self.options["lower"] else text
        return [number + self.options["first_id"] for number in self.tokenizer.encode(text).ids]

    def rows(self, texts: list[str]) -> list[list[int]]:
        """The ids of each text in rows of the same length, at least 1, with -1 at the end of shorter ones.

        Raises ValueError for no texts: an empty batch ends the process of some runtimes.
        """
        rows = self.ids_of(texts)
        if not rows:
            raise ValueError("give at least one text: the list is empty")
        return self.padded(rows)

    def ids_of(self, texts: list[str]) -> list[list[int]]:
        """The ids of each text. Raises TypeError for anything but a list of texts."""
        if isinstance(texts, str | bytes):
            raise TypeError("give a list of texts, not one text")
        for number, text in enumerate(texts):
            if not isinstance(text, str):
                raise TypeError(f"give a list of texts: number {number} is a {type(text).__name__}")
        return [self.ids(text) for text in texts]

    def padded(self, rows: list[list[int]]) -> list[list[int]]:
        """Rows of ids as rows of the same length."""
        longest = max([1, *map(len, rows)])
        return [[*row, *[-1] * (longest - len(row))] for row in rows]

    def decode(self, ids: list[int]) -> str:
        """The text of ids."""
        own = [number - self.options["first_id"] for number in ids if number >= self.options["first_id"]]
        return str(self.tokenizer.decode(own))
