"""What is told of encoded splits, from the rows of small files: sizes and notes, counted by hand."""

import re

import pytest

from seqlab import config
from seqlab.data import long_text
from seqlab.data.datasets.running_text import document
from seqlab.data.splits.load_splits import locate
from seqlab.experiment import encoded_splits
from seqlab.experiment.prepare_data import prepare_data
from seqlab.progress import SILENT
from seqlab.text import Characters
from seqlab.text.untrained import untrained_tokens

CLASSIFIER = {"task": "classification", "vectorizer": "words", "model": "bag"}
TRANSLATOR = {"task": "translation", "vectorizer": "words", "model": {"name": "transformer", "positions": "learned"}}
WRITER = {"task": "language_model", "vectorizer": "characters", "model": "recurrent"}


@pytest.fixture
def notes(tmp_path):
    """`notes(given, train, validation, test, **sections)` → what is told of splits with these rows, and their sizes."""

    def told(given, *splits, form="csv", **changes):
        paths = [tmp_path / f"{name}.{form}" for name in ("train", "validation", "test")]
        for path, rows in zip(paths, splits, strict=True):
            path.write_text(rows, encoding="utf-8")
        name = {"csv": "csv", "tsv": "tsv", "txt": "text_file"}[form]
        data = dict(zip(("path", "validation", "test"), map(str, paths), strict=True))
        experiment = config.load({**given, **changes, "data": {"name": name, **data}}).experiment
        metadata = prepare_data(experiment, locate(experiment.data), SILENT).metadata
        return metadata["notes"], metadata["sizes"]

    return told


def table(*texts):
    return "text,label\n" + "".join(f"{text},{'ab'[number % 2]}\n" for number, text in enumerate(texts))


def pairs(*rows):
    return "source\ttarget\n" + "".join(f"{source}\t{target}\n" for source, target in rows)


def test_characters_that_only_validation_or_test_have_with_their_first_line(notes):
    said, sizes = notes(WRITER, "abba\n" * 4, "ab\nba\nbüa ö\n", "ab\n\nß", form="txt", training={"window": 5})
    assert said == [
        "3 of 12 tokens of the validation split are not in the training text ('ü', ' ', 'ö'; first in validation.txt, "
        "line 3): the model skips them, and each is scored as very improbable (docs/language_models.md)",
        "1 of 5 tokens of the test split is not in the training text ('ß'; first in test.txt, line 3): "
        "the model skips them, and each is scored as very improbable (docs/language_models.md)",
    ]
    assert [sizes[split]["unknown_share"] for split in sizes] == [0, 3 / 12, 1 / 5]


def test_a_line_end_may_be_what_training_never_had(notes):
    said, _ = notes(WRITER, "abba" * 5, "ab\nba\n", "ab", form="txt", training={"window": 5})
    assert [note.partition("): ")[0] for note in said] == [
        "2 of 6 tokens of the validation split are not in the training text ('\\n'; first in validation.txt, line 1"
    ]


def test_the_line_is_that_of_the_file_when_the_splits_are_cut_from_it(tmp_path):
    (tmp_path / "book.txt").write_text("".join(f"line {n:03}\n" for n in range(96)) + "naïve\n" * 4, encoding="utf-8")
    given = {**WRITER, "data": {"name": "text_file", "path": str(tmp_path / "book.txt")}}
    experiment = config.load(given).experiment
    (note,) = prepare_data(experiment, locate(experiment.data), SILENT).metadata["notes"]
    assert "('a', 'ï', 'v'; first in book.txt, line 97)" in note


def test_bytes_that_no_training_text_has(notes):
    said, _ = notes(
        {**CLASSIFIER, "model": "recurrent"}, table("ab", "ba", "bb"), table("aba"), table("a", "zaz"),
        vectorizer={"name": "subwords", "size": 256},
    )  # fmt: skip
    (note,) = [note for note in said if "learned nothing" in note]
    assert "2 of 4 tokens of the test split are unseen in training ('z'; first in test.csv:3)" in note


def test_what_the_vocabulary_left_out_is_trained_all_the_same(notes):
    said, _ = notes(
        {**CLASSIFIER, "model": "recurrent"}, table("ab", "zz", "bb"), table("az"), table("za"),
        vectorizer={"name": "subwords", "size": 256, "fit": {"take": 1}},
    )  # fmt: skip
    assert [note for note in said if "learned nothing" in note] == []


class TestCutTexts:
    def test_by_the_vectorizer(self, notes):
        said, _ = notes(
            {**CLASSIFIER, "model": "recurrent"}, table("a b c", "a b", "a b c d"), table("b"), table("a b c a"),
            vectorizer={"name": "words", "max_length": 2},
        )  # fmt: skip
        assert "2 of 3 training and 1 of 1 test texts are longer than vectorizer.max_length: they were cut" in said

    def test_by_the_context_of_a_translator(self, notes):
        model = {**TRANSLATOR["model"], "context": 4}  # three words and an end
        said, _ = notes(
            TRANSLATOR, pairs(("a b c d", "a b"), ("a b c", "a b c"), ("a", "b c d e")), pairs(("b", "b")),
            pairs(("c", "c d e a")), form="tsv", model=model,
        )  # fmt: skip
        assert "2 of 3 training and 1 of 1 test pairs are longer than model.context: they were cut" in said

    @pytest.mark.parametrize("side", ["source", "target"])
    def test_by_one_side_s_vectorizer(self, notes, side):
        sides = {"source": {"name": "words"}, "target": {"name": "words"}}
        sides[side]["max_length"] = 2
        rows = pairs(("a b c", "a b c"), ("a", "a"), ("b c", "b c"))
        said, _ = notes(TRANSLATOR, rows, pairs(("c", "c")), pairs(("b", "b")), form="tsv", vectorizer=sides)
        assert f"1 of 3 training pairs are longer than vectorizer.{side}.max_length: they were cut" in said


