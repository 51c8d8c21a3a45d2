"""From a file, a recipe or a dict to an experiment, and the origin of each value."""

import contextlib
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.config import ConfigError, dump, load, to_yaml
from seqlab.config.recipes import recipe_names, recipes_folder
from seqlab.config.yaml_writer import yaml_lines
from seqlab.errors import RequestError
from seqlab.models.classification import BagClassifier


class TestSources:
    def test_a_file(self, write, small):
        loaded = load(write(small, "My first config!.yaml"))
        assert loaded.experiment.model == BagClassifier()
        assert loaded.slug == "My-first-config"
        assert loaded.file.name == "My first config!.yaml"

    def test_a_path_as_text(self, write, small):
        write(small)
        assert load("a.yaml").file == Path("a.yaml")

    @pytest.mark.parametrize("name", recipe_names())
    def test_every_recipe(self, name):
        loaded = load(name)
        assert loaded.slug == name.replace("/", "-")
        assert load(recipes_folder() / f"{name}.yaml").slug == loaded.slug

    def test_the_quick_start_is_a_recipe(self):
        assert "quickstart" in recipe_names()

    def test_a_folder_of_the_same_name_does_not_hide_a_recipe(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "quickstart").mkdir()
        assert load("quickstart").slug == "quickstart"

    def test_a_dict(self):
        given = {
            "task": "classification",
            "data": {"name": "csv", "path": Path("x.csv"), "text": "t", "label": "l"},
            "vectorizer": "words",
            "model": BagClassifier(hidden=3),
            "metrics": ("accuracy",),
        }
        loaded = load(given, ["training.epochs=2"])
        experiment = loaded.experiment
        assert (experiment.model.hidden, experiment.training.epochs) == (3, 2)
        assert experiment.data.path == str(Path("x.csv").absolute())
        assert (loaded.file, loaded.slug) == (None, "csv-bag")
        assert loaded.origins["model", "hidden"] == "config"
        assert given["data"]["path"] == Path("x.csv"), "the caller's dict is left alone"

    def test_recipes_of_an_installed_package(self, tmp_path, monkeypatch):
        package = tmp_path / "seqlab"
        (package / "recipes" / "imdb").mkdir(parents=True)
        (package / "recipes" / "imdb" / "packed.yaml").write_bytes((recipes_folder() / "quickstart.yaml").read_bytes())
        monkeypatch.setattr("seqlab.config.recipes.__file__", str(package / "config" / "recipes.py"))
        assert recipe_names() == ["imdb/packed"]
        assert load("imdb/packed").slug == "imdb-packed"

    @pytest.mark.parametrize("source", ["quickstrat", "imdb/bigrm.yaml", "x" * 5000, "a\0b"])
    def test_unknown(self, source):
        with pytest.raises(RequestError, match="no file or recipe") as caught:
            load(source)
        assert "`seqlab recipes` lists the recipes" in str(caught.value)

    def test_unknown_but_close(self):
        with pytest.raises(RequestError, match=r"did you mean the recipe 'quickstart'\?"):
            load("quickstrat")

    def test_not_there_and_a_folder(self, tmp_path):
        with pytest.raises(RequestError, match=r"b\.yaml cannot be read: No such file"):
            load(tmp_path / "b.yaml")
        with pytest.raises(RequestError, match="is a directory; a config is a YAML file"):
            load(str(tmp_path))

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "the file is empty; run `seqlab init classification` for a config to start from"),
            ("# nothing\n", "the file is empty; run `seqlab init classification` for a config to start from"),
            ("- a\n", "expected a mapping of keys, got a list"),
            ("bag", "expected a mapping of keys, got 'bag'"),
        ],
    )
    def test_no_mapping(self, problems, text, message):
        assert problems(text, "training.epochs=3")[0].partition(": : ")[2] == message

    @pytest.mark.parametrize("bad", [{1: 2}, {"data": {None: 1}}])
    def test_keys_of_a_dict_are_strings(self, bad):
        with pytest.raises(RequestError, match=r"the keys of a config must be strings, got (1|None)"):
            load(bad)

    def test_a_dict_that_holds_itself(self):
        endless = {}
        endless["data"] = endless
        with pytest.raises(RequestError, match="nested too deeply"):
            load(endless)


