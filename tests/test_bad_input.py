"""Bad input as a user meets it, at the command line: data, what a training is asked, and the cache.

Each case: its exit code, one message that names the thing, the value and the way out, nothing on stdout, no
traceback, and nothing lost. The rest is in `test_bad_configs.py` and `test_bad_runs.py`; `shell.py` checks the like
of all of them.
"""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from quick import QUICK
from safetensors.numpy import load_file
from shell import RAW, directories, forbidden, write

from seqlab import runs

QUICK_YAML = yaml.safe_dump(QUICK, sort_keys=False)
CSV_YAML = """task: classification
data: {name: csv, path: data.csv}
vectorizer: words
model: bag
training: {epochs: 1}
"""
ROWS = "".join(f"a good film {number},good\na bad film {number},bad\n" for number in range(15))
TABLE = f"text,label\n{ROWS}"


@pytest.fixture(autouse=True)
def _files(seqlab):
    """A table and a config for it, and a config for the embedded data."""
    write("data.csv", TABLE)
    write("csv.yaml", CSV_YAML)
    write("quick.yaml", QUICK_YAML)


# Data


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        ("", 1, ["data.csv is empty; expected a table with a row for each example"]),
        ("text,label\n\n", 1, ["data.csv has a header and no rows; expected a table"]),
        (TABLE.replace(",bad", ",good"), 1, ["every training example has the label 'good'", "another"]),
        ("text,label\na,good\n", 1, ["there is 1 example in all, with 1 different label. Every", "add examples"]),
        (
            b"text,label\nfine,good\nb\xe9te,bad\n",
            1,
            ["byte 0xe9 at offset 22 (line 3)", "looks like windows-1252"],
        ),
        (TABLE.encode("utf-16"), 1, ["looks like UTF-16: set data.encoding to utf-16, or save it as UTF-8"]),
        (b"\x89PNG\r\n\x1a\n\x00\xff", 1, ["not UTF-8: byte 0x89 at offset 0 (line 1)"]),
        (f"{TABLE}one,two,three\n", 1, ["data.csv:32: 3 cells, the first row has 2", "double quotes"]),
        (f'{TABLE}"never closed,good\n', 1, ["data.csv:32:", "a double quote too many or too few"]),
        (f"{TABLE}no label, \n", 1, ["data.csv:32: the label is empty; give each row a label, or remove it"]),
        (TABLE.replace("label", "lable"), 2, ["no column 'label'; did you mean 'lable'?"]),
        (f"label,label\n{ROWS}", 2, ["no column 'text'"]),
        ("text,label\n!,a\n?,b\n.,a\n-,b\n/,a\n;,b\n:,a\n'!',b\n", 1, ["has a word left", "standardize"]),
    ],
)
def test_data_that_cannot_be_trained_on(seqlab, content, code, says):
    write("data.csv", content)
    before = directories()
    seqlab.refuses(code, "train", "csv.yaml", "--name", "base", says=says)
    assert directories() == before


def test_data_that_are_not_there_make_no_run(seqlab):
    seqlab.refuses(
        2, "train", "csv.yaml", "data.test=none.csv", says=["there is no file", "none.csv; correct the path"]
    )
    seqlab.refuses(2, "train", "csv.yaml", 'data.path="a\\x00b"', says=["data.path: nothing can have the path"])
    Path("data.csv").unlink()
    seqlab.refuses(
        2, "train", "csv.yaml", says=["there is no file", "data.csv; correct the path or put the file there"]
    )
    Path("data.csv").mkdir()
    seqlab.refuses(2, "train", "csv.yaml", says=["data.csv is a directory", "name: text_folder"])
    seqlab.refuses(2, "train", "csv.yaml", f"data.path={os.devnull}", says=["is a pipe or a device", "to a file"])
    seqlab.refuses(2, "train", "imdb/bigram", says=["aclImdb_v1.tar.gz", "and put it at"])


def test_data_that_may_not_be_read(seqlab):
    forbidden("data.csv")
    says = ["data.csv cannot be read: Permission denied; check the file and its permissions"]
    seqlab.refuses(1, "train", "csv.yaml", says=says)


@pytest.mark.parametrize("command", [["train"], ["data", "show"]])
def test_a_label_that_training_lacks(seqlab, command):
    write("test.csv", f"{TABLE}strange,neither\n")
    says = ["the label 'neither' of the test split (test.csv:32)", "add training examples of it, or remove that row"]
    seqlab.refuses(1, *command, "csv.yaml", "data.test=test.csv", says=says)


