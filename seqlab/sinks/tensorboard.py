"""The directory `tensorboard/` of a run: curves, texts and vectors for `tensorboard --logdir runs`.

A split has a directory of its own, which TensorBoard shows as a run; the tags are the same in each (`loss`), so that
the curves of training and validation are in one chart. A failed write changes nothing about the training: it is said
once, and the next one begins a new file.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from seqlab import files, runtime
from seqlab.errors import SeqlabError, reason_of
from seqlab.sinks.event_file import EventFile, event_files
from seqlab.sinks.sink import Epoch
from seqlab.text_format import visible
from seqlab.vectors import WordVectors
from seqlab.vectors.write_vectors import write_vectors

TRAIN, VALIDATION, TEST = "train", "validation", "test"
LONGEST_TEXT = 50_000
"""Characters of a text: TensorBoard's page shows it whole."""
MOST_WORDS = 5000
"""Vectors in the projector, of the most frequent words: TensorBoard reads the tables of all runs when it starts."""
CONFIG = "projector_config.pbtxt"
"""The file that tells TensorBoard's projector of its tables."""


class TensorBoard:
    """Writes the events of a run. `say` gets one line if they cannot be written."""

    def __init__(self, directory: Path, say: Callable[[str], None]) -> None:
        self._directory, self._say, self._told = directory, say, False
        self._files: dict[str, EventFile] = {}
        self._step = 0

    def begin(self, config: str, epochs: Sequence[Epoch]) -> None:
        """A run begins, or continues after these epochs. `config`: in YAML."""
        with self._unhurt():
            continues = bool(event_files(self._directory / TRAIN))
            if not continues:
                self._file(TRAIN).text("config", as_code(config), step=0, time=time.time())
                for each in epochs:  # of a run that was begun without TensorBoard, or that continues a finished one
                    self._write_epoch(each)
            self._step = epochs[-1].step if epochs else 0
            for split in (TRAIN, VALIDATION) if continues else ():
                self._file(split)

    def epoch(self, epoch: Epoch) -> None:
        """An epoch ended."""
        with self._unhurt():
            self._write_epoch(epoch)
        self._step = epoch.step

    def result(self, result: Mapping[str, float], split: str, samples: Path, known: Collection[str]) -> None:
        """The training ended: the metrics of each split that no epoch has (`known`), and the samples of one split."""
        now = time.time()
        with self._unhurt():
            found = by_split({name: value for name, value in result.items() if name not in known})
            for name in (VALIDATION, TEST):
                if values := found.get(name):
                    self._file(name).scalars(values, step=self._step, time=now)
            self._file(split).text(
                "samples", as_code(samples.read_text(encoding="utf-8", errors="replace")), step=self._step, time=now
            )

    def projector(self, tables: Mapping[str, WordVectors]) -> None:
        """Word vectors, by the name of their table."""
        folder = self._directory / TRAIN  # the projector takes tables beside event files alone
        with self._unhurt():
            folder.mkdir(parents=True, exist_ok=True)
            for name, vectors in tables.items():
                (folder / f"{name}.metadata.tsv").unlink(missing_ok=True)  # of the same run, before it was resumed
                write_vectors(most_frequent(vectors), folder / f"{name}.tsv")
            files.write_text(folder / CONFIG, "".join(map(_embedding, tables)))

    def close(self) -> None:
        for each in self._files.values():
            with contextlib.suppress(OSError, runtime.tensorflow().errors.OpError):
                each.close()
        self._files.clear()

    def _write_epoch(self, epoch: Epoch) -> None:
        for split, values in by_split(epoch.metrics).items():
            self._file(split).scalars(values, step=epoch.step, time=epoch.time)

    def _file(self, split: str) -> EventFile:
        if split not in self._files:
            # Validation and training have epochs; what is scored once is written once.
            first = self._step + 1 if split in {TRAIN, VALIDATION} else 0
            self._files[split] = EventFile(self._directory / split, first)
        return self._files[split]

    @contextlib.contextmanager
    def _unhurt(self) -> Iterator[None]:
        try:
            yield
        except (OSError, SeqlabError, runtime.tensorflow().errors.OpError) as error:
            self.close()  # what follows a broken record would not be read
            if not self._told:
                reason = reason_of(error) if isinstance(error, OSError) else error
                self._say(f"cannot write {self._directory} ({reason}): training continues")
                self._told = True


def by_split(metrics: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """`validation.loss` → `loss` of `validation`. What is of no split, such as the learning rate, is of training."""
    found: dict[str, dict[str, float]] = {}
    for name, value in metrics.items():
        split, _, tag = name.partition(".")
        of_split = split in {TRAIN, VALIDATION, TEST}
        found.setdefault(split if of_split else TRAIN, {})[tag if of_split else name] = value
    return found


def as_code(text: str) -> str:
    """A text as a block of code in Markdown, in which its characters mean nothing."""
    shown = text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}\n…"
    return "\n".join(f"    {line}" for line in visible(shown, keep="\n\t").split("\n"))


def most_frequent(vectors: WordVectors) -> WordVectors:
    """The vectors of the first words: those of a vocabulary are in the order of their frequency."""
    return WordVectors(vectors.words[:MOST_WORDS], vectors.matrix[:MOST_WORDS])


def _embedding(name: str) -> str:
    lines = [f'tensor_name: "{name}"', f'tensor_path: "{name}.tsv"', f'metadata_path: "{name}.metadata.tsv"']
    return "embeddings {\n" + "".join(f"  {line}\n" for line in lines) + "}\n"
