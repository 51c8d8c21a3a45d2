"""The sections of a starter config that depend on how the texts are written."""

import itertools

import pytest
import yaml

from seqlab.config import load, starter_for

HAPPY, SAD = ["😀", "😃", "❤️", "👨\u200d👩\u200d👧", "1️⃣"], ["😢", "😭", "💔", "👎", "😡"]
FACES = [[":-)", ":)", "=D", ";-)", "^_^"], [":-(", ":(", "=(", ">:(", "-_-"]]
ROWS = [*itertools.product(range(5), repeat=2)]


def starter_of(folder, task, name, content):
    (folder / name).write_text(content, encoding="utf-8")
    made = starter_for(task, [folder / name], folder)
    (folder / "mine.yaml").write_text(made.config, encoding="utf-8")
    return made, load(folder / "mine.yaml").experiment


@pytest.mark.parametrize("tokens", [[HAPPY, SAD], FACES])
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_emoji_and_punctuation_are_words_where_there_are_no_others(tmp_path, task, tokens):
    rows = "".join(f'"{kind[a]} {kind[b]}{kind[a]}",{n}\n' for n, kind in enumerate(tokens) for a, b in ROWS)
    made, experiment = starter_of(tmp_path, task, "a.csv", f"text,label\n{rows}")
    assert (experiment.vectorizer.standardize, experiment.vectorizer.split) == ("lower", "punctuation")
    assert not [note for note in made.notes if "training will fail" in note]
    assert experiment.vectorizer.learn([HAPPY[3]] * 2).tokens(HAPPY[3]) == [HAPPY[3]], "a family is one word"
    reads_words = {"classification": "naive_bayes_bag", "regression": "bag"}
    assert yaml.safe_load(made.config)["model"]["name"] == reads_words[task]


def test_a_few_texts_of_emoji_change_nothing(tmp_path):
    rows = "".join(f"food {n},{n % 2}\n" for n in range(40)) + "😀,1\n😢,0\n"
    _, experiment = starter_of(tmp_path, "classification", "a.csv", f"text,label\n{rows}")
    assert experiment.vectorizer.standardize == "lower_and_strip_punctuation"


def test_vectors_of_a_script_without_spaces_are_of_characters(tmp_path):
    lines = "".join(f"{a}{b}水の音\n" for a in ("古池や", "閑さや", "夏草や") for b in "蛙飛岩兵夢佐渡横天河")
    made, experiment = starter_of(tmp_path, "word_vectors", "a.txt", lines)
    assert experiment.vectorizer.name == "characters"
    assert not [note for note in made.notes if "training will fail" in note]


def test_what_training_cannot_learn_from_is_said(tmp_path):
    lines = "".join(f"wort{n}\n" for n in range(60))
    made, _ = starter_of(tmp_path, "word_vectors", "a.txt", lines)
    assert made.notes[-1].startswith("with this config, training will fail: no word occurs 2 times")
    assert made.notes[-1].endswith("set vectorizer.min_count to 1")
