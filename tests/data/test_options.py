"""Every option of every dataset changes what a model reads, or is refused when the config is checked."""

import gzip
import json
import shutil
from pathlib import Path

import pytest
from archive_writers import write_tar

from seqlab.config import ConfigError, load
from seqlab.data.datasets import shakespeare, spa_eng
from seqlab.data.splits import load_splits
from seqlab.errors import RequestError
from seqlab.experiment.data_checks import refuse_unused_options
from seqlab.experiment.train import train
from seqlab.progress import SILENT
from seqlab.tasks import TASKS, Choices

CONFIGS = {
    "classification": {"vectorizer": {"name": "words", "standardize": "none"}, "model": "recurrent"},
    "language_model": {"vectorizer": "characters", "model": "recurrent"},
    "regression": {"vectorizer": {"name": "words", "standardize": "none"}, "model": "recurrent"},
    "translation": {"vectorizer": {"name": "words", "standardize": "none"}, "model": "recurrent_encoder_decoder"},
    "word_vectors": {"vectorizer": {"name": "words", "standardize": "none"}, "model": "skip_gram"},
}
WITHOUT_TEXT = {("regression", "synthetic"): {"model": "tabular"}}
"""Task and dataset → what the config has instead, for rows without a text."""
SIDES = ("source", "target")
TABLES = ("csv", "tsv", "jsonl", "parquet")
COLUMNS = {
    "classification": {"text": 2, "label": 1},
    "language_model": {"text": 2},
    "regression": {"text": 2, "label": 1},
    "translation": {"source": 0, "target": 2},
    "word_vectors": {"text": 2},
}
"""Task → the columns of its tables by number, for reading them without the header."""
FIRST_COLUMNS = {
    "classification": {"text": 0, "label": 1},
    "language_model": {"text": 0},
    "regression": {"text": 0, "label": 1},
    "translation": {"source": 0, "target": 1},
    "word_vectors": {"text": 0},
}
"""The same for reading them with either delimiter: what is between the first bars are a text and a label too."""

OF_OTHERS = {
    "ag_news": {"test"},
    "imdb": {"test"},
    "multi30k": {"validation", "test"},
    "parallel_text": {"path"},
    "shakespeare": {"validation", "test"},
    "spa_eng": {"validation", "test"},
    "synthetic": {"path", "validation", "test"},
}
"""Dataset → options that all datasets name and that this one does not have."""
UNUSED = {
    ("classification", "imdb", "unlabelled"),
    ("language_model", "shakespeare", "split_seed"),
    ("language_model", "shakespeare", "validation"),
    ("language_model", "text_file", "split_seed"),
}
"""Options that a dataset shares with others and that do nothing in it: `Component.unused_options` names them."""
OF_ANOTHER_MODEL = {("word_vectors", "imdb", "labels")}
"""Options that do nothing beside the models here; tests/data/datasets/test_documents.py reads them for another."""
FRACTIONS_ONLY = {
    ("imdb", "validation"),
    ("shakespeare", "validation"),
    ("ag_news", "validation"),
    ("tweets", "validation"),
    ("tweets", "test"),
}
"""Options that name no files: the splits of these datasets are cut from their own."""


def lacks(task, dataset, option):
    """Whether a dataset does not have an option that all datasets name. Documents have no test split."""
    return option in OF_OTHERS.get(dataset, ()) or (task == "word_vectors" and option == "test")


