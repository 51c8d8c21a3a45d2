"""From a text to the ids of its tokens, as in training. Needs Python alone; for stems also `snowballstemmer`."""

import hashlib
import json
import re
import unicodedata
from pathlib import Path


class Vectorizer:
    """`folder` holds vectorizer.json."""

    def __init__(self, folder: str | Path) -> None:
        self.options = json.loads((Path(folder) / "vectorizer.json").read_text(encoding="utf-8"))
        self.numbers = {token: number for number, token in enumerate(self.options["tokens"], self.options["first_id"])}
        self.stem = str
        if self.options["stem"]:
            import snowballstemmer

            self.stem = snowballstemmer.stemmer(self.options["stem"]).stemWord

    def ids(self, text: str) -> list[int]:
        """The id of each token; a text without tokens has none."""
        return [self._id(token) for token in self.tokens(text)]

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

    def tokens(self, text: str) -> list[str]:
        """The words of the text, then its pairs of neighbors, and so on."""
        options, text = self.options, unicodedata.normalize("NFC", text)
        for pattern, new in options["before"]:
            text = re.sub(pattern, new, text)
        text = text.lower() if options["lower"] else text
        for pattern, new in options["after"]:
            text = re.sub(pattern, new, text)
        words = {"words": text.split(), "characters": list(text), "whole": [text] if text else []}[
            options["tokens_are"]
        ]
        words = [self.stem(word) for word in words if word not in options["removed"]]
        widths = range(1, options["ngrams"] + 1)
        return [" ".join(words[end - width : end]) for width in widths for end in range(width, len(words) + 1)]

    def decode(self, ids: list[int]) -> str:
        """The text of ids."""
        between = "" if self.options["tokens_are"] == "characters" else " "
        return between.join(self.options["tokens"][number - self.options["first_id"]] for number in ids)

    def _id(self, token: str) -> int:
        if buckets := self.options["hash_buckets"]:
            digest = hashlib.blake2b(token.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            return int(self.options["first_id"] + int.from_bytes(digest, "little") % buckets)
        return int(self.numbers.get(token, self.options["unknown"]))
