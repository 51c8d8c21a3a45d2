"""A report on runs: what they recorded, the texts from their data, and what only their models can tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from seqlab.comparison.compare import compare
from seqlab.data.records import SplitName
from seqlab.errors import RequestError, SeqlabError
from seqlab.experiment.load import load
from seqlab.experiment.loaded_run import LoadedRun
from seqlab.experiment.split_texts import ShownText, split_texts
from seqlab.progress import SILENT, Progress
from seqlab.reports.html import RunPage, read_run_page, render
from seqlab.reports.html.blocks import AttentionMap, Block, Chart, Note, Series
from seqlab.reports.html.compared import comparison_blocks
from seqlab.reports.html.run_section import splits_of
from seqlab.reports.vector_map import map_of
from seqlab.runs import Run
from seqlab.tasks import tasks_able_to

ATTENTION_MAPS = 8
LONGEST_MAP = 30
"""Tokens of a sentence whose attention is shown: a larger table cannot be read."""
MAPPED_WORDS = 150

Drawn = AttentionMap | Chart
Texts = dict[str, Mapping[str, ShownText]]
"""Hash of a split → its texts by content id: several runs have the same."""


def report(
    sides: Sequence[Sequence[Run]],
    *,
    split: SplitName | None = None,
    with_model: bool = True,
    plugins: Iterable[str] = (),
    progress: Progress = SILENT,
) -> str:
    """One HTML file about runs and groups of runs. What cannot be had, such as texts of data that are gone, is missing
    with a note.

    `sides`: what is compared, each a run or the runs of a group.
    `split`: whose predictions are shown; None: test, or validation if there is no test split. `with_model`: load the
    models too, for attention maps and maps of word vectors. Raises RequestError for a run that cannot be read.
    """
    known: Texts = {}
    pages = [[_page(run, split, known, with_model, tuple(plugins), progress) for run in side] for side in sides]
    return render(pages, list(_compared(sides, split, progress)) if len(sides) > 1 else ())


def _compared(sides: Sequence[Sequence[Run]], split: SplitName | None, progress: Progress) -> Iterator[Block]:
    try:
        yield from comparison_blocks(compare(sides, split=split, progress=progress))
    except RequestError as error:
        progress.say(f"There is no comparison: {error}")
        yield Note(f"There is no comparison: {error}")


def _page(
    run: Run, split: SplitName | None, known: Texts, with_model: bool, plugins: tuple[str, ...], progress: Progress
) -> RunPage:
    shown = split or next(iter(splits_of(run)), None)
    notes: list[str] = []
    texts: Mapping[str, ShownText] = {}
    drawn: list[Drawn] = []
    if shown is not None:
        try:
            fingerprint = str(run.section("data", "splits").get(shown))
            texts = known.get(fingerprint) or split_texts(run, shown, plugins=plugins, progress=progress)
            known[fingerprint] = texts
        except SeqlabError as error:
            notes.append(f"Texts are missing: {error}")
            progress.say(notes[-1])
    if with_model and run.weights_file.exists():
        try:
            drawn = list(_drawn(run, list(texts.values()), plugins, progress))
        except SeqlabError as error:
            notes.append(f"Nothing of the model is shown: {error}")
            progress.say(notes[-1])
    by_content = {content: each.text for content, each in texts.items()}
    return read_run_page(run, split=split, texts=by_content, notes=notes, drawn=drawn)


def _drawn(run: Run, texts: Sequence[ShownText], plugins: tuple[str, ...], progress: Progress) -> Iterator[Drawn]:
    """Attention of a translator's sentences, and a map of the most frequent words' vectors."""
    able = {name: run.section("config").get("task") in tasks_able_to(name) for name in ("translate", "word_vectors")}
    if not any(able.values()):
        return
    loaded = load(run, plugins=plugins, progress=progress)
    if able["translate"]:
        yield from _attention(loaded, texts)
    if able["word_vectors"]:
        yield from _word_maps(loaded, sides=("source", "target") if able["translate"] else (None,))


def _attention(loaded: LoadedRun, texts: Sequence[ShownText]) -> Iterator[AttentionMap]:
    short = islice(
        (each.text for each in texts if each.length is not None and each.length <= LONGEST_MAP), ATTENTION_MAPS
    )
    for number, found in enumerate(loaded.stream_translations(list(short)), 1):
        if found.hypotheses and any(map(any, found.hypotheses[0].attention)):
            best = found.hypotheses[0]
            rows, columns = [*best.tokens, "[END]"][: len(best.attention)], [*found.source_tokens, "[END]"]
            yield AttentionMap(f"Attention {number}: {best.text}", rows, columns, best.attention)


def _word_maps(loaded: LoadedRun, sides: Sequence[str | None]) -> Iterator[Chart]:
    for side in sides:
        try:
            found = map_of(loaded.word_vectors(side), "pca", words=None, top=MAPPED_WORDS)
        except RequestError:  # a model without such vectors, or with one word
            continue
        points = [(float(x), float(y)) for x, y in found.points]
        name = f"Words of the {side}" if side else "Words"
        series = [Series("words", points, labels=found.words)]
        yield Chart(f"{name}: {found.title}", "first component", "second component", series, kind="points")
