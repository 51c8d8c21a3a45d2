"""The starter config of each task."""

import re

import pytest
import yaml

from seqlab.config import dump, load, starter, starter_for, starters
from seqlab.config.source_map import Source
from seqlab.config.yaml_reader import read_yaml
from seqlab.data.splits.load_splits import load as load_data
from seqlab.errors import DataError, RequestError
from seqlab.tasks import TASKS


@pytest.mark.parametrize("task", TASKS)
def test_each_task_has_a_valid_starter(write, task):
    assert load(write(starter(task))).experiment.task == task


@pytest.mark.parametrize("task", TASKS)
def test_it_fits_a_terminal(task):
    assert all(len(line) < 80 for line in starter(task).splitlines())


def test_the_schema_is_named_in_the_first_line():
    first, _, rest = starter("classification", "seqlab.schema.json").partition("\n")
    assert first == "# yaml-language-server: $schema=seqlab.schema.json"
    assert rest == starter("classification")


@pytest.mark.parametrize("task", TASKS)
def test_pyyaml_reads_the_same_values(task):
    """As `seqlab.train(yaml.safe_load(...))` gets them."""
    content = starter(task)
    assert yaml.safe_load(content) == read_yaml(Source("starter.yaml", content)).value


def test_an_unknown_task():
    with pytest.raises(RequestError, match=r"unknown task 'clasification'; did you mean 'classification'\?"):
        starter("clasification")


@pytest.mark.parametrize("task", TASKS)
def test_every_key_has_a_comment(task):
    keys = [line for line in starter(task).splitlines() if re.match(r"\s*[\w]+: \S", line)]
    assert len(keys) > 10
    assert all("# " in line for line in keys)


DATA = {
    "classification": ("reviews.csv", "Id;Review;Mood\n" + "".join(f"{n};food {n % 7};{n % 2}\n" for n in range(60))),
    "language_model": ("book.txt", "once upon a time\n" * 300),
    "regression": ("flats.csv", "city;size;price\n" + "".join(f"{'ab'[n % 2]};{n};{n * 3}\n" for n in range(60))),
    "translation": ("pairs.tsv", "english\tfrench\n" + "".join(f"the cat {n}\tle chat {n}\n" for n in range(60))),
    "word_vectors": ("book.txt", "".join(f"once upon {n} times there was {n % 5}\n" for n in range(90))),
}
"""Task → a file for it. A new task needs one."""


@pytest.mark.parametrize("task", TASKS)
def test_a_starter_for_the_users_own_file_is_valid_and_reads_it(tmp_path, task):
    name, content = DATA[task]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / name).write_text(content, encoding="utf-8")
    made = starter_for(task, [tmp_path / "data" / name], tmp_path)
    config, summary = made.config, made.summary
    (tmp_path / "mine.yaml").write_text(config, encoding="utf-8")
    experiment = load(tmp_path / "mine.yaml").experiment
    assert load_data(experiment.data).splits["train"]
    assert f"path: data/{name} " in config
    assert all("#" in line for line in config.splitlines() if re.match(r"\s*[\w]+: \S", line))
    assert summary in " ".join(re.sub("\n# ", " ", config).split())
    assert yaml.safe_load(config) == read_yaml(Source("mine.yaml", config)).value


OF_SIZE = {"classification": {"epochs": 100}, "regression": {"epochs": 100}, "translation": {"batch_size": 16}}
"""Task → what differs from the defaults for so few rows."""


UNSPACED = "text,label\n" + "".join(
    f"{place}的{n}号菜{'很好吃' if n % 2 else '不好吃'},{n % 2}\n" for n, place in enumerate("东南西北前后左右" * 5)
)
RATED = "text,rating\n" + "".join(f"dish {n} was {'good' if n % 3 else 'bad'},{n % 3}.5\n" for n in range(40))
OF_OWN = {
    **{task: (task, *data) for task, data in DATA.items()},
    "unspaced": ("classification", "a.csv", UNSPACED),
    "rated": ("regression", "a.csv", RATED),
}
"""Kind of data → task, name of a file and its content."""


@pytest.mark.parametrize("kind", OF_OWN)
def test_model_and_training_of_the_users_own_file_are_the_defaults(tmp_path, kind):
    """What a network needs was measured on real texts, for the defaults; the embedded data need less."""
    task, name, content = OF_OWN[kind]
    values = yaml.safe_load(starter_of(tmp_path, task, content, name=name).config)
    bare = {**values, "model": {"name": values["model"]["name"]}, "training": OF_SIZE.get(task, {})}
    assert dump(load(values).experiment) == dump(load(bare).experiment)
    assert len(values["training"]) > 2, "they are shown"