ODD = [
    "next\x85line", "two\u2028lines\u2029and more", "\ufeffmark", "a\rb\r\nc", "a\ttab", "\u202eback",
    "שלום עולם", "😀👩‍👩‍👧", "[/b] [bold]no markup[/bold]", "\x1b[31mred\x1b[0m \x1b]0;title\x07", "\x9b31m",
    "$x_{1}$", "…", "\u200b", "e\u0301", "", "   ", "m" * 1_000_000, "many " * 200_000,
]  # fmt: skip


def odd_table(text, label):
    """Odd texts twice under odd labels, with a byte order mark and CRLF, as a spreadsheet may write them."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow([text, label])
    labels = ("p\x1b[31mos[/b]", "\u202eנגטיב 😀$x$")
    writer.writerows([odd, labels[number % 2]] for number, odd in enumerate(ODD))
    writer.writerows([f"{odd[:99]} {number}", labels[number % 2]] for number in range(3) for odd in ODD)
    return f"\ufeff{table.getvalue()}"


def test_odd_texts_labels_columns_and_file_names_come_through(seqlab):
    name, text, label = "da\x1b[31mta[b]\u202e😀.csv", "te\x1b[2Jxt[/b]\u2028", "la\u202ebel😀"
    write(name, odd_table(text + "x", label))
    data = {"name": "csv", "path": name, "text": text + "x", "label": label}
    write("odd.yaml", json.dumps({**QUICK, "data": data}))
    assert r"da\x1b[31mta[b]\u202e😀.csv" in seqlab.works("data", "show", "odd.yaml")
    assert max(map(len, seqlab.works("data", "show", "--batch", "odd.yaml").splitlines())) < 4000
    assert r"p\x1b[31mos[/b]" in seqlab.works("train", "odd.yaml", "training.epochs=1", "--name", "odd \x1b[31m")
    run = runs.find("latest", Path("runs"))
    assert not RAW.search(run.samples_file.read_text(encoding="utf-8"))
    answers = seqlab.works("predict", "latest", *(odd[:2000] for odd in ODD)).split("\n")[:-1]
    assert len(answers) == len(ODD)
    assert {answer.count("\t") for answer in answers} == {2}
    as_json = seqlab.works("predict", "latest", "--json", *(odd[:2000] for odd in ODD)).split("\n")[:-1]
    assert [json.loads(line)["text"] for line in as_json] == [odd[:2000] for odd in ODD]
    for command in ("evaluate", "vocabulary"):
        seqlab.works(command, "latest")
    Path(name).unlink()
    seqlab.refuses(2, "evaluate", "latest", says=["which does not exist", r"da\x1b[31mta[b]"])


def test_a_folder_of_texts_with_names_that_are_not_utf8(seqlab):
    for label in (b"caf\xe9", b"\x1b[31m"):
        Path(os.fsdecode(b"texts/" + label)).mkdir(parents=True)
        for number in range(6):
            write(os.fsdecode(b"texts/" + label + b"/%d.txt" % number), f"text {number} {label!r}")
    shown = seqlab.works("data", "show", "csv.yaml", "data={name: text_folder, path: texts}")
    assert r"caf\udce9" in shown
    assert r"\x1b[31m" in shown


# Training


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        (["training.learning_rate=1e20"], "the loss or its gradient is not a finite number at step 2; the last finite"),
        (
            ["training.learning_rate=1e19", "training.batch_size=1000"],
            "validation.loss is not a finite number after epoch 2; the last finite weights are kept",
        ),
    ],
)
def test_a_loss_that_is_no_number_ends_the_run_and_keeps_finite_weights(seqlab, overrides, says):
    wild = ["training.optimizer=sgd"]
    remedy = "Lower training.learning_rate, or set training.clip_norm"
    seqlab.refuses(1, "train", "quick.yaml", *wild, *overrides, says=[says, remedy], leaves="diverged")
    run = runs.Run(directories()[-1].absolute())
    weights = load_file(run.model_directory / "weights.safetensors")
    assert all(np.isfinite(array).all() for array in weights.values())
    seqlab.works("predict", run.id, "not bad")
    assert "diverged" in seqlab.works("runs", "list")


def test_finite_weights_so_large_that_answers_overflow_are_told(seqlab):
    wild = ["training.optimizer=sgd", "training.learning_rate=1e30"]
    seqlab.refuses(1, "train", "quick.yaml", *wild, says=["the last finite weights are kept"], leaves="diverged")
    run = runs.Run(directories()[-1].absolute())
    assert f"run {run.id} predicts what is not a number" in seqlab("predict", run.id, "not bad").stderr
    assert "test loss of run" in seqlab("evaluate", run.id).stderr


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("training.class_weights={good: 2.0}", "names no label of the data: good; the labels are negative, positive"),
        ("training.class_weights={negative: 2.0}", "misses positive; the labels are negative, positive"),
        ("training.loss=categorical_hinge", "'categorical_hinge' does not fit two classes; there are binary_cross"),
        ("vectorizer.min_count=100000", "no word occurs 100000 times"),
        ("training.monitor=validation.f1.positve", "there is no class 'positve'; did you mean 'positive'? the classes"),
        ("training.monitor=validation.recall.", "there is no metric 'validation.recall.'"),
        (
            "expected={test.f1.positve: [0.9, 1.0]}",
            "expected: there is no metric 'test.f1.positve', because",
        ),
        (
            "expected={validation.support.Negative: [0, 1]}",
            "did you mean 'negative'? the classes are negative",
        ),
        ("data.take.train=1", "is in no training example, so no model can predict it; raise data.take"),
    ],
)
def test_what_only_the_data_can_refuse(seqlab, override, says):
    code = 1 if override.startswith(("data", "vectorizer")) else 2
    seqlab.refuses(code, "train", "quick.yaml", override, says=[says])


def test_a_gpu_that_is_not_there(seqlab):
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        pytest.skip("there is one")
    says = ["runtime.device is gpu, but TensorFlow finds no GPU", "runtime.device=auto"]
    seqlab.refuses(2, "train", "quick.yaml", "runtime.device=gpu", says=says)


def test_a_batch_and_ngrams_larger_than_the_data_work(seqlab):
    seqlab.works("train", "csv.yaml", "training.batch_size=999999999", "vectorizer.ngrams=16")


# The cache


def test_a_cache_that_cannot_be_written(seqlab, monkeypatch):
    monkeypatch.setenv("SEQLAB_CACHE_DIR", "data.csv/cache")
    says = ["cannot read or write prepared data in", "Not a directory", "set SEQLAB_CACHE_DIR"]
    seqlab.refuses(1, "train", "csv.yaml", says=says)
    Path("locked").mkdir()
    forbidden("locked")
    monkeypatch.setenv("SEQLAB_CACHE_DIR", "locked")
    says[1] = "Permission denied"
    seqlab.refuses(1, "train", "csv.yaml", says=says)


def damaged(file, how):
    content = file.read_bytes()
    file.unlink()
    if how == "folder":
        file.mkdir()
    elif how != "deleted":
        middle = len(content) // 2
        ways = {
            "cut": content[:-3],
            "half": content[:middle],
            "empty": b"",
            "deep": b"[" * 20_000,
            "flipped": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
        }
        file.write_bytes(ways[how])


@pytest.mark.parametrize("how", ["cut", "half", "empty", "deep", "flipped", "deleted", "folder"])
def test_damaged_prepared_data_are_made_again(seqlab, monkeypatch, how):
    monkeypatch.setenv("SEQLAB_CACHE_DIR", "cache")
    whole = seqlab.works("vocabulary", "csv.yaml")
    names = sorted(path for path in Path("cache/prepared").rglob("*") if path.is_file() and path.suffix != ".lock")
    assert len(names) > 10
    for file in names:
        damaged(file, how)
        result = seqlab("vocabulary", "csv.yaml")
        assert (result.exit_code, result.stdout) == (0, whole)
        assert "are damaged" in result.stderr
        assert "preparing them again" in result.stderr
    assert seqlab("vocabulary", "csv.yaml").stderr == ""


@pytest.mark.process
def test_two_processes_that_prepare_the_same_data(seqlab, monkeypatch):
    monkeypatch.setenv("SEQLAB_CACHE_DIR", "cache")
    command = [sys.executable, "-m", "seqlab", "vocabulary", "quick.yaml"]
    write("quick.yaml", QUICK_YAML.replace("600", "4000"))
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    (one, error), (other, other_error) = (process.communicate(timeout=240) for process in both)
    assert [process.returncode for process in both] == [0, 0], (error, other_error)
    assert one == other != b""
    assert len([path for path in Path("cache/prepared").iterdir() if path.is_dir()]) == 1