class TestOrigins:
    def test_of_every_value(self, write, small):
        text = small + "training:\n  epochs: 3\n  optimizer: {name: sgd, momentum: 0.9}\n"
        origins = load(write(text), ["model.hidden=4", "runtime.seed=1"]).origins
        assert origins["task",] == "a.yaml:1"
        assert origins["data", "name"] == "a.yaml:2"
        assert origins["data", "take"] == "default"
        assert origins["model", "name"] == "a.yaml:4"
        assert origins["model", "hidden"] == "command line"
        assert origins["model", "dropout"] == "default"
        assert origins["training", "epochs"] == "a.yaml:6"
        assert origins["training", "optimizer", "momentum"] == "a.yaml:7"
        assert origins["training", "batch_size"] == "default"
        assert origins["runtime", "seed"] == "command line"

    def test_what_was_chosen(self, write, small, tmp_path):
        text = small + "training:\n  epochs: 3\nexpected: {test.accuracy: [0.5, 1]}\n"
        chosen = load(write(text), ["model.hidden=4"]).chosen
        assert {key: origin for key, origin in chosen.items() if key.startswith(("model", "training", "expected"))} == {
            "model.name": "a.yaml:4",
            "model.hidden": "command line",
            "training.epochs": "a.yaml:6",
            "expected.test.accuracy": "a.yaml:7",
        }

    def test_a_default_that_was_written_comes_from_the_file(self, write, small):
        origins = load(write(small + "training: {patience: null}\n")).origins
        assert origins["training", "patience"] == "a.yaml:5"


KEYS = (
    "task data vectorizer model training runtime metrics plugins expected version name path hidden epochs "
    "optimizer schedule class_weights checkpoint monitor validation fit fields source test.accuracy <<"
)


keys = st.sampled_from(KEYS.split())


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)


names = st.sampled_from(["classification", "synthetic", "csv", "words", "bag", "adam", "cosine_decay", "balanced"])


trees = st.recursive(
    scalars | names, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=6), max_leaves=20
)


steps = st.sampled_from(["training", "optimizer", "model", "metrics", "0", "expected", "a", "plugins", "", "task"])


overrides = st.builds(
    lambda path, value: f"{'.'.join(path)}={value}", st.lists(steps, max_size=3), st.text(max_size=5) | names
)


@settings(deadline=None)
@given(st.dictionaries(keys, trees, max_size=8), st.booleans(), st.lists(overrides, max_size=3))
def test_whatever_is_given_is_loaded_or_refused(given_config, from_text, arguments):
    """By no other exception, and with words for every problem."""
    base = {"task": "classification", "data": "synthetic", "vectorizer": "words", "model": "bag"}
    source = base | given_config
    with contextlib.suppress(ConfigError):
        if from_text:
            load_text("".join(f"{line}\n" for line, _ in yaml_lines(source)), arguments)
        else:
            load(source, arguments, trusted=False)


def load_text(text, arguments):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.yaml"
        path.write_bytes(text.encode("utf-8", errors="surrogatepass"))
        load(path, arguments, trusted=False)


TAKING = {"task": "classification", "data": {"name": "synthetic", "take": 30}, "vectorizer": "words", "model": "bag"}