@pytest.mark.parametrize("kind", OF_OWN)
def test_a_comment_on_other_values_does_not_name_the_one_that_is_written(tmp_path, kind):
    """The values are defaults, which change; the comments are written by hand."""
    task, name, content = OF_OWN[kind]
    lines = starter_of(tmp_path, task, content, name=name).config.splitlines()
    others = [re.fullmatch(r" +\w+: (\S+) +# others: (.*)", line) for line in lines]
    assert [found[0] for found in others if found and found[1] in found[2].split(", ")] == []
    assert [line for line in lines if re.search(r": false +# (?!whether|true:)", line)] == []


def test_many_rows_are_larger_batches(tmp_path, monkeypatch):
    monkeypatch.setattr(starters, "SIZES", {"label": ((50, {"epochs": 100}), (0, {"batch_size": 256}))})
    sizes = []
    for rows in (40, 60):
        (tmp_path / str(rows)).mkdir()
        text = "text,label\n" + "".join(f"food {n},{n % 2}\n" for n in range(rows))
        training = yaml.safe_load(starter_of(tmp_path / str(rows), "classification", text).config)["training"]
        sizes.append((training["epochs"], training["batch_size"]))
    assert sizes == [(100, 32), (30, 256)]


def test_names_from_the_file_cannot_leave_the_comment(tmp_path):
    (tmp_path / "a.csv").write_text(
        '"te\nxt","label"\na,"x\n\x1b"\n' + "".join(f"b{n},y\nc{n},x\n" for n in range(10)), encoding="utf-8"
    )
    config = starter_for("classification", [tmp_path / "a.csv"], tmp_path).config
    (tmp_path / "mine.yaml").write_text(config, encoding="utf-8")
    assert load(tmp_path / "mine.yaml").experiment.data.text == "te\nxt"
    assert "\x1b" not in config


def starter_of(folder, task, *contents, name="a.csv"):
    paths = [folder / f"{number}{name}" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_text(content, encoding="utf-8")
    return starter_for(task, paths, folder)


def test_labels_are_counted_as_training_counts_them(tmp_path):
    rows = "".join(f"food {n},{'bad ' if n % 2 else 'bad'}\nmeal {n},cafe\u0301\n" for n in range(20))
    made = starter_of(tmp_path, "classification", f"text,label\n{rows}one,Bad\ntwo,Bad\nthree,Bad\n")
    assert made.summary.endswith("(Bad: 3, bad: 20, café: 20)")
    assert [note for note in made.notes if "differ only in case" in note]


def test_empty_texts_are_told_as_training_tells_them(tmp_path):
    """By the lines of the file, where a row above has a line break."""
    rows = "".join(f"food {n},{n % 2}\n" for n in range(60))
    made = starter_of(tmp_path, "classification", f'text,label\n"a\nb",0\n{rows}???,0\n,1\n')
    told = " ".join(note for note in made.notes if "nothing to read" in note)
    counts = [int(count) for count in re.findall(r"(\d+) of \d+ examples? of the \w+ split ha", told)]
    assert sum(counts) == 2
    assert {int(line) for line in re.findall(r"\(first: 0a\.csv:(\d+)\)", told)} <= {64, 65}
    assert not [note for note in starter_of(tmp_path, "classification", f"text,label\n{rows}").notes if "read" in note]


def test_files_of_different_length_are_no_translations(tmp_path):
    with pytest.raises(DataError, match=r"has 3 lines and .* has 2: line 3 of"):
        starter_of(tmp_path, "translation", "a\nb\nc\n", "a\nb\n", name="a.txt")


@pytest.mark.parametrize("rows", [0, 1, 2, 3])
@pytest.mark.parametrize("header", ["text,label", "x,y1"])
def test_rows_too_few_for_three_splits(tmp_path, rows, header):
    with pytest.raises(DataError, match=r"no rows|too few|split is empty"):
        starter_of(tmp_path, "classification", "".join([f"{header}\n", *["a,x\n", "b,y\n", "c,x\n"][:rows]]))


@pytest.mark.parametrize("text", ["我喜欢这家饭店", "この店が好きです", "ฉันชอบร้านนี้"])
def test_a_classifier_reads_characters_of_a_script_without_spaces(tmp_path, text):
    rows = "".join(f"{text}{n},{n % 2}\n" for n in range(40))
    (tmp_path / "mine.yaml").write_text(starter_of(tmp_path, "classification", f"text,label\n{rows}").config, "utf-8")
    experiment = load(tmp_path / "mine.yaml").experiment
    assert (experiment.vectorizer.name, experiment.model.name, experiment.model.units) == (
        "characters",
        "recurrent",
        32,
    )


WORDS = {"name": "words", "standardize": "none", "split": "punctuation", "min_count": 1}
CHARACTERS = {"name": "characters"}


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("the cat", "le chat", WORDS),
        ("the cat", "猫吃鱼", {"source": WORDS, "target": CHARACTERS}),
        ("แมวกินปลา", "the cat", {"source": CHARACTERS, "target": WORDS}),
        ("猫が魚を食べる", "猫吃鱼", CHARACTERS),
    ],
)
def test_each_side_of_a_translation_gets_the_vectorizer_of_its_script(tmp_path, source, target, expected):
    rows = "".join(f"{source} {n}\t{target} {n}\n" for n in range(40))
    config = starter_of(tmp_path, "translation", f"source\ttarget\n{rows}", name="a.tsv").config
    (tmp_path / "mine.yaml").write_text(config, "utf-8")
    assert load(tmp_path / "mine.yaml").experiment.task == "translation"
    assert yaml.safe_load(config)["vectorizer"] == expected
    assert all("#" in line for line in config.splitlines() if re.match(r"\s*[\w]+: \S", line))


