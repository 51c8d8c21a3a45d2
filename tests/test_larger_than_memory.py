"""Data that are larger than the memory they may take, and the same results whether they are in memory or in files."""

import csv
import subprocess
import sys

import numpy as np
import pytest

from seqlab.config import load as load_config
from seqlab.data import columns, long_text, spool
from seqlab.data.splits.load_splits import load, locate
from seqlab.experiment.prepare_data import prepare_data
from seqlab.progress import SILENT
from seqlab.text.ngrams import _counting

ROWS, WORDS, LIMIT_MB = 150_000, 58, 230
"""41 MB of texts. Python, NumPy and seqlab take 60 MB. With a Python object for
each text, label and id, the peak of 200,000 rows was 505 MB; it is 192 MB."""
TEXT_MB, TEXT_LIMIT_MB = 15, 170
"""Read as a whole, the text takes 290 MB; in blocks 130 MB."""


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_texts_are_read_split_counted_and_encoded_in_bounded_memory(benchmark, tmp_path):
    scaling = benchmark("scaling")
    command = [sys.executable, scaling.__file__, str(ROWS), "--words", str(WORDS), "--prepare"]
    command += ["--folder", str(tmp_path), "--limit", str(LIMIT_MB)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_running_text_is_read_cut_counted_and_encoded_in_bounded_memory(benchmark, tmp_path):
    scaling = benchmark("scaling")
    command = [sys.executable, scaling.__file__, str(TEXT_MB), "--text", "words", "--prepare"]
    command += ["--folder", str(tmp_path), "--limit", str(TEXT_LIMIT_MB)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_generated_pairs_are_the_rows_of_a_bag_and_the_same_words_in_another_order(benchmark, tmp_path):
    scaling = benchmark("scaling")
    scaling.generate(tmp_path / "pairs.csv", 7, 4, pairs=True)
    scaling.generate(tmp_path / "rows.csv", 7, 4)
    pairs, rows = (
        list(csv.DictReader((tmp_path / f"{name}.csv").open(encoding="utf-8"))) for name in ("pairs", "rows")
    )
    assert [pair["source"] for pair in pairs] == [row["text"] for row in rows]
    for pair in pairs:
        first, *others = pair["source"].split()
        assert pair["target"].split() == [*others, first]


@pytest.mark.parametrize("beside", [["--text", "words"], ["--model", "pairs"]])
def test_peers_are_for_the_rows_of_a_bag(benchmark, monkeypatch, capsys, beside):
    monkeypatch.setattr(sys, "argv", ["scaling.py", "10", "--peers", *beside])
    with pytest.raises(SystemExit):
        benchmark("scaling").main()
    assert "--peers is for the rows of the bag" in capsys.readouterr().err


def prepared_text(tmp_path, monkeypatch, name, vectorizer):
    """Splits, vocabulary and stores of a running text with characters that validation has alone, as plain values."""
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path / name))
    lines = [f"línea {number} of naïve\u0301 text, {number % 7}" for number in range(200)]
    (tmp_path / "a.txt").write_text("\r\n".join([*lines[:170], "§ ¿", *lines[170:]]), encoding="utf-16", newline="")
    config = {
        "version": 1,
        "task": "language_model",
        "data": {"name": "text_file", "path": str(tmp_path / "a.txt"), "encoding": "utf-16"},
        "vectorizer": vectorizer,
        "model": {"name": "recurrent"},
    }
    experiment = load_config(config).experiment
    data = prepare_data(experiment, locate(experiment.data), SILENT, import_tensorflow=False)
    found = [{key: value for key, value in data.metadata.items() if key != "sources"}]
    found.append((data.directory / "vocabulary.json").read_bytes())
    for store in data.stores.values():
        (ids,) = store.columns.values()
        found.append([ids.values.tolist(), ids.offsets.tolist(), ids.values.dtype.name])
    return found


@pytest.mark.parametrize("vectorizer", ["characters", "words", "subwords"])
def test_running_text_in_small_blocks_is_as_in_memory(tmp_path, monkeypatch, vectorizer):
    options = {"name": vectorizer} | ({"size": 300} if vectorizer == "subwords" else {})
    in_memory = prepared_text(tmp_path, monkeypatch, "memory", options)
    assert {each[2] for each in in_memory[2:]} == {"int16" if vectorizer != "characters" else "int8"}
    monkeypatch.setattr(spool, "IN_MEMORY", 0)
    monkeypatch.setattr(long_text, "BLOCK", 70)
    assert prepared_text(tmp_path, monkeypatch, "blocks", options) == in_memory


def prepared(tmp_path, monkeypatch, name):
    """Splits and stores of a table with duplicates and characters beyond ASCII, as plain values."""
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path / name))
    words = np.random.default_rng(3).choice(["good", "bad", "año", "naïve", "very", "not"], (300, 4))
    lines = [f'"{" ".join(row)}",{"ab"[number % 2]}\n' for number, row in enumerate(words.tolist())]
    (tmp_path / "a.csv").write_text("text,label\n" + "".join(lines), encoding="utf-8")
    config = {
        "version": 1,
        "task": "classification",
        "data": {"name": "csv", "path": str(tmp_path / "a.csv")},
        "vectorizer": {"name": "words", "ngrams": 2, "max_tokens": 40},
        "model": {"name": "bag"},
    }
    experiment = load_config(config).experiment
    corpus = load(experiment.data)
    data = prepare_data(experiment, locate(experiment.data), SILENT, import_tensorflow=False)
    found = [corpus.fingerprints, corpus.notes, {split: list(each["id"]) for split, each in corpus.splits.items()}]
    for store in data.stores.values():
        ids, texts = store.ragged("text_ids"), store.ragged("text")
        found.append([ids.values.tolist(), ids.offsets.tolist(), store.flat("content_ids").tolist()])
        found.append([texts.text(row) for row in range(len(texts))])
    return found


def test_what_is_in_files_is_as_in_memory(tmp_path, monkeypatch):
    in_memory = prepared(tmp_path, monkeypatch, "memory")
    monkeypatch.setattr(spool, "IN_MEMORY", 0)
    monkeypatch.setattr(columns, "PORTION", 13)
    monkeypatch.setattr(_counting, "AT_ONCE", 17)
    assert prepared(tmp_path, monkeypatch, "files") == in_memory
