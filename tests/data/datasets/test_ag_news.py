"""AG News: what a cell may hold, which articles go where, what each error says, the real files."""

import csv

import pytest
from pydantic import ValidationError

from seqlab.data.datasets import LABELLED_TEXTS
from seqlab.data.datasets.ag_news import AgNews
from seqlab.data.splits import load_splits
from seqlab.data.splits.content_splits import shared_rows
from seqlab.errors import DataError, RequestError
from seqlab.progress import SILENT
from seqlab.tasks import CLASSIFICATION, Choices
from seqlab.text.words import Words

ARTICLES = [(str(number), f"title {number} {row}", f"text {row}") for row in range(20) for number in (1, 2, 3, 4)]


@pytest.fixture
def write(tmp_path):
    """`write(train, test)` writes both files, from rows or from their very text, and returns their folder."""

    def write(train=ARTICLES, test=ARTICLES[:8]):
        for name, content in (("train.csv", train), ("test.csv", test)):
            with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
                if isinstance(content, str):
                    file.write(content)
                else:
                    csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(content)
        return str(tmp_path)

    return write


def read(path, **options):
    dataset = AgNews(path=path, **options)
    return dataset.read(dataset.locate(), SILENT)


def test_both_fields_stand_in_columns_of_their_own_and_are_joined_by_a_space(write):
    test = read(write(test=[("3", "Oil up", "Again."), ("1", "Peace", "At last.")])).test
    assert test.columns == {
        "title": ["Oil up", "Peace"],
        "description": ["Again.", "At last."],
        "label": ["Business", "World"],
        "id": ["test.csv:1", "test.csv:2"],
    }
    texts = {fields: AgNews(fields=fields).input_texts(test) for fields in ("title", "description", "both")}
    assert texts == {
        "title": ["Oil up", "Peace"],
        "description": ["Again.", "At last."],
        "both": ["Oil up Again.", "Peace At last."],
    }


def test_the_four_classes(write):
    test = read(write(test=[(number, "t", "d") for number in "4321"])).test
    assert test["label"] == ["Sci/Tech", "Business", "Sports", "World"]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('"he said ""no, never"""', 'he said "no, never"'),
        ('"one\ntwo"', "one\ntwo"),
        (r'"respond\against\\all"', "respond\nagainst\n\nall"),
        (r'"\$46.76, AU\$1m"', "$46.76, AU$1m"),
        ('"&lt;b&gt;...&lt;/b&gt; week #39;s  quot;best"', "&lt;b&gt;...&lt;/b&gt; week #39;s  quot;best"),
        ('" outer spaces "', " outer spaces "),
        ('""', ""),
        ('"caf\u00e9\u2028\u0085"', "caf\u00e9\u2028\u0085"),
    ],
)
def test_a_cell(write, cell, text):
    test = read(write(test=f'"1",{cell},"d"\n"2","t",{cell}\n')).test
    assert (test["title"][0], test["description"][1]) == (text, text)


def test_a_vocabulary_is_learned_from_titles_whatever_the_model_reads(write):
    data, words = AgNews(path=write(), fields="description"), Words(fit={"take": 5, "fields": ["title"]})
    train = load_splits.load(data).splits["train"]
    choices = Choices(data, words, CLASSIFICATION.registries.models["bag"]())
    assert not list(CLASSIFICATION.check(choices, CLASSIFICATION.training()))
    fitted = CLASSIFICATION.fit(choices, train, SILENT).examples.vectorizer
    expected = {word for title in train["title"][:5] for word in title.split()}
    assert set(fitted.vocabulary.tokens) == expected


def test_a_field_that_is_none(write):
    data = AgNews()
    bag = CLASSIFICATION.registries.models["bag"]()
    problems = CLASSIFICATION.check(Choices(data, Words(fit={"fields": ["body"]}), bag), CLASSIFICATION.training())
    assert [message for _, message in problems] == ["the data have no text field 'body'; there are title, description"]
    with pytest.raises(ValidationError, match="'title', 'description' or 'both'"):
        LABELLED_TEXTS.read({"name": "ag_news", "fields": "body"})
    with pytest.raises(ValidationError, match="does not have this option"):
        LABELLED_TEXTS.read({"name": "ag_news", "test": 0.1})


def test_equal_titles_stay_together_and_fields_move_no_article(write):
    same = [(str(row % 4 + 1), f"the same {row // 8}", f"other text {row}") for row in range(160)]
    path = write(train=[*same, *ARTICLES])
    first, *others = (load_splits.load(AgNews(path=path, fields=fields)) for fields in ("both", "title", "description"))
    train, validation = first.splits["train"], first.splits["validation"]
    assert not set(train["title"]) & set(validation["title"])
    assert len(validation) > 8
    assert set(validation["label"]) == {"World", "Sports", "Business", "Sci/Tech"}
    assert all(other.fingerprints == first.fingerprints for other in others)
    moved = load_splits.load(AgNews(path=path, split_seed=2))
    assert moved.splits["validation"].fingerprint != validation.fingerprint