def every_option():
    for task in TASKS.values():
        for dataset in task.registries.datasets:
            for option in dataset.model_fields:
                if option != "name":
                    yield task.name, dataset.component_name(), option


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Two folders with the files of all datasets: of the same names and layouts, with other texts."""
    here, there = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("there")
    write_all(here, "red")
    write_all(there, "blue")
    return here, there


def write_all(folder, word):
    """In ASCII, which is read alike in most encodings; `~{VP~}` is a Chinese character in HZ (RFC 1843)."""
    texts = [f"{word} {number} ~{{VP~}}" for number in range(60)]
    write_tables(
        folder / "labelled",
        ["extra|a|", "label", "text", "kind"],
        [[f"more {text}|{'ab'[n % 2]}|", "cd"[n // 2 % 2], text, "ef"[n // 3 % 2]] for n, text in enumerate(texts)],
    )
    write_tables(  # its names are numbers, so that the header may be read as an example
        folder / "numbered",
        ["extra|3|", "7", "text", "8"],
        [[f"more {text}|{n % 2}|", str(n % 5), text, str(n % 3)] for n, text in enumerate(texts)],
    )
    write_tables(
        folder / "pairs",
        ["source|a|", "other", "target", "third"],
        [[f"one {text}|uno {text}|", f"two {text}", f"tres {text}", f"three {text}"] for text in texts],
    )
    write_published(folder, texts)
    (folder / "text.txt").write_text("\n".join(texts * 3), encoding="ascii")
    for number, text in enumerate(texts):
        write(folder / "folder" / "ab"[number % 2] / f"{number}.txt", text)
    for side in SIDES:
        write(folder / side, "".join(f"{side} {text}\n" for text in texts))


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="ascii")


def write_tables(path, header, rows):
    """A table in every format. The third cell of each row is in double quotes where there may be some."""
    for suffix, delimiter in ((".csv", ","), (".tsv", "\t")):
        lines = [delimiter.join((one, two, f'"{three}"', four)) for one, two, three, four in (header, *rows)]
        write(path.with_suffix(suffix), "\n".join(lines))
    write(path.with_suffix(".jsonl"), "".join(json.dumps(dict(zip(header, row, strict=True))) + "\n" for row in rows))
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:  # the tests of Parquet are skipped
        return
    columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    parquet.write_table(pyarrow.table(columns), path.with_suffix(".parquet"))


def write_published(folder, texts):
    for name, split in (("train.csv", texts), ("test.csv", [f"{text} tested" for text in texts])):
        lines = [f'"{n % 4 + 1}","title {text}","description {text}"\n' for n, text in enumerate(split)]
        write(folder / "ag_news" / name, "".join(lines))
    reviews = {f"train/unsup/{number}_0.txt": f"without a label {text}" for number, text in enumerate(texts)}
    for split in ("train", "test"):
        reviews |= {f"{split}/{['neg', 'pos'][n % 2]}/{n}_1.txt": f"{split} {text}" for n, text in enumerate(texts)}
    write_tar(folder / "imdb.tar.gz", {f"aclImdb/{name}": text.encode() for name, text in reviews.items()})
    for split in ("train", "val", "test_2016_flickr"):
        for language in ("de", "en"):
            lines = "".join(f"{language} {split} {text}\n" for text in texts)
            (folder / f"{split}.{language}.gz").write_bytes(gzip.compress(lines.encode()))
    tweets = [f'{number},{number % 2},"{text} tweeted"' for number, text in enumerate(texts)]
    write(folder / "tweets.csv", "\n".join(["id,label,tweet", *tweets]))
    write(folder / "spa.txt", "".join(f"one {text}\tuno {text}\n" for text in texts))
    write(folder / "shakespeare.txt", "\n".join(texts * 3))


def options_of(task, dataset, folder):
    """The least that a config says of a dataset: where the files are, and sizes with which the test is fast."""
    table = folder / {"translation": "pairs", "regression": "numbered"}.get(task, "labelled")
    match dataset:
        case "csv" | "tsv" | "jsonl" | "parquet":
            named = {"translation": {"source": "source|a|"}, "regression": {"label": "7"}}.get(task, {})
            return {"path": f"{table}.{dataset}", **named}
        case "synthetic":
            return {"size": 1000 if task == "language_model" else 100}
        case "parallel_text":
            return {"source": str(folder / "source"), "target": str(folder / "target")}
        case _:
            files = {"ag_news": "ag_news", "imdb": "imdb.tar.gz", "text_folder": "folder", "text_file": "text.txt"}
            files |= {"multi30k": "", "spa_eng": "spa.txt", "shakespeare": "shakespeare.txt"}
            files |= {"tweets": "tweets.csv"}
            return {"path": str(folder / files[dataset])}


def alternatives(task, dataset, there):
    """Option → other values of it: pairs of what changes, and what else both configs have."""
    other = options_of(task, dataset, there)
    by_number, by_bar = ({"header": False, **columns[task]} for columns in (COLUMNS, FIRST_COLUMNS))
    files = {side: str(there / side) for side in SIDES} if dataset == "parallel_text" else other.get("path", "file")
    takes = [20, {"train": 20}, {"validation": 2}, *([] if task == "word_vectors" else [{"test": 3}])]
    swapped = {"source": "english" if dataset == "multi30k" else "spanish"}
    swapped["target"] = {"english": "german", "spanish": "english"}[swapped["source"]]
    extra, kind = ("extra|3|", "8") if task == "regression" else ("extra|a|", "kind")
    return {
        "path": [({"path": other.get("path", "file")}, {})],
        "take": [({"take": take}, {}) for take in takes],
        "validation": [({"validation": 0.3}, {}), ({"validation": files}, {})],
        "test": [({"test": 0.3}, {}), ({"test": files}, {})],
        "split_seed": [({"split_seed": 7}, {})],
        "size": [({"size": 2000}, {})],
        "fields": [({"fields": field}, {}) for field in ("title", "description")],
        "unlabelled": [({"unlabelled": True}, {})],
        "labels": [({"labels": True}, {})],
        "split": [({"split": "90_10"}, {})],
        "encoding": [({"encoding": "hz"}, {})],
        "header": [(by_number, {})],
        "delimiter": [({"delimiter": "|"}, by_bar)],
        "quotes": [({"quotes": False}, by_number)],
        "text": [({"text": extra}, {}), ({"text": ["text", extra]}, {})],
        "label": [({"label": kind}, {})],
        "features": [({"features": {"text": "text", "categories": [kind]}}, {})],
        **{
            side: [({side: "third"} if dataset in TABLES else {side: other[side]} if side in other else swapped, {})]
            for side in SIDES
        },
    }


@pytest.fixture(autouse=True)
def _small_splits(monkeypatch):
    """The fixed sizes of published splits, for files of a few lines."""
    monkeypatch.setattr(shakespeare, "COURSE", (1000, 1500))
    monkeypatch.setattr(spa_eng, "HELD_OUT", {"validation": 5, "test": 5})


def config_of(task, dataset):
    return WITHOUT_TEXT.get((task, dataset), CONFIGS[task])


def effect(task, dataset, options, *, stored=False):
    """All splits as the model reads them, and what their ids mean. `stored`: the config is that of a run."""
    given = {"task": task, **config_of(task, dataset), "data": {"name": dataset, **options}}
    experiment = load(given, trusted=not stored).experiment
    splits = load_splits.load(experiment.data).splits
    choices = Choices(experiment.data, experiment.vectorizer, experiment.model)
    fitted = TASKS[task].fit(choices, splits["train"], SILENT)
    stores = {split: fitted.encode(records, SILENT) for split, records in splits.items()}
    columns = {
        split: {name: as_list(column) for name, column in store.columns.items()} for split, store in stores.items()
    }
    tokens = [list(vectorizer.vocabulary.tokens) for vectorizer in fitted.vectorizers.values()]
    labels = sorted(set(splits["train"].columns.get("label", ())))
    return columns, tokens, labels


def as_list(column):
    return [row.tolist() for row in column] if hasattr(column, "offsets") else column.tolist()


def refusals(task, dataset, options):
    """Key path → message of what the check of the config refuses."""
    try:
        load({"task": task, **config_of(task, dataset), "data": {"name": dataset, **options}})
    except ConfigError as error:
        return {problem.path: problem.message for problem in error.problems}
    return {}


def test_every_option_has_another_value():
    """And no value is left of an option that is gone."""
    names = {option for *_, option in every_option()}
    assert alternatives("classification", "synthetic", Path()).keys() == names
    assert {(task, dataset, option) for task, dataset, option in every_option()} >= UNUSED


@pytest.mark.parametrize(("task", "dataset", "option"), list(every_option()))
def test_an_option_changes_what_is_read_or_is_refused(task, dataset, option, folders):
    if dataset == "parquet":
        pytest.importorskip("pyarrow")
    here, there = folders
    given = options_of(task, dataset, here)
    for changed, beside in alternatives(task, dataset, there)[option]:
        before, after = {**given, **beside}, {**given, **beside, **changed}
        names_files = isinstance(changed.get(option), str)
        if lacks(task, dataset, option) or (names_files and (dataset, option) in FRACTIONS_ONLY):
            assert refusals(task, dataset, after).keys() == {f"data.{option}"}
        elif (task, dataset, option) in UNUSED | OF_ANOTHER_MODEL:
            assert refusals(task, dataset, after)[f"data.{option}"].startswith("has no effect: ")
        else:
            assert effect(task, dataset, after) != effect(task, dataset, before)


@pytest.mark.parametrize(("task", "dataset", "option"), sorted(UNUSED))
def test_what_is_refused_has_no_effect_in_a_stored_run(task, dataset, option, folders):
    given = options_of(task, dataset, folders[0])
    for changed, _ in alternatives(task, dataset, folders[1])[option]:
        if (dataset, option) in FRACTIONS_ONLY and isinstance(changed[option], str):
            continue
        assert effect(task, dataset, {**given, **changed}, stored=True) == effect(task, dataset, given)


@pytest.mark.parametrize(("task", "dataset"), sorted({(task, dataset) for task, dataset, _ in every_option()}))
def test_where_the_same_files_are_changes_nothing(task, dataset, folders, tmp_path):
    if dataset == "parquet":
        pytest.importorskip("pyarrow")
    moved = shutil.copytree(folders[0], tmp_path / "moved")
    before, after = (options_of(task, dataset, folder) for folder in (folders[0], moved))
    assert before != after or dataset == "synthetic"
    assert effect(task, dataset, before) == effect(task, dataset, after)


def test_a_part_of_a_split_that_is_not_there_is_refused():
    ((path, message),) = refusals("word_vectors", "synthetic", {"take": {"train": 5, "test": 5}}).items()
    assert (path, message.partition(";")[0]) == ("data.take.test", "has no effect: the data have no test split")
    assert refusals("word_vectors", "synthetic", {"take": 5}) == {}


@pytest.mark.parametrize("split", ["validation", "test"])
def test_a_share_of_nothing_is_refused(split):
    """`proportional` is a share of what `take.train` keeps."""
    take = {split: "proportional"}
    ((path, message),) = refusals("classification", "synthetic", {"take": take}).items()
    assert (path, message.partition(":")[0]) == (f"data.take.{split}", "has no effect")
    assert refusals("classification", "synthetic", {"take": {"train": 5, **take}}) == {}
    small = {"size": 200}
    stored = effect("classification", "synthetic", {**small, "take": take}, stored=True)
    assert stored == effect("classification", "synthetic", small)


def test_a_share_of_a_folder_with_official_splits_is_refused(folders, tmp_path):
    """Only the files tell that it has no effect: it is refused before there is a run."""
    for split in ("train", "test"):
        shutil.copytree(folders[0] / "folder", tmp_path / "texts" / split)
    read = {"path": str(tmp_path / "texts")}
    given = {"task": "classification", **CONFIGS["classification"], "data": {"name": "text_folder", **read}}
    other = {"test": 0.3}
    assert effect("classification", "text_folder", {**read, **other}) == effect("classification", "text_folder", read)
    with pytest.raises(RequestError, match=r"^data\.test has no effect: .*test is the official test split; remove it"):
        train(load(given, ["data.test=0.3"]), tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
    for allowed in ({}, {"validation": 0.3}, {"test": str(folders[1] / "folder")}):
        refuse_unused_options(load({**given, "data": {"name": "text_folder", **read, **allowed}}).experiment.data)
