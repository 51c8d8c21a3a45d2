"""`seqlab neighbors` and `seqlab analogy`: questions to the word vectors of a run or a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from seqlab.cli.arguments import RUN_HELP, AsJson, Plugins, RunsDirectory, note_which
from seqlab.cli.completion import complete_run, complete_vectors
from seqlab.cli.console import print_json, print_line, print_note
from seqlab.cli.progress import terminal_progress
from seqlab.cli.texts import is_interactive, process_texts
from seqlab.errors import RequestError
from seqlab.runs.references import IN_CONFIGS
from seqlab.text_format import counted, quoted, verb

if TYPE_CHECKING:
    from seqlab.vectors import Metric, Neighbor, WordVectors

commands = typer.Typer()

DEFAULT_TOP = 10
SHOWN = 5
"""Words that a note names."""

RunOfVectors = Annotated[
    str | None,
    typer.Option(
        "--run",
        metavar="RUN",
        help=f"{RUN_HELP}  \\[default: the latest finished run with word vectors]",
        show_default=False,
        autocompletion=complete_run,
    ),
]
VectorsOption = Annotated[
    str | None,
    typer.Option(
        "--vectors",
        metavar="NAME|FILE",
        help="Published vectors (glove_6b_50d, 100d, 200d, 300d), or a file: GloVe, word2vec, fastText (.vec) or .npz.",
        show_default=False,
        autocompletion=complete_vectors,
    ),
]
Side = Annotated[Literal["source", "target"] | None, typer.Option(help="The side of a translation run.")]
MatrixOption = Annotated[
    Literal["input", "output"] | None,
    typer.Option(
        help="input: the embedding; output: the rows that give the logits of tokens.  \\[default: input]",
        show_default=False,
    ),
]
MetricOption = Annotated[
    Literal["cosine", "euclidean"],
    typer.Option(help="cosine: similarity, the largest first; euclidean: distance, the smallest first."),
]
Top = Annotated[int, typer.Option(min=1, help="Number of words to show.")]


@dataclass(frozen=True)
class VectorsRequest:
    """Where the vectors come from: a run, or a file."""

    run: str | None
    vectors: str | None
    side: Literal["source", "target"] | None
    matrix: Literal["input", "output"] | None
    runs_dir: Path
    plugins: list[str]

    def read(self) -> WordVectors:
        """Raises RequestError for a run and a file, and for options of a run with a file."""
        if self.vectors is None:
            return self._of_run()
        self._refuse_options_of_run()
        from seqlab.vectors.published import load_vectors

        return load_vectors(self.vectors, progress=terminal_progress())

    def file(self) -> Path | None:
        """The file that is read, which nothing may overwrite; None for a run. Raises RequestError as `read`."""
        if self.vectors is None:
            return None
        self._refuse_options_of_run()
        from seqlab.vectors.published import find_vectors

        return find_vectors(self.vectors, terminal_progress())

    def _refuse_options_of_run(self) -> None:
        if self.vectors is not None and self.vectors.startswith(IN_CONFIGS):
            run = self.vectors.removeprefix(IN_CONFIGS)
            raise RequestError(f"--vectors {self.vectors}: for the vectors of a run, --run {run}")
        given = {"--run": self.run, "--side": self.side, "--matrix": self.matrix}
        if unused := [option for option, value in given.items() if value is not None]:
            raise RequestError(f"{' and '.join(unused)}: that is of a run, and --vectors is a file; remove one of them")

    def _of_run(self) -> WordVectors:
        from seqlab import experiment

        reference = self.run or "latest"
        found = note_which(experiment.find(reference, self.runs_dir, able_to="word_vectors"), reference, self.runs_dir)
        loaded = experiment.load(found, plugins=self.plugins, progress=terminal_progress())
        try:
            return loaded.word_vectors(self.side, self.matrix or "input")
        except RequestError as error:
            hint = "" if self.run else " (the latest one that may have word vectors; --run RUN names another)"
            raise RequestError(f"run {found.id}{hint}: {error}") from error


@commands.command()
def neighbors(
    runs_dir: RunsDirectory,
    plugins: Plugins,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="WORD",
            default_factory=list,
            show_default=False,
            help="Words, or tokens such as 'not bad'; - reads one per line from stdin.",
        ),
    ],
    run: RunOfVectors = None,
    vectors: VectorsOption = None,
    side: Side = None,
    matrix: MatrixOption = None,
    metric: MetricOption = "cosine",
    top: Top = DEFAULT_TOP,
    as_json: AsJson = False,
) -> None:
    """Show the words with the nearest vectors, and how near they are.

    A line is a word and its score. For several words, and for those of stdin, it begins with the word that was asked.
    Without words, a prompt asks for them.
    """
    found = VectorsRequest(run, vectors, side, matrix, runs_dir, plugins).read()
    _note_left_out(found, words, metric)

    def answer(word: str) -> list[Neighbor]:
        nearest = found.neighbors(word, top=top, metric=metric)
        _note_unusual(found, [word], metric)
        return nearest

    _answer(words, answer, as_json, metric, "a word")


@commands.command()
def analogy(
    runs_dir: RunsDirectory,
    plugins: Plugins,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="A B C",
            default_factory=list,
            show_default=False,
            help="Three words; - reads three per line from stdin.",
        ),
    ],
    run: RunOfVectors = None,
    vectors: VectorsOption = None,
    side: Side = None,
    matrix: MatrixOption = None,
    metric: MetricOption = "cosine",
    top: Top = DEFAULT_TOP,
    as_json: AsJson = False,
) -> None:
    """Show what C is to, as A is to B: the words nearest to B - A + C.

    `seqlab analogy man king woman` asks what is to a woman what a king is to a man. The three words themselves are
    left out.
    """
    if words not in ([], ["-"]) and len(words) != 3:
        raise RequestError(f"an analogy has three words, got {len(words)}: seqlab analogy man king woman")
    found = VectorsRequest(run, vectors, side, matrix, runs_dir, plugins).read()
    _note_left_out(found, words, metric)
    asked = [" ".join(words)] if len(words) == 3 else words
    three = words if len(words) == 3 else None

    def answer(line: str) -> list[Neighbor]:
        a, b, c = three or _three_words(line)
        nearest = found.analogy(a, b, c, top=top, metric=metric)
        _note_unusual(found, [a, b, c], metric)
        return nearest

    _answer(asked, answer, as_json, metric, "three words, such as man king woman,")


def _note_unusual(vectors: WordVectors, words: list[str], metric: Metric) -> None:
    """Say which words training never had, of which only models with subwords have vectors, and which are all zeros."""
    for word in words:
        if metric == "cosine" and not vectors.vector(word).any():
            print_note(f"the vector of '{word}' is all zeros: it has no direction, and its cosine with any word is 0")
        if word not in vectors:
            print_note(f"'{word}' is not in the vocabulary: its vector is made from its character n-grams")
    if len({vectors.row(word) for word in words if word in vectors}) == len(vectors):
        print_note("there is no other word, and so no answer")


def _note_left_out(vectors: WordVectors, words: list[str], metric: Metric) -> None:
    """Say which words cannot be answers for want of a direction, without those that are asked."""
    if metric != "cosine" or not (left_out := [word for word in vectors.without_direction if word not in words]):
        return
    have = f"{verb(len(left_out), 'has', 'have')} a vector of zeros, which has no direction"
    print_note(f"{counted(len(left_out), 'other word')} {have}: left out of the answers ({_some(left_out)})")


def _three_words(line: str) -> list[str]:
    words = line.split("\t") if "\t" in line else line.split()
    if len(words) != 3:
        raise RequestError(f"an analogy has three words, got {len(words)}: '{line}'")
    return words


def _answer(
    asked: list[str], answer: Callable[[str], list[Neighbor]], as_json: bool, metric: Metric, wanted: str
) -> None:
    """Print the answers to the questions that are arguments, lines of stdin, or typed at a prompt for what is `wanted`.

    Of several questions, one that has no answer is noted and does not keep the others from theirs. Raises RequestError
    for it at the end.
    """
    at_prompt, is_argument = not asked and is_interactive(), bool(asked) and asked != ["-"]
    only_one = is_argument and len(asked) == 1
    with_question = not at_prompt and not only_one

    def process(questions: Iterable[str]) -> None:
        refused: list[str] = []

        def answers() -> Iterator[tuple[str, list[Neighbor]]]:
            for question in questions:
                if not question and not is_argument:
                    continue
                try:
                    yield question.replace("\t", " "), answer(question)
                except RequestError as error:
                    if only_one:
                        raise
                    print_note(str(error))
                    refused.append(question)

        if as_json:
            print_json(
                [_fields(question, each, with_question, metric) for question, found in answers() for each in found]
            )
        else:
            for question, found in answers():
                for each in found:
                    print_line(*([question] if with_question else []), each.word, _score_text(each.score, metric))
        if refused and not at_prompt:
            unanswered = counted(len(refused), "question")
            raise RequestError(f"{unanswered} {verb(len(refused), 'has', 'have')} no answer: {_some(refused)}")

    process_texts(asked, None, process, wanted=wanted)


def _some(questions: Sequence[str]) -> str:
    return ", ".join(map(quoted, questions[:SHOWN])) + (", …" if len(questions) > SHOWN else "")


def _score_text(score: float, metric: Metric) -> str:
    """A distance may be of any size."""
    return f"{score:.4f}" if metric == "cosine" or 1e-3 <= score < 1e9 else f"{score:.4g}"


def _fields(question: str, neighbor: Neighbor, with_question: bool, metric: Metric) -> dict[str, str | float]:
    score = neighbor.score
    fields: dict[str, str | float] = {"query": question} if with_question else {}
    return {**fields, "word": neighbor.word, "score": score if metric != "cosine" and score < 1e-3 else round(score, 6)}
