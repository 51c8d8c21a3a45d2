"""Lengths of texts, their histogram, and texts of another length."""

from examined_rows import labelled, sentences

from seqlab.data.datasets import TEXTS
from seqlab.data.datasets.running_text import document
from seqlab.data.records import Corpus
from seqlab.data.splits.load_splits import Located
from seqlab.diagnosis import Examined
from seqlab.diagnosis.lengths import lengths

TEXT = sentences(100)
WORDS = 19


def rows(texts: list[str]) -> list[tuple[str, str]]:
    return [(text, "a") for text in texts]


def test_a_long_and_a_short_text_are_found_the_farthest_first() -> None:
    data = labelled(rows([*TEXT, "word " * 3000]), test=rows(["two words", *TEXT[:5]]))
    train, test = lengths(data).findings
    assert (train.count, train.instances[0].location, train.instances[0].detail) == (1, "train:101", "3,000 words")
    assert (test.count, test.instances[0].location, test.instances[0].detail) == (1, "test:1", "2 words")
    assert train.message.endswith(f"longer or shorter than the median of training, {WORDS} words")


def test_the_histogram_holds_every_text_once() -> None:
    outcome = lengths(labelled(rows([*TEXT, "one", "one two"]), test=rows(TEXT[:7])))
    figures = outcome.figures["text"]
    assert figures["unit"] == "word"
    assert len(figures["edges"]) == len(figures["histogram"]["train"])
    assert [sum(counts) for counts in figures["histogram"].values()] == [102, 0, 7]
    assert figures["quantiles"]["train"] == {"minimum": 1, "median": WORDS, "p95": WORDS, "maximum": WORDS}


def test_the_histogram_is_right() -> None:
    texts = ["w " * size for size in (1, 1, 2, 5, 5, 5, 12, 200)] * 50
    figures = lengths(labelled(rows(texts))).figures["text"]
    edges, counts = figures["edges"], figures["histogram"]["train"]
    for start, end, count in zip(edges, [*edges[1:], 10_000], counts, strict=True):
        assert count == sum(start <= len(text.split()) < end for text in texts)


def test_chinese_is_measured_in_characters() -> None:
    figures = lengths(labelled(rows(["我喜欢看电影", "他不喜欢"]))).figures["text"]
    assert figures["unit"] == "character"
    assert figures["quantiles"]["train"]["maximum"] == 6


def test_splits_of_different_kinds() -> None:
    short = [" ".join(text.split()[:6]) for text in TEXT[:30]]
    warnings = [each for each in lengths(labelled(rows(TEXT), test=rows(short))).findings if each.severity == "warning"]
    assert [each.message for each in warnings] == [
        f"the median text of test has 6 words, of training {WORDS}: are they of one kind?"
    ]


def test_of_running_text_only_long_lines_are_odd() -> None:
    text = "\n".join([*TEXT, "ROMEO:", "word " * 500])
    dataset = TEXTS["text_file"].model_validate({"path": "a.txt"})
    outcome = lengths(Examined(Located(dataset, {}), Corpus({"train": document(text, "a.txt")})))
    (finding,) = outcome.findings
    assert [each.location for each in finding.instances] == ["a.txt:102"]
