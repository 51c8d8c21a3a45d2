"""Folders of texts: classes, official splits, what is left out, what is refused."""

import pytest

from seqlab.data.datasets.text_folder import TextFolder
from seqlab.data.splits import load_splits
from seqlab.errors import DataError, RequestError
from seqlab.progress import SILENT

TEXTS = {f"{kind}/{number}.txt": f"{kind} {number}" for kind in ("ham", "spam") for number in range(10)}


def read(root):
    dataset = TextFolder(path=str(root))
    return dataset.read(dataset.locate(), SILENT)


def test_one_folder_a_class(write_tree):
    reading = read(write_tree(dict(reversed(TEXTS.items()))))
    assert reading.validation is reading.test is None
    assert list(reading.train["id"]) == sorted(TEXTS)
    assert reading.train["text"][0] == "ham 0"
    assert set(zip(reading.train["label"], [place.split("/")[0] for place in reading.train["id"]], strict=True)) == {
        ("ham", "ham"),
        ("spam", "spam"),
    }
    assert reading.notes == ()


def test_texts_are_exact_but_for_a_byte_order_mark(write_tree):
    odd = "\ufeffline\r\nנוצר\u0085👍 "
    assert read(write_tree({**TEXTS, "ham/0.txt": odd})).train["text"][0] == odd[1:]


def test_only_visible_text_files_are_texts(write_tree):
    root = write_tree(
        {
            **TEXTS,
            "ham/49960": "no suffix",
            "ham/.DS_Store": "hidden",
            ".git/x.txt": "hidden",
            "ham/picture.png": "x",
            "ham/deep/1.txt": "too deep",
            "README.md": "beside",
        }
    )
    reading = read(root)
    assert set(reading.train["id"]) == {*TEXTS, "ham/49960"}
    assert reading.notes == (f"3 files or directories in {root} are not texts (*.txt, or no suffix): skipped",)


def test_train_and_test_folders_are_official_splits(write_tree):
    tree = {f"{split}/{place}": f"{split} {text}" for split in ("train", "test") for place, text in TEXTS.items()}
    loaded = load_splits.load(TextFolder(path=str(write_tree(tree)), validation=0.2))
    assert {split: len(records) for split, records in loaded.splits.items()} == {
        "train": 16,
        "validation": 4,
        "test": 20,
    }
    assert all(place.startswith("test/") for place in loaded.splits["test"]["id"])


def test_a_class_that_only_training_has_is_noted(write_tree):
    tree = {f"{split}/{place}": f"{split} {text}" for split in ("train", "test") for place, text in TEXTS.items()}
    tree |= {f"train/unsup/{n}.txt": f"unlabelled {n}" for n in range(20)}
    loaded = load_splits.load(TextFolder(path=str(write_tree(tree))))
    assert any("test split has no example of 1 label: 'unsup'" in note for note in loaded.notes)


def test_a_class_may_be_called_train(write_tree):
    reading = read(write_tree({"train/1.txt": "by rail", "plane/1.txt": "by air"}))
    assert reading.train["label"] == ["plane", "train"]


def test_the_order_of_creation_changes_nothing(write_tree):
    one, other = (
        load_splits.load(TextFolder(path=str(write_tree(tree, name))))
        for name, tree in (("one", TEXTS), ("other", dict(reversed(TEXTS.items()))))
    )
    assert one.splits == other.splits
    assert one.sources[0].sha256 == other.sources[0].sha256


def test_invalid_files(write_tree, tmp_path, monkeypatch):
    root = write_tree(TEXTS)
    with pytest.raises(RequestError, match="there is no directory"):
        read(tmp_path / "nowhere")
    with pytest.raises(RequestError, match=r"0\.txt is a file.*name: csv"):
        read(root / "ham" / "0.txt")
    with pytest.raises(DataError, match=r"has no texts.*one directory per class"):
        read(root / "ham")
    (root / "spam" / "3.txt").write_bytes(b"line\nna\xefve")
    with pytest.raises(DataError, match=r"spam/3\.txt is not UTF-8: byte 0xef at offset 7 \(line 2\)"):
        read(root)


def test_an_unreadable_folder(write_tree, monkeypatch):
    root = write_tree(TEXTS)

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(root), "iterdir", refuse)
    with pytest.raises(DataError, match="cannot be read: Permission denied"):
        read(root)


def test_one_class_only(write_tree):
    with pytest.raises(DataError, match="every training example has the label 'ham'"):
        load_splits.load(TextFolder(path=str(write_tree({f"ham/{n}.txt": f"text {n}" for n in range(30)}))))


def test_texts_in_the_encoding_that_is_named(write_tree):
    root = write_tree(TEXTS)
    for path in root.rglob("*.txt"):
        path.write_bytes("el niño “bueno”".encode("windows-1252"))
    with pytest.raises(DataError) as error:
        read(root)
    assert "ham/0.txt is not UTF-8: byte 0xf1" in str(error.value)
    assert "set data.encoding to windows-1252" in str(error.value)
    assert str(error.value).endswith("\nso it is with 19 other texts")
    dataset = TextFolder(path=str(root), encoding="windows-1252")
    assert set(dataset.read(dataset.locate(), SILENT).train["text"]) == {"el niño “bueno”"}


def test_texts_in_utf16_without_a_mark_are_refused(write_tree):
    root = write_tree(TEXTS)
    (root / "spam" / "3.txt").write_bytes("lovely meal".encode("utf-16-le"))
    with pytest.raises(DataError, match=r"spam/3\.txt:1: contains the character NUL .*; it looks like UTF-16-LE"):
        read(root)


def test_a_stray_nul_is_refused(write_tree):
    root = write_tree({**TEXTS, "ham/0.txt": "long text\n" * 99 + "\0"})
    with pytest.raises(DataError, match=r"ham/0\.txt:100: contains the character NUL \(U\+0000\); .*remove the char"):
        read(root)