def test_labels_are_named_in_order_and_a_comment_is_broken_between_them(tmp_path):
    names = ["2", "10", "1", *(f"a rather long label {letter}" for letter in "abc")]
    rows = "".join(f"food {n},{names[n % 6]}\n" for n in range(60))
    made = starter_of(tmp_path, "classification", f"text,label\n{rows}")
    assert made.summary.endswith(
        "(1: 10, 2: 10, 10: 10, a rather long label a: 10, a rather long label b: 10, a rather long label c: 10)"
    )
    comment = [line for line in made.config.partition("\ndata:")[0].splitlines()[8:] if line.startswith("# 60")]
    assert comment
    assert all(len(line) < 80 for line in made.config.splitlines())
    assert not re.search(r":$", made.config.partition("\ndata:")[0].rpartition("60 rows")[2], re.MULTILINE)


@pytest.mark.parametrize(
    ("rare", "advised", "tuned"), [([1] * 3 + [0] * 37, True, True), ([1, 2, 0, 0, 0, 0, 0, 0, 0, 0], True, False),
                                   ([0, 1], False, False)]
)  # fmt: skip
def test_rare_labels_get_advice_that_is_valid(tmp_path, rare, advised, tuned):
    rows = "".join(f"food {n},{rare[n % len(rare)]}\n" for n in range(120))
    config = starter_of(tmp_path, "classification", f"text,label\n{rows}").config
    assert ("class_weights: balanced" in config) is advised
    assert ("--threshold tuned" in config) is tuned
    taken = re.sub(r"(?m)^  #   (class_weights|monitor)", r"  \1", config)
    (tmp_path / "mine.yaml").write_text(taken, "utf-8")
    training = load(tmp_path / "mine.yaml").experiment.training
    assert (training.class_weights, training.monitor) == (
        ("balanced", "validation.macro_f1") if advised else (None,) * 2
    )


@pytest.mark.parametrize(("encoding", "reads"), [("mac_roman", "KŠse"), ("windows-1252", "Käse")])
def test_a_guessed_encoding_is_shown_with_a_line_of_the_file(tmp_path, encoding, reads):
    rows = "".join(f"Der Käse war gut, und der Wein kalt und herb {n};{n % 2}\n" for n in range(40))
    (tmp_path / "a.csv").write_bytes(f"Text;Urteil\n{rows}".encode(encoding))
    made = starter_for("classification", [tmp_path / "a.csv"], tmp_path)
    (note,) = made.notes
    assert "windows-1252 is a guess. Does this line read well?" in note
    assert reads in note
    (line,) = [line for line in made.config.splitlines() if "encoding: windows-1252" in line]
    assert "does this read well?" in line
    assert reads in line
    assert len(line) < 80


def test_what_is_odd_in_the_rows_is_said(tmp_path):
    labels = ["good", "bad", "N/A", "nan"]
    rows = "".join(f"food {n % 50},{labels[n % 50 % 4]}\n" for n in range(60))
    notes = starter_of(tmp_path, "classification", f"text,label\n{rows}").notes
    assert "10 rows are duplicates; equal texts are kept in one split" in notes
    assert [note.partition(",")[0] for note in notes if "missing label" in note] == [
        "14 examples with the label 'N/A'",
        "14 examples with the label 'nan'",
    ]
