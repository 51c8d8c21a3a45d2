"""Characters that occur once or twice."""

from examined_rows import sentences

from seqlab.data.datasets import TEXTS
from seqlab.data.datasets.running_text import document
from seqlab.data.records import Corpus
from seqlab.data.splits.load_splits import Located
from seqlab.diagnosis import Examined
from seqlab.diagnosis.rare_characters import rare_characters

TEXT = [text.lower() for text in sentences(80)]


def data_of(lines: list[str]) -> Examined:
    dataset = TEXTS["text_file"].model_validate({"path": "a.txt"})
    return Examined(Located(dataset, {}), Corpus({"train": document("\n".join(lines), "a.txt")}))


def test_they_are_named_with_their_lines() -> None:
    (finding,) = rare_characters(data_of([*TEXT[:40], "a ж here", *TEXT[40:], "é and é", "ñ ñ ñ"])).findings
    assert finding.message.endswith("of training occur once or twice: 'é', 'ж'")
    assert [(each.location, each.detail) for each in finding.instances] == [
        ("a.txt:41", "'ж' CYRILLIC SMALL LETTER ZHE"),
        ("a.txt:82", "'é' LATIN SMALL LETTER E WITH ACUTE"),
    ]


def test_clean_and_short_texts_have_none() -> None:
    assert not rare_characters(data_of(TEXT)).findings
    assert not rare_characters(data_of(["a ж here"])).findings
