"""Plug-ins that a config names: where they are searched, which are imported."""

import sys

import pytest

from seqlab.config import ConfigError, load
from seqlab.models.classification import CLASSIFIERS

PLUGIN = """
from typing import Literal
from seqlab.models.classification import CLASSIFIERS, Classifier

@CLASSIFIERS.add
class FromOutside(Classifier):
    '''A part of a plug-in.'''
    name: Literal["from_outside"] = "from_outside"
    strength: int = 3
    '''How strong it is.'''

    def build(self, context):
        raise NotImplementedError
"""


class TestPlugins:
    @pytest.fixture(autouse=True)
    def _clean(self, monkeypatch):
        parts, modules = dict(CLASSIFIERS._components), set(sys.modules)
        yield
        CLASSIFIERS._components = parts
        for name in set(sys.modules) - modules:
            if name.endswith("_parts"):
                del sys.modules[name]

    def test_a_component_from_a_module_beside_the_config(self, write, small):
        write(PLUGIN, "configs/my_parts.py")
        text = small.replace("bag", "{name: from_outside, strength: 5}") + "plugins: [my_parts]\n"
        before = list(sys.path)
        experiment = load(write(text, "configs/a.yaml")).experiment
        assert (experiment.model.name, experiment.model.strength) == ("from_outside", 5)
        assert experiment.plugins == ("my_parts",)
        assert sys.path == before

    def test_named_by_the_caller(self, write, small):
        write(PLUGIN, "his_parts.py")
        loaded = load(write(small.replace("bag", "from_outside"), "configs/a.yaml"), plugins=["his_parts"])
        assert loaded.experiment.plugins == ("his_parts",)
        assert loaded.origins["plugins", 0] == "command line"

    def test_named_on_the_command_line(self, write, small):
        write(PLUGIN, "their_parts.py")
        path = write(small.replace("bag", "from_outside"))
        assert load(path, ["plugins=[their_parts]"], trusted=False).experiment.plugins == ("their_parts",)

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (None, "ModuleNotFoundError: No module named 'bad_parts'"),
            ("1/0", "ZeroDivisionError: division by zero"),
            ("def", "SyntaxError: invalid syntax (bad_parts.py, line 1)"),
            ("import sys; sys.exit(3)", "SystemExit: 3"),
            (PLUGIN.partition("    def build")[0], "TypeError: the classifier 'from_outside' does not implement build"),
        ],
    )
    def test_what_cannot_be_imported(self, write, problems, small, content, reason):
        if content:
            write(content, "bad_parts.py")
        before = list(sys.path)
        assert problems(small + "plugins: [bad_parts]\n") == [
            f"5:11: plugins.0: cannot import the plug-in 'bad_parts': {reason}"
        ]
        assert sys.path == before

    def test_its_components_are_not_reported_as_unknown_too(self, write, problems, small):
        write("import no_such_module", "bad_parts.py")
        text = small.replace("bag", "its_model") + "plugins: [bad_parts]\n"
        (problem,) = problems(text)
        assert "cannot import the plug-in 'bad_parts': ModuleNotFoundError: No module named 'no_such_module'" in problem

    def test_never_imported_from_a_run(self, write, problems, small, tmp_path):
        write("raise SystemExit('a stranger decides what runs here')", "evil_parts.py")
        text = small.replace("bag", "from_outside") + "plugins: [evil_parts]\n"
        wanted = (
            f"4:8: model: unknown classifier 'from_outside'; available: {', '.join(CLASSIFIERS.names)}; "
            "plug-ins of a run are imported only on request: --plugin evil_parts"
        )
        assert problems(text, trusted=False) == [wanted]
        (tmp_path / "run.json").write_text("{}")
        assert problems(text) == [wanted]

    def test_for_a_run_on_request_and_never_from_it(self, write, small):
        write("{}", "run/run.json")
        path = write(small.replace("bag", "from_outside") + "plugins: [known_parts]\n", "run/config.yaml")
        write(PLUGIN, "run/known_parts.py")
        with pytest.raises(ConfigError, match="No module named 'known_parts'"):
            load(path, plugins=["known_parts"])
        write(PLUGIN, "known_parts.py")
        with pytest.raises(ConfigError, match=r"--plugin\s+known_parts"):
            load(path)
        assert load(path, plugins=["known_parts"]).experiment.model.name == "from_outside"

    def test_a_run_that_uses_no_component_of_its_plugins_loads_without_them(self, write, small):
        assert load(write(small + "plugins: [absent_parts]\n"), trusted=False).experiment.plugins == ("absent_parts",)
