"""The cells of defaults.py: which data, how much of it, which model, whose, and the record of those that are done."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from defaults_tables import table_config

SIZES, SEEDS = (500, 2_000, 8_000), (1, 2, 3)
OURS = "seqlab"
TRAINING_TO_VALIDATION = 4
"""A fourth as many examples validate as train."""
OPTIONS_OF_TRAINING = ("epochs", "batch_size")
"""What a network in PyTorch takes from seqlab's defaults besides its shape."""

Config = dict[str, Any]
Line = dict[str, Any]
"""A line of the record: the keys of a cell, `settings`, `figures`, and where and when they were found."""


@dataclass(frozen=True)
class Judged:
    """What is compared, and `floor`: what a model reaches that learned nothing of its input."""

    figure: str
    higher_is_better: bool
    floor: str
    shown: tuple[str, ...] = ()
    """Further figures in the table."""
    margin: float = 0.05
    """The share of the floor's loss by which a model must be better to have learned something."""


JUDGED = {
    "classification": Judged("test.accuracy", True, "the majority class"),
    "regression": Judged("test.mse", False, "the mean"),
    "language_model": Judged("test.loss", False, "the frequencies of characters"),
    "translation": Judged("test.loss", False, "the frequencies of words", ("test.bleu",)),
    "word_vectors": Judged("validation.loss", False, "the frequencies of words", margin=0.0),
}


@dataclass(frozen=True)
class Data:
    """A dataset. `peers`: model → what a user would try instead of it."""

    task: str
    name: str
    vectorizer: str | None
    peers: Mapping[str, tuple[str, ...]]
    take: Mapping[str, int] = field(default_factory=dict)
    """Split → how much of it is read, whatever the size; validation is a fourth of training otherwise."""
    unit: int = 1
    """How much of the data is an example."""
    samples: bool = True
    """Whether each seed has examples of its own."""
    table: bool = False
    """Whether it is a table that `defaults_tables` writes."""


PYTORCH, BIGRAMS, GENSIM = "PyTorch", "bigrams", "gensim"
LINEAR, FASTTEXT, FASTTEXT_25 = "tf-idf, logistic regression", "fastText", "fastText, 25 epochs"
REGRESSION, TREES = "linear regression", "gradient boosting"
OF_TEXTS = (LINEAR, FASTTEXT, FASTTEXT_25)
CLASSIFIERS = {
    "bag": (PYTORCH, *OF_TEXTS),
    "naive_bayes_bag": OF_TEXTS,
    "recurrent": (PYTORCH,),
    "separable_conv": (PYTORCH,),
    "transformer": (PYTORCH,),
}
LANGUAGE_MODELS = {"recurrent": (PYTORCH, BIGRAMS), "transformer": (PYTORCH, BIGRAMS)}
TRANSLATORS = {"recurrent_encoder_decoder": (PYTORCH,), "transformer": (PYTORCH,)}
DATA = {
    each.name: each
    for each in (
        Data("classification", "imdb", "words", CLASSIFIERS, {"test": 2_000}),
        Data("classification", "ag_news", "words", CLASSIFIERS, {"test": 2_000}),
        Data("regression", "synthetic", None, {"tabular": (REGRESSION, TREES)}),
        Data("regression", "friedman", None, {"tabular": (REGRESSION, TREES)}, table=True),
        Data("language_model", "shakespeare", "characters", LANGUAGE_MODELS, unit=100, samples=False),
        Data("translation", "spa_eng", "words", TRANSLATORS, {"test": 1_000}),
        Data("translation", "multi30k", "words", TRANSLATORS, {"test": 1_000}),
        Data("word_vectors", "tweets", "words", {"cbow": (GENSIM,), "skip_gram": (GENSIM,)}),
    )
}
OF_DATA = frozenset((*OF_TEXTS, BIGRAMS, REGRESSION, TREES))
"""Peers that are the same for all models of a dataset."""
PROGRAMS = {
    LINEAR: "with_scikit_learn.py",
    REGRESSION: "with_scikit_learn.py",
    TREES: "with_scikit_learn.py",
    FASTTEXT: "with_fasttext.py",
    FASTTEXT_25: "with_fasttext.py",
    GENSIM: "with_gensim.py",
    BIGRAMS: "bigrams.py",
}
NETWORKS = {
    "classification": "classifiers_with_pytorch.py",
    "language_model": "language_models_with_pytorch.py",
    "translation": "translators_with_pytorch.py",
}
TRANSFORMER = ("layers", "heads", "width", "feed_forward", "dropout")
SHAPES = {
    "bag": ("hidden", "dropout"),
    "recurrent": ("cell", "units", "layers", "embedding", "dropout"),
    "separable_conv": ("embedding", "filters", "kernel", "blocks", "dropout"),
    "transformer": TRANSFORMER,
    "recurrent_encoder_decoder": ("cell", "units", "layers", "embedding", "bidirectional", "dropout"),
}
"""Model → the options that a network of the same kind in PyTorch has as well."""