def test_take_keeps_the_other_splits(write):
    path = write()
    small, whole = load_splits.load(AgNews(path=path, take={"train": 10})), load_splits.load(AgNews(path=path))
    assert len(small.splits["train"]) == 10
    assert small.splits["train"]["id"] == whole.splits["train"]["id"][:10]
    assert small.splits["validation"].fingerprint == whole.splits["validation"].fingerprint


def test_a_part_that_is_not_the_published_file_is_used_and_said(write):
    loaded = load_splits.load(AgNews(path=write(), fields="title"))
    assert [source.official for source in loaded.sources] == [False, False]
    said = "\n".join(loaded.notes)
    assert "train.csv has 80 of the 120,000 published rows" in said
    assert "test.csv has 8 of the 7,600 published rows" in said
    assert "8 of 8 test titles are also in train.csv" in said
    assert all(source.sha256 in said for source in loaded.sources)


@pytest.mark.parametrize(
    ("train", "message"),
    [
        ('"1","t","d"\n"5","t","d"\n', r"train\.csv:2: AG News has no class '5'; it has 1 \(World\), 2"),
        ('"class","title","description"\n"1","t","d"\n', r"train\.csv:1: AG News has no class 'class'"),
        ('"","t","d"\n', r"train\.csv:1: AG News has no class ''"),
        ('"1","two\nlines","d"\n"1","t"\n', r"train\.csv:3: 2 cells, AG News has 3"),
        ('"1","t","d","e"\n', r"train\.csv:1: 4 cells, AG News has 3.*name: csv"),
        ("", r"train\.csv is empty; get train\.csv from https://"),
        ("\n\n", r"train\.csv is empty"),
        ('"1","t","d"\n"1","t,"d"\n"1","t","d"\n', r"train\.csv:2: .*double quote too many or too few"),
        ("<!DOCTYPE html>\n", r"train\.csv:1: 1 cell, AG News has 3"),
    ],
)
def test_invalid_rows_are_located_by_line(write, train, message):
    with pytest.raises(DataError, match=message):
        read(write(train=train))


def test_bytes_that_are_not_utf8(write, tmp_path):
    path = write()
    (tmp_path / "test.csv").write_bytes(b'"1","caf\xe9","d"\n')
    with pytest.raises(DataError, match=r"test\.csv is not UTF-8: byte 0xe9 at offset 8 \(line 1\)"):
        read(path)


def test_both_files_are_wanted_and_both_addresses_given(cache, tmp_path, monkeypatch, write):
    path = write()
    (tmp_path / "test.csv").unlink()
    monkeypatch.setenv("SEQLAB_DATA_DIR", str(tmp_path / "shelf"))
    for dataset, folder in ((AgNews(path=path), tmp_path), (AgNews(), tmp_path / "shelf" / "ag_news")):
        with pytest.raises(RequestError) as failure:
            dataset.find()
        for name, size in (("train.csv", "29,470,338"), ("test.csv", "1,857,427")):
            assert f"get {name} ({size} bytes) from https://raw.githubusercontent.com/" in str(failure.value)
            assert f"and put it at {folder / name}" in str(failure.value)


@pytest.mark.real_data
def test_the_real_files(real_data):
    loaded = load_splits.load(AgNews())
    train, validation, test = (loaded.splits[split] for split in ("train", "validation", "test"))
    assert (len(train) + len(validation), len(test)) == (36_076, 7_600)
    assert abs(len(validation) - 3_608) < 40
    assert [test["label"].count(label) for label in ("World", "Sports", "Business", "Sci/Tech")] == [1_900] * 4
    assert [source.official for source in loaded.sources] == [False, True]
    assert "ag_news: train.csv has 36,076 of the 120,000 published rows: say so with every metric" in loaded.notes
    assert not any("test.csv" in note for note in loaded.notes)
    assert loaded.counts == {"duplicates_kept_out_of_validation": 0, "test_overlap": 0}
    assert not set(train["title"]) & set(validation["title"])
    assert len(shared_rows(validation, [train])) == 0
    assert not any("\\" in text for records in (train, validation, test) for text in AgNews().input_texts(records))


@pytest.mark.real_data
def test_real_titles_that_stand_on_both_sides_are_counted(real_data):
    loaded = load_splits.load(AgNews(fields="title"))
    assert "ag_news: 236 of 7,600 test titles are also in train.csv: kept" in loaded.notes