class TestUnknownTokens:
    def test_a_target_that_never_learns_what_unknown_means(self, notes):
        rows = [("w", "x y z"), ("v", "x"), ("u", "y")]
        said, _ = notes(TRANSLATOR, pairs(*rows), pairs(("w v", "x y")), pairs(("v u", "x q")), form="tsv")
        (note,) = [note for note in said if "[UNK]" in note]
        assert note.startswith("25.0% of the tokens of the target side of the test split are unknown")  # of 4 with ends
        assert "set vectorizer.target.min_count: 2" in note

    def test_the_advice_is_above_the_value_that_is_set(self, notes):
        sides = {side: {"name": "words", "min_count": 2} for side in ("source", "target")}
        rows = [("w v", "x y"), ("v w", "y x"), ("v", "x"), ("w", "y")]
        said, _ = notes(
            TRANSLATOR, pairs(*rows), pairs(("w v v", "x y y")), pairs(("v w w", "x q")), form="tsv", vectorizer=sides
        )
        (note,) = [note for note in said if "[UNK]" in note]
        assert "set vectorizer.target.min_count: 4" in note, "x and y occur three times"

    @pytest.mark.parametrize(
        "texts",
        [
            ("味道不错值得推荐", "环境脏乱价格太贵", "服务很好", "价格便宜"),
            ("อาหารอร่อยมาก", "บรรยากาศแย่", "บริการช้า", "อาหารแย่มาก"),
            ("とても美味しい", "最悪の店です", "また来たい", "店員が親切"),
        ],
    )
    def test_a_script_without_spaces(self, notes, texts):
        said, _ = notes(CLASSIFIER, table(*texts), table(texts[0][:4]), table(texts[1][:4]))
        (note,) = [note for note in said if "hardly read" in note]
        assert "100.0% of the tokens of the validation split are unknown" in note
        assert "vectorizer: characters, or subwords, and a model that reads tokens in order, such as recurrent" in note

    @pytest.mark.parametrize(
        "texts",
        [("खाना अच्छा था", "सेवा खराब थी"), ("음식이 정말 맛있어요", "서비스가 나빠요"), ("good food", "bad service")],
    )
    def test_words_between_spaces_that_are_all_unknown(self, notes, texts):
        said, _ = notes(CLASSIFIER, table("x y z", "v w"), table(texts[0]), table(texts[1]))
        (note,) = [note for note in said if "hardly read" in note]
        assert "without spaces" not in note
        assert "give more examples, or use vectorizer: subwords or characters" in note

    def test_a_few_unknown_words_are_no_news(self, notes):
        words = " ".join(f"word{number}" for number in range(150))
        said, _ = notes(CLASSIFIER, table(words, "word1"), table(words[:-1]), table(words + " new"))
        assert [note for note in said if "unknown" in note] == []

    def test_a_small_vocabulary_learns_what_unknown_means(self, notes):
        given = {"name": "words", "max_tokens": 4}
        said, _ = notes(CLASSIFIER, table("a b c d", "a b"), table("a b e"), table("a b f"), vectorizer=given)
        assert [note for note in said if "unknown" in note] == []


def test_the_first_row_is_the_first_of_the_file(notes):
    """Training is shuffled: its lines 3 and 11 to 30 are empty, whichever comes first in the split."""
    texts = ["" if number == 1 or 9 <= number < 29 else f"word{number % 3}" for number in range(40)]
    said, _ = notes(CLASSIFIER, table(*texts), table("word8", "word9"), table("word0", ""))
    assert [re.search(r"first: (\S+)\)", note)[1] for note in said if "nothing to read" in note] == [
        "train.csv:3",
        "test.csv:3",
    ]


def test_texts_with_nothing_to_read_are_counted(notes):
    said, _ = notes(CLASSIFIER, table("a b", "b a", "", "!?"), table("a", "b"), table("a", " ", "..."))
    empty = [note for note in said if "nothing to read" in note]
    assert empty == [
        "2 of 4 examples of the training split have a text with nothing to read (first: train.csv:4): they are learned "
        "all the same, but predict gives such texts no answer; remove the rows",
        "2 of 3 examples of the test split have a text with nothing to read (first: test.csv:3): they are scored all "
        "the same, but predict gives such texts no answer; remove the rows",
    ]


def test_what_training_never_had_is_found_in_a_part_of_a_long_text(monkeypatch):
    monkeypatch.setattr(long_text, "BLOCK", 10)
    characters = Characters()
    vectorizer = characters.unpadded(characters.learn(["abc\n"]).vocabulary)
    records = document("abc\n" * 50 + "ab§\nx\n" + "abc\n" * 50, "a.txt", line=7)
    lines = encoded_splits._located_lines(records, records["text"], vectorizer)
    found = next((location, line) for location, line in lines if untrained_tokens(line, vectorizer))
    assert found == ("a.txt, line 57", "ab§\n")
    whole = list(encoded_splits._located_lines(document("ab\n\nc", "a.txt"), ["ab\n\nc"], vectorizer))
    assert whole == [("a.txt, line 1", "ab\n"), ("a.txt, line 2", "\n"), ("a.txt, line 3", "c")]
    assert len(list(encoded_splits._located_lines(records, records["text"], vectorizer))) < 10