class TestTake:
    """A number keeps a share of all splits; in runs of version 0.1 it meant the training split alone."""

    def test_a_number_is_stored_as_a_mapping(self):
        stored = dump(load(TAKING).experiment)
        assert stored["data"]["take"] == {"train": 30, "validation": "proportional", "test": "proportional"}
        assert dump(load(stored).experiment) == stored
        assert load(TAKING).origins["data", "take", "test"] == "config"

    def test_of_a_run_means_training_alone_unless_it_is_overridden(self, tmp_path):
        (tmp_path / "run.json").write_text("{}", encoding="utf-8")
        (tmp_path / "config.yaml").write_text(to_yaml(load(TAKING).experiment), encoding="utf-8")
        assert dump(load(tmp_path / "config.yaml").experiment) == dump(load(TAKING).experiment)
        (tmp_path / "config.yaml").write_text(json.dumps(TAKING), encoding="utf-8")
        old = {"train": 30, "validation": None, "test": None}
        assert dump(load(tmp_path / "config.yaml").experiment)["data"]["take"] == old
        assert dump(load(TAKING, trusted=False).experiment)["data"]["take"] == old
        changed = dump(load(tmp_path / "config.yaml", ["data.take=20"]).experiment)["data"]["take"]
        assert changed == {"train": 20, "validation": "proportional", "test": "proportional"}
        assert dump(load(tmp_path / "config.yaml", ["data.take.test=5"]).experiment)["data"]["take"]["test"] == 5

    @pytest.mark.parametrize("take", [0, -1, True, "all", [3], {"train": 0}, {"dev": 3}, {"test": "half"}])
    def test_what_is_refused(self, take):
        with pytest.raises(ConfigError, match=r"data\.take"):
            load({**TAKING, "data": {"name": "synthetic", "take": take}})


ROWS = "text,label\nthe food: good,1\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("chat.csv", ROWS.encode()),
        ("hotel.CSV", "Straße;Größe\n".encode("windows-1252")),
        ("a.jsonl", b'{"text": "a"}\n{"text": "b"}\n'),
        ("a.tsv.gz", b"\x1f\x8b"),
        ("a.xlsx", b"PK\x03\x04"),
        ("a.parquet", b"PAR1"),
        ("a.json", b'[{"text": "a"}]'),
        ("poems.txt", b"once upon a time\nthere was"),
        ("latin.txt", "Übel".encode("utf-16")),
        ("notes", b"a: b: c\n- d"),
    ],
)
def test_data_are_no_config_and_the_message_names_the_command(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(
        RequestError, match=r"is data, not a config.*`seqlab init TASK --data .*classification"
    ) as caught:
        load(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)


@pytest.mark.parametrize("name", ["mine.yml", "mine.txt", "mine", "mine.json"])
def test_a_config_with_an_error_is_no_data(tmp_path, small, name):
    (tmp_path / name).write_text(small + "model: [\n", encoding="utf-8")
    with pytest.raises(ConfigError):
        load(tmp_path / name)


def test_a_folder_of_texts(tmp_path):
    with pytest.raises(RequestError, match=r"is a directory; .* `seqlab init TASK --data FILE`"):
        load(tmp_path)


@pytest.mark.parametrize("source", [["a"], 3, None])
def test_what_is_no_config_in_python(source):
    with pytest.raises(RequestError, match="a config is a path, the name of a recipe or a mapping, not "):
        load(source)


@pytest.mark.parametrize(
    ("value", "way_out"),
    [("0,2", "write 0.2"), ("20%", "write 0.2"), ("'0.2'", "write 0.2 without quotes"),
     ("20,5", "a fraction is between 0 and 1")],
)  # fmt: skip
@pytest.mark.parametrize("option", ["validation", "test"])
@pytest.mark.parametrize(
    ("task", "data"),
    [("classification", "name: csv, path: a.csv"), ("translation", "name: parallel_text, source: a, target: b")],
)
def test_a_fraction_that_yaml_reads_as_text_is_no_path(write, small, task, data, option, value, way_out):
    config = f"task: {task}\ndata:\n  " + data.replace(", ", "\n  ") + f"\n  {option}: {value}\n"
    config += "vectorizer: words\nmodel: " + ("bag" if task == "classification" else "recurrent_encoder_decoder") + "\n"
    with pytest.raises(ConfigError) as caught:
        load(write(config))
    shown = value.strip("'")
    assert caught.value.problems[0].message == f"'{shown}' is text, not a number: {way_out}"
