"""What the vectorizer of a config leaves out."""

from pathlib import Path

import pytest
from examined_rows import sentences

from seqlab import config
from seqlab.diagnosis import Examined, read_data
from seqlab.diagnosis.coverage import coverage
from seqlab.progress import SILENT

TEXT = sentences(80)


def data_of(folder: Path, texts: dict[str, list[str]], vectorizer: dict[str, object]) -> Examined:
    for split, lines in texts.items():
        rows = [f"{text},{'ab'[number % 2]}" for number, text in enumerate(lines)]
        (folder / f"{split}.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    paths = {"path": folder / "train.csv", "validation": folder / "validation.csv", "test": folder / "test.csv"}
    given = {
        "task": "classification",
        "data": {"name": "csv", **{name: str(path) for name, path in paths.items()}},
        "vectorizer": {"name": "words", **vectorizer},
        "model": "recurrent",
    }
    return read_data(config.load(given).experiment, SILENT)


def test_unknown_and_cut_shares_by_hand(tmp_path: Path) -> None:
    """Four words at most are read: of six, two are cut. Of the four of a test text, `new` and `words` are unknown."""
    texts = {
        "train": ["a b c d e f", "a b c d", "a b", "b c d e"],
        "validation": ["a b c", "d c"],
        "test": ["new words a b", "a new d c b"],
    }
    figures = coverage(data_of(tmp_path, texts, {"max_length": 4})).figures["text"]
    assert figures["train"] == {"tokens": 14, "unknown_share": 0, "cut_share": 0.25, "cut_tokens_share": 2 / 16}
    assert figures["validation"] == {"tokens": 5, "unknown_share": 0, "cut_share": 0, "cut_tokens_share": 0}
    assert figures["test"] == {"tokens": 8, "unknown_share": 3 / 8, "cut_share": 0.5, "cut_tokens_share": 1 / 9}


def test_what_is_much_is_said(tmp_path: Path) -> None:
    texts = {"train": TEXT[:60], "validation": TEXT[60:70], "test": ["nothing here was ever seen before", *TEXT[70:73]]}
    found = coverage(data_of(tmp_path, texts, {"max_length": 10})).findings
    warnings = [each.message for each in found if each.severity == "warning"]
    assert "100.0% of the texts of training are cut, and with them 47.4% of all tokens" in warnings
    assert len([each for each in warnings if "are cut" in each]) == 3
    notes = [each.message for each in found if each.severity == "note"]
    assert any("texts are longer than vectorizer.max_length: they were cut" in each for each in notes)


def test_a_split_that_a_model_can_hardly_read(tmp_path: Path) -> None:
    texts = {"train": TEXT[:60], "validation": TEXT[60:], "test": ["nichts davon war jemals da", "gar nichts davon"]}
    found = coverage(data_of(tmp_path, texts, {})).findings
    assert ("error", "100.0% of the tokens of test are unknown") in [(each.severity, each.message) for each in found]


def test_it_reads_the_data_that_training_prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from seqlab.experiment import prepare_data

    data = data_of(tmp_path, {"train": TEXT[:60], "validation": TEXT[60:70], "test": TEXT[70:]}, {})
    first = coverage(data).figures
    monkeypatch.setattr(prepare_data, "_encode", lambda *arguments: pytest.fail("prepared again"))
    assert coverage(data).figures == first


def test_a_vocabulary_of_a_run_that_is_not_here_stops_no_other_check(tmp_path: Path) -> None:
    data = data_of(tmp_path, {"train": TEXT[:60], "validation": TEXT[60:70], "test": TEXT[70:]}, {})
    begun = config.load("imdb/fine_tuned").experiment
    found = coverage(Examined(data.located, data.corpus, begun, runs_dir=tmp_path))
    assert "no run 'imdb-language_model'" in found.skipped


def test_a_dataset_alone_has_no_vectorizer() -> None:
    data = read_data(config.load("quickstart").experiment.data, SILENT)
    assert "name a config" in coverage(data).skipped
