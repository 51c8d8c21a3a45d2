"""`seqlab data`: what exists, where it comes from, what is in it."""

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Invoke = Callable[..., Result]


@pytest.fixture(autouse=True)
def _empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path / "cache"))


def test_list(invoke: Invoke) -> None:
    lines = {line.split(":")[0]: line for line in invoke("data", "list").stdout.splitlines()}
    assert "embedded" in lines["synthetic"]
    assert "your own" in lines["csv"]
    assert "not downloaded" in lines["imdb"]
    assert "your own" in lines["parallel_text"]
    assert {"spa_eng", "multi30k"} <= set(lines)


def test_show_the_embedded_data(invoke: Invoke) -> None:
    shown = invoke("data", "show", "synthetic").stdout.splitlines()
    assert shown[0] == "the dataset is embedded and has no files"
    assert shown[2].split() == ["split", "examples", "mean", "length", "negative", "positive"]
    assert [line.split()[0] for line in shown[3:6]] == ["train", "validation", "test"]
    assert shown[7].startswith(("positive: ", "negative: "))
    assert any(line.startswith("licence: ") for line in shown)


def test_show_pairs(invoke: Invoke, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A pair on a line, and the length of either side; a sentence cannot steer the terminal."""
    texts = {"de": "kurz [b]\x1b[0m", "en": "rather longer"}
    for split in ("train", "val", "test_2016_flickr"):
        for language, text in texts.items():
            path = tmp_path / "shelf" / "multi30k" / f"{split}.{language}.gz"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(gzip.compress("".join(f"{text} {split}{n}\n" for n in range(6)).encode()))
    monkeypatch.setenv("SEQLAB_DATA_DIR", str(tmp_path / "shelf"))
    shown = invoke("data", "show", "multi30k").stdout.splitlines()
    table = next(number for number, line in enumerate(shown) if line.startswith("split"))
    assert shown[table].split() == ["split", "examples", "mean", "source", "length", "mean", "target", "length"]
    assert [line.split() for line in shown[table + 1 : table + 4]] == [
        ["train", "6", "19", "20"],
        ["validation", "6", "17", "18"],
        ["test", "6", "30", "31"],
    ]
    pairs = shown[table + 5 : table + 10]
    assert len(set(pairs)) == 5
    for pair in pairs:
        source, target = pair.split(" → ")
        assert source.removeprefix(r"kurz [b]\x1b[0m ") == target.removeprefix("rather longer ")
    assert "multi30k: train has 6 of the 29,000 published pairs: say so with every metric" in shown


def test_show_what_a_config_names(invoke: Invoke) -> None:
    rows = [f"text {number} [b]\x1b[0m,{'ab'[number % 2]}" for number in range(40)]
    Path("mine.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    config = "task: classification\ndata: {name: csv, path: mine.csv}\nvectorizer: words\nmodel: bag\n"
    Path("mine.yaml").write_text(config, encoding="utf-8")
    result = invoke("data", "show", "mine.yaml", "data.take=10")
    assert result.exit_code == 0
    assert "mine.csv" in result.stdout
    assert r"[b]\x1b[0m" in result.stdout
    assert any(line.split()[:2] == ["train", "10"] for line in result.stdout.splitlines())


def test_paths_and_checksums_are_whole(invoke: Invoke, tmp_path: Path) -> None:
    rows = [f"text {number},{'ab'[number % 2]}" for number in range(40)]
    Path("mine.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    config = "task: classification\ndata: {name: csv, path: mine.csv}\nvectorizer: words\nmodel: bag\n"
    Path("mine.yaml").write_text(config, encoding="utf-8")
    path, about, checksum = invoke("data", "show", "mine.yaml").stdout.splitlines()[:3]
    assert path == str(tmp_path / "mine.csv")
    assert about == f"    {Path('mine.csv').stat().st_size} bytes, no published checksum"
    assert checksum == f"    sha256 {hashlib.sha256(Path('mine.csv').read_bytes()).hexdigest()}"


def test_the_first_batch_of_a_config(invoke: Invoke) -> None:
    rows = [f"text {number},{'ab'[number % 2]}" for number in range(40)]
    Path("mine.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    config = "task: classification\ndata: {name: csv, path: mine.csv}\nvectorizer: words\nmodel: bag\n"
    Path("mine.yaml").write_text(config, encoding="utf-8")
    lines = invoke("data", "show", "mine.yaml", "--batch", "training.batch_size=4").stdout.splitlines()
    assert lines[0].split() == ["tensor", "shape", "dtype"]
    assert ["targets", "(4,)", "int32"] in [line.split() for line in lines]
    text = next(line for line in lines if line.startswith("text: "))
    label = next(line for line in lines if line.startswith("label: "))
    assert f"{text.removeprefix('text: ')},{label.removeprefix('label: ')}" in rows
    assert next(line for line in lines if line.startswith("tokenized: text | "))


def test_the_first_batch_reads_the_data_once(invoke: Invoke, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from seqlab.experiment import inspect_data, prepare_data

    reads: list[object] = []
    real = inspect_data.load

    def counting(*arguments: object) -> object:
        reads.append(arguments)
        return real(*arguments)  # type: ignore[arg-type]

    for module in (inspect_data, prepare_data):
        monkeypatch.setattr(module, "load", counting)
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path / "empty"))
    assert invoke("data", "show", "quickstart", "--batch", "data.size=200").exit_code == 0
    assert len(reads) == 1


def test_the_first_batch_of_a_language_model(invoke: Invoke) -> None:
    Path("mine.txt").write_text("abcdefgh\n" * 500, encoding="utf-8")
    config = "task: language_model\ndata: {name: text_file, path: mine.txt}\nvectorizer: characters\nmodel: recurrent\n"
    Path("mine.yaml").write_text(config, encoding="utf-8")
    result = invoke("data", "show", "mine.yaml", "--batch", "training.window=8", "training.batch_size=4")
    lines = result.stdout.splitlines()
    assert ["ids", "(4,", "9)", "int32"] in [line.split() for line in lines]
    read = next(line for line in lines if line.startswith("input: ")).removeprefix("input: ").split(" | ")
    targets = next(line for line in lines if line.startswith("targets: ")).removeprefix("targets: ").split(" | ")
    assert len(read) == 8
    assert read[1:] == targets[:-1]


def test_prepare_names_the_missing_files_and_their_folder(invoke: Invoke) -> None:
    result = invoke("data", "prepare", "imdb")
    assert result.exit_code == 2
    assert "put it at" in result.stderr
    assert "embedded" in invoke("data", "prepare", "synthetic").stdout


@pytest.mark.parametrize(
    ("name", "message"),
    [("imbd", "did you mean 'imdb'?"), ("csv", "'csv' reads your own files: set its path in a config")],
)
def test_what_cannot_be_prepared(invoke: Invoke, name: str, message: str) -> None:
    result = invoke("data", "prepare", name)
    assert result.exit_code == 2
    assert message in result.stderr


def test_labels_that_look_alike_can_be_told_apart(invoke: Invoke, tmp_path: Path) -> None:
    rows = [f"text {number},{label}" for label in ("no", "no\u200b", "yes") for number in range(10)]
    (tmp_path / "a.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    config = "{task: classification, data: {name: csv, path: a.csv}, vectorizer: words, model: bag}"
    (tmp_path / "a.yaml").write_text(config, encoding="utf-8")
    shown = invoke("data", "show", str(tmp_path / "a.yaml")).stdout
    assert "\u200b" not in shown
    assert next(line for line in shown.splitlines() if line.startswith("split")).split()[-3:] == [
        "no",
        r"no\u200b",
        "yes",
    ]
    assert "differ only in characters that cannot be seen" in shown


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("imbd", "did you mean the dataset 'imdb'? `seqlab data list`"),
        ("multi30", "did you mean the dataset 'multi30k'?"),
        ("imdb-bigam", "did you mean the recipe 'imdb/bigram'?"),
        ("imdbx.yml", "did you mean 'imdbx.yaml'?"),
        ("nofile.yaml", "no file or recipe 'nofile.yaml'; `seqlab recipes` lists"),
    ],
)
def test_a_misspelt_name(invoke: Invoke, name: str, message: str) -> None:
    for file in ("u.yaml", "imdbx.yaml"):
        Path(file).touch()
    result = invoke("data", "show", name)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


def test_running_text_has_no_label(invoke: Invoke) -> None:
    Path("a.csv").write_text("text\n" + "".join(f"text {number}\n" for number in range(40)), encoding="utf-8")
    config = "{task: language_model, data: {name: csv, path: a.csv}, vectorizer: characters, model: recurrent}"
    Path("a.yaml").write_text(config, encoding="utf-8")
    shown = invoke("data", "show", "a.yaml").stdout.splitlines()
    rows = shown[next(number for number, line in enumerate(shown) if line.startswith("split")) + 5 :][:5]
    assert all(row.startswith("text ") for row in rows)


def test_as_json(invoke: Invoke) -> None:
    listed = json.loads(invoke("data", "list", "--json").stdout)
    states = {each["name"]: each["state"] for each in listed}
    assert (states["imdb"], states["csv"], states["synthetic"]) == ("missing", "your own", "embedded")
    shown = json.loads(invoke("data", "show", "quickstart", "data.size=400", "--json").stdout)
    assert shown["dataset"] == "synthetic"
    assert {split: each["examples"] for split, each in shown["splits"].items()} == {
        "train": 240, "validation": 80, "test": 80
    }  # fmt: skip
    assert sum(shown["splits"]["test"]["labels"].values()) == 80
