"""`standardize` and `split` by functions of a plug-in: what they may return, and that nothing else is called."""

import hashlib
import re
import shutil
import sys

import pytest
from quick import Heard
from typer.testing import CliRunner

from seqlab import experiment
from seqlab.cli.application import app
from seqlab.config import ConfigError, dump, load
from seqlab.errors import DataError
from seqlab.text.words import Words

STEPS = """
import re

def clean(text):
    return re.sub("[0-9]+", "0", text.lower())

def words(text):
    return re.findall("[a-z0]+|!", text)

def nothing(text):
    return None

def empty_ones(text):
    return ["", *text.split(), ""]

def two_words(text):
    return ["New York"]

def numbers(text):
    return [3]

constant = 3

def two(one, other):
    return one

def inner():
    return 1

class Cleaner:
    def __call__(self, text):
        return text.upper()

cleaner = Cleaner()

def exits(text):
    import sys
    sys.exit(3)

from math import sqrt
"""
CONFIG = """
task: classification
data: {name: synthetic, size: 100}
vectorizer: {name: words, standardize: "own_steps:clean", split: "own_steps:words"}
model: {name: bag, hidden: 2}
training: {epochs: 1}
plugins: [own_steps]
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a config and its plug-in, which is forgotten after the test."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own_steps.py").write_text(STEPS, encoding="utf-8")
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    yield tmp_path
    sys.modules.pop("own_steps", None)


def _one_line(error):
    """Messages are wrapped."""
    return " ".join(str(error).split())


def own(**options):
    load("config.yaml")  # imports the plug-in
    return Words(**options)


class TestAnswers:
    def test_own_words_of_an_own_text(self, folder):
        fitted = own(standardize="own_steps:clean", split="own_steps:words").learn(["Room 237! room 5"])
        assert fitted.tokens("ROOM 99!") == ["room", "0", "!"]
        assert fitted.vocabulary.tokens == ("room", "0", "!")
        ids = fitted.encode(["ROOM 99! x"]).ids[0]
        assert ids.tolist() == [2, 3, 4, 1]
        assert fitted.decode(ids) == "room 0 ! [UNK]"

    def test_an_own_standardization_before_the_other_steps(self, folder):
        options = own(standardize="own_steps:clean", keep="[a-z ]", stop_words=["the"], ngrams=2)
        assert options.learn(["The Room 237"]).tokens("The Room 237") == ["room"]

    def test_an_own_split_after_the_other_steps(self, folder):
        fitted = own(split="own_steps:words", ngrams=2).learn(["It's 0, so!"])
        assert fitted.tokens("It's 0, so!") == ["its", "0", "so", "its 0", "0 so"]

    def test_text_is_composed_before_it_is_standardized(self, folder, monkeypatch):
        fitted = own(standardize="own_steps:clean").learn(["x"])
        assert fitted.tokens("E\u0301") == ["\xe9"]

    def test_an_object_that_can_be_called_is_a_function(self, folder):
        assert own(standardize="own_steps:cleaner").learn(["a b"]).tokens("a b") == ["A", "B"]

    @pytest.mark.parametrize("option", ["standardize", "split"])
    def test_a_function_in_c_that_fails_is_named(self, folder, option):
        with pytest.raises(DataError, match=r"own_steps:sqrt failed \(TypeError: must be real.*The text: 'a text'"):
            own(**{option: "own_steps:sqrt"}).learn(["a text"])

    def test_empty_words_are_left_out(self, folder):
        assert own(split="own_steps:empty_ones").learn(["a b"]).tokens("a b") == ["a", "b"]

    def test_nothing_is_promised_of_the_tokens(self, folder):
        traits = own(standardize="own_steps:clean").traits
        assert not traits.lowercases
        assert not traits.strips_punctuation

    @pytest.mark.parametrize(
        ("option", "function", "message"),
        [
            (
                "standardize",
                "nothing",
                "own_steps:nothing (own_steps.py, line 10) returned None; it must return a text",
            ),
            ("split", "nothing", "returned None; it must return a list of words"),
            ("split", "clean", "returned a value of the type str; it must return a list of words"),
            ("split", "numbers", "returned a list with a value of the type int; it must return a list of words"),
            ("split", "two_words", "returned the word 'New York'; a word must have no white space in it"),
        ],
    )
    def test_wrong_answers(self, folder, option, function, message):
        with pytest.raises(DataError, match=re.escape(message)) as caught:
            own(**{option: f"own_steps:{function}"}).learn(["a text"])
        assert str(caught.value).endswith("The text: 'a text'")


class TestConfigs:
    @pytest.mark.parametrize(
        ("override", "message"),
        [
            (
                "plugins=[]",
                "'own_steps' is not a plug-in of this config: add it to plugins, such as plugins: [own_steps]",
            ),
            ("plugins=own_steps", "'own_steps' is not a plug-in of this config"),
            ("plugins=3", "'own_steps' is not a plug-in of this config"),
            ("vectorizer.split=own_steps:nope", "the plug-in 'own_steps' has no function 'nope'"),
            ("vectorizer.split=own_steps:constant", "the plug-in 'own_steps' has no function 'constant'"),
            *(
                (f"vectorizer.{option}=own_steps:{name}", f"own_steps:{name} must be a function of one text")
                for option in ("standardize", "split")
                for name in ("two", "inner", "Cleaner")
            ),
            ("vectorizer.standardize=os:system", "'os' is not a plug-in of this config"),
            ("vectorizer.standardize=os.path:join", "'os.path' is not a plug-in of this config"),
            ("vectorizer.split=whitspace", "unknown value 'whitspace'; did you mean 'whitespace'?"),
            ("vectorizer.split=':words'", "expected whitespace, punctuation, none or text (module:function)"),
            ("vectorizer.split='own_steps:'", "expected whitespace, punctuation, none or text (module:function)"),
            ("vectorizer.split='own steps:words'", "expected whitespace, punctuation, none or text (module:function)"),
        ],
    )
    def test_refused(self, folder, override, message):
        with pytest.raises(ConfigError) as caught:
            load("config.yaml", [override])
        assert message in _one_line(caught.value)

    def test_a_plugin_that_cannot_be_imported_is_one_problem(self, folder):
        (folder / "own_steps.py").write_text("1/0", encoding="utf-8")
        with pytest.raises(ConfigError) as caught:
            load("config.yaml")
        assert [problem.message for problem in caught.value.problems] == [
            "cannot import the plug-in 'own_steps': ZeroDivisionError: division by zero"
        ]

    def test_a_dumped_config_is_read_again(self, folder):
        first = load("config.yaml").experiment
        assert load(dump(first)).experiment == first

    def test_tensorflow_is_told_to_run_no_python(self, folder):
        reasons = load("config.yaml").experiment.vectorizer.not_exportable
        assert reasons == (
            "standardize: own_steps:clean, because TensorFlow runs no Python function",
            "split: own_steps:words, because TensorFlow runs no Python function",
        )


def test_a_function_that_ends_the_program_is_named(folder, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    result = CliRunner().invoke(app, ["vocabulary", "config.yaml", "vectorizer.standardize=own_steps:exits"])
    assert result.exit_code == 1
    assert "error: the plug-in 'own_steps' failed (own_steps.py, line 38: SystemExit: 3)" in _one_line(result.stderr)


@pytest.mark.slow
def test_a_run_uses_the_functions_only_if_their_plugin_is_named_again(folder):
    run = experiment.train(load("config.yaml"), folder / "runs")
    del sys.modules["own_steps"]
    with pytest.raises(ConfigError) as caught:
        experiment.load(run)
    assert "plug-ins of a run are imported only on request: --plugin own_steps" in _one_line(caught.value)
    assert "own_steps" not in sys.modules
    heard = Heard()
    loaded = experiment.load(run, plugins=["own_steps"], progress=heard)
    assert not [line for line in heard.lines if "plug-in" in line]
    assert loaded.predict(["not bad at all"])[0].label in {"negative", "positive"}


@pytest.mark.slow
def test_another_plugin_than_in_training_is_said(folder):
    run = experiment.train(load("config.yaml"), folder / "runs")
    assert run.metadata()["plugins"] == {"own_steps": hashlib.sha256(STEPS.encode()).hexdigest()}
    (folder / "own_steps.py").write_text(f"{STEPS}\n# changed\n", encoding="utf-8")
    said = f"the plug-in 'own_steps' has changed since run {run.id} was trained: results can differ"
    for use in (
        lambda heard: experiment.load(run, plugins=["own_steps"], progress=heard),
        lambda heard: experiment.resume(run, ["training.epochs=2"], plugins=["own_steps"], progress=heard),
    ):
        heard = Heard()
        use(heard)
        assert said in heard.lines


def test_prepared_data_depend_on_the_source_of_the_plugin(folder):
    from seqlab.cli.progress import python_progress
    from seqlab.experiment.inspect_data import vectorizers_of

    def words(standardized):
        (folder / "own_steps.py").write_text(STEPS.replace("text.lower()", standardized), encoding="utf-8")
        sys.modules.pop("own_steps", None)
        shutil.rmtree(folder / "__pycache__", ignore_errors=True)
        (vectorizer,) = vectorizers_of(load("config.yaml").experiment, None, folder, python_progress()).values()
        return vectorizer.vocabulary.tokens

    assert "not" in words("text.lower()")
    assert words("text.lower()[:3]") != words("text.lower()")