@dataclass(frozen=True)
class Cell:
    """One training. `model`: "" for what is the same for all models."""

    task: str
    data: str
    size: int
    model: str
    who: str
    seed: int

    @property
    def program(self) -> str:
        """The file in `benchmarks/defaults` that carries it out."""
        if self.who == OURS:
            return "ours.py"
        return NETWORKS[self.task] if self.who == PYTORCH else PROGRAMS[self.who]


def all_cells(
    tasks: Iterable[str], data: Iterable[str], models: Iterable[str], sizes: Iterable[int], seeds: Iterable[int]
) -> list[Cell]:
    """Those of the models chosen and of their peers; of a dataset, all of a size and a seed follow each other."""
    found: dict[Cell, None] = {}
    for name in data:
        source = DATA[name]
        chosen = [model for model in source.peers if model in models] if source.task in tasks else []
        for size in sizes:
            for seed in seeds:
                for model in chosen:
                    found |= dict.fromkeys(_of_model(source, model, size, seed))
    return list(found)


def _of_model(source: Data, model: str, size: int, seed: int) -> Iterator[Cell]:
    for who in (OURS, *source.peers[model]):
        yield Cell(source.task, source.name, size, "" if who in OF_DATA else model, who, seed)


def config_of(cell: Cell, model: str | None = None, folder: Path = Path()) -> Config:
    """What a user writes: task, data, vectorizer and model by name. `model`: another one than the cell's; `folder`: of
    its tables."""
    source = DATA[cell.data]
    config: Config = {
        "task": cell.task,
        "data": table_config(folder) if source.table else {"name": cell.data, **_taken(source, cell.size)},
        "model": model or cell.model,
        "runtime": {"seed": cell.seed},
    }
    if source.samples and not source.table:
        config["data"]["split_seed"] = cell.seed
    if source.vectorizer:
        config["vectorizer"] = source.vectorizer
    if cell.task == "translation":  # by greedy search, as the peers translate
        config["metrics"] = ["perplexity", {"name": "bleu", "beam_width": 1}]
    return config


def _taken(source: Data, size: int) -> Config:
    if source.name == "synthetic":
        return {"size": size * 7 // 5}  # five sevenths of them train
    train = size * source.unit
    return {"take": {"train": train, "validation": train // TRAINING_TO_VALIDATION, **source.take}}


def settings_of(cell: Cell) -> Config:
    """The defaults on which its figures depend: a cell of other settings is out of date."""
    if cell.who in OF_DATA:
        return {}
    defaults = _defaults(cell.task, cell.data, cell.model)
    if cell.who == OURS:
        return defaults
    model, training = defaults["model"], defaults["training"]
    if cell.who == GENSIM:
        return {"skip_gram": cell.model == "skip_gram"}
    window = {"window": training["window"]} if cell.task == "language_model" else {}
    shape = {name: model[name] for name in SHAPES[cell.model]}
    return {**shape, **{name: training[name] for name in OPTIONS_OF_TRAINING}, **window}


@cache
def _defaults(task: str, data: str, model: str) -> Config:
    return _resolved(config_of(Cell(task, data, SIZES[0], model, OURS, SEEDS[0])))


def _resolved(config: Mapping[str, Any]) -> Config:
    from seqlab.config import dump, load

    dumped = dump(load(config).experiment)
    return {section: dumped[section] for section in ("vectorizer", "model", "training")}


def is_current(line: Line) -> bool:
    """Whether a line was made with the present defaults. Options that are younger than it have theirs, unless runs
    without them had another network."""
    from seqlab.errors import SeqlabError
    from seqlab.tasks import TASKS

    cell = cell_of(line)
    if cell.data not in DATA or cell.who != OURS:
        return cell.data in DATA and bool(line["settings"] == settings_of(cell))
    given = {name: options for name, options in line["settings"].items() if options is not None}
    before = TASKS[cell.task].registries.models[cell.model].absent_before
    given["model"] = {**before, **given["model"]}
    try:
        return _resolved({**config_of(cell), **given}) == settings_of(cell)
    except SeqlabError:
        return False


def cell_of(line: Line) -> Cell:
    return Cell(**{name: line[name] for name in Cell.__dataclass_fields__})


def read_record(path: Path) -> dict[Cell, Line]:
    """The last line of each cell. A line that was cut off by a kill is left out."""
    found: dict[Cell, Line] = {}
    for text in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        found[cell_of(line)] = line
    return found


def add_to_record(path: Path, cell: Cell, found: Mapping[str, Any]) -> Line:
    line = {**asdict(cell), "settings": settings_of(cell), **found}
    path.parent.mkdir(parents=True, exist_ok=True)
    cut_off = path.is_file() and not path.read_bytes().endswith(b"\n")
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" * cut_off + json.dumps(line, ensure_ascii=False) + "\n")
    return line


def missing(cells: Sequence[Cell], record: Mapping[Cell, Line]) -> list[Cell]:
    """Those that are not on record, or not with the present defaults."""
    return [cell for cell in cells if cell not in record or not is_current(record[cell])]
