"""The pages of docs/: commands print what they show; the commands, options, files, keys and imports they name exist."""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import pytest
from documents import PAGES, ROOT, Command, Shell, assert_shown, blocks, run_page
from test_architecture import ARROWS
from typer.main import get_command

from seqlab import config
from seqlab.cli.application import COMMANDS, app
from seqlab.config import recipe_names
from seqlab.config.experiment import Runtime
from seqlab.decoding.logits_processors import LOGITS_PROCESSORS
from seqlab.decoding.sampling_options import processor_options
from seqlab.keras_names import KerasComponent
from seqlab.registry import Options
from seqlab.sinks import SINKS
from seqlab.tasks import TASKS
from seqlab.training.options import TrainingOptions
from seqlab.vectors.published import load_vectors

ARCHITECTURE, CONFIGURATION = ROOT / "docs" / "architecture.md", ROOT / "docs" / "configuration.md"
RUN_PAGES = (
    "classification",
    "translation",
    "resume",
    "adding_a_part",
    "commands",
    "comparing",
    "configuration",
    "explain",
    "exporting",
    "language_models",
    "own_data",
    "runs",
    "sweeps",
    "tables",
    "word_vectors",
)
CODE = ("seqlab", "configs", "benchmarks", "docs")
"""The folders of the source tree; of `docs` only the scripts."""
PLACES = re.compile(r"/(?:work|tmp|home|root|Users)/")


@pytest.fixture
def _own_registries(tmp_path):
    """Components of plug-ins are removed after the test."""
    registries = [getattr(task.registries, each.name) for task in TASKS.values() for each in fields(task.registries)]
    registries += [LOGITS_PROCESSORS, SINKS]
    before, modules = [dict(registry._components) for registry in registries], set(sys.modules)
    yield
    for registry, components in zip(registries, before, strict=True):
        registry._components = components
    for name in set(sys.modules) - modules:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.usefixtures("_own_registries")
@pytest.mark.parametrize("name", RUN_PAGES)
def test_commands_print_what_the_page_shows(name, tmp_path):
    run_page(ROOT / "docs" / f"{name}.md", tmp_path)


@pytest.mark.slow
@pytest.mark.real_data
def test_glove_answers_what_the_page_shows(real_data, tmp_path, monkeypatch):
    """Read once: the answers of 400,000 words are compared, not how they are read."""
    page, shell = ROOT / "docs" / "word_vectors.md", Shell()
    commands = [command for block in blocks(page) if block.mark == "vectors" for command in block.commands]
    assert {word for command in commands for word in command.words} >= {"king", "madrid", "nurse"}
    vectors = load_vectors("glove_6b_50d")
    monkeypatch.setattr("seqlab.vectors.published.load_vectors", lambda *_, **__: vectors)
    for command in commands:
        assert_shown(command.shown, shell(command))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_exists_with_its_options(page):
    for words in _commands_on(page):
        assert not _fault_of(words[1:]), f"{' '.join(words)}: {_fault_of(words[1:])}"


def _commands_on(page):
    """Words of every `seqlab …` in a console block or between backquotes."""
    for block in blocks(page):
        if block.language == "console":
            yield from (_from_seqlab(command.words) for command in block.commands if "seqlab" in command.words)
    prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for span in re.findall(r"`(seqlab [^`]+)`", prose):
        yield Command(" ".join(span.split())).words


def _from_seqlab(words):
    return words[words.index("seqlab") :]


def _fault_of(words):
    """Why there is no such command; nothing when there is."""
    command = get_command(app)
    taken = []
    while words and not words[0].startswith("-") and hasattr(command, "commands"):
        known = sorted(command.commands)
        if words[0] not in known:
            return f"there is no command {words[0]}"
        taken.append(words[0])
        command = command.get_command(None, words[0])
        words = words[1:]
    options = {option for parameter in command.params for option in parameter.opts} | {"-h", "--help"}
    if taken == ["generate"]:  # its other options are added when it is parsed: plug-ins have some, too
        options |= {f"--{name.replace('_', '-')}" for name in processor_options()}
    unknown = [word for word in words if re.match(r"--?[a-z]", word) and word.partition("=")[0] not in options]
    if unknown:
        return f"there is no option {unknown[0]}"
    if taken in (["train"], ["config", "show"]) and words and words[0] in recipe_names():
        config.load(words[0], [word for word in words[1:] if re.match(r"[\w.]+=", word)])
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\[[^\]]+\]\(([^)\s]+)\)", text):
        if not target.startswith("https://"):
            file, _, heading = target.partition("#")
            other = (page.parent / file) if file else page
            assert other.exists(), target
            assert not heading or heading in _anchors(other), target


def _anchors(page):
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_is_named_exists(page):
    text = page.read_text(encoding="utf-8")
    for span in re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        for name in re.findall(r"(?<![\w/])(?:seqlab|tests|docs|configs|benchmarks)/[\w/.]*\w/?", span):
            assert (ROOT / name).exists(), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_nothing_belongs_to_the_machine_that_wrote_it(page):
    assert not PLACES.search(page.read_text(encoding="utf-8"))


def test_the_imports_of_the_architecture_are_those_that_are_enforced():
    table = ARCHITECTURE.read_text(encoding="utf-8").partition("| package | may import |")[2].partition("\n\n")[0]
    rows = [[set(re.findall(r"`(\w+)`", cell)) for cell in line.split("|")[1:3]] for line in table.splitlines()[2:]]
    assert {package: allowed for packages, allowed in rows for package in packages} == ARROWS


def test_the_source_tree_has_a_line_for_each_file():
    (block,) = (block for block in blocks(ARCHITECTURE) if block.text.startswith("seqlab/"))
    there = {path.relative_to(ROOT).as_posix() for folder in CODE for path in _code_in(ROOT / folder)}
    assert sorted(_paths_of(block.text)) == sorted(there)


def _paths_of(tree):
    """The files of an indented tree. Every line has a description."""
    folders = []
    for line in tree.splitlines():
        found = re.fullmatch(r"(?P<indent> *)(?P<name>\S+) +(?P<description>\S.*)", line)
        assert found, f"a line without a description: {line}"
        folders = folders[: len(found["indent"]) // 2]
        if found["name"].endswith("/"):
            folders.append(found["name"])
            assert (ROOT / "".join(folders)).is_dir()
        else:
            yield "".join(folders) + found["name"]


def _code_in(folder: Path):
    for path in folder.rglob("*"):
        inside = path.relative_to(folder).parts
        hidden = any(part.startswith((".", "__pycache__")) for part in inside)
        if hidden or path.is_dir() or path.name == "__init__.py" or inside[0] == "results":
            continue
        if folder.name != "docs" or path.suffix == ".py":
            yield path


def test_the_configuration_has_every_key_with_its_default():
    """Of the sections `training` and `runtime`; components are described by `seqlab parts`."""
    assert _rows("## `training`", "Only for one task:") == _keys(TrainingOptions)
    assert _rows("Only for one task:", "## `runtime`") == {
        (key, task.name, default) for task in TASKS.values() for key, default in _keys(task.training)
    } - {(key, task.name, default) for task in TASKS.values() for key, default in _keys(TrainingOptions)}
    assert _rows("## `runtime`", "`seqlab parts training`") == _keys(Runtime)


def _rows(start, end):
    """The cells in backquotes at the beginning of each row of the table between two lines."""
    section = CONFIGURATION.read_text(encoding="utf-8").partition(f"\n{start}")[2].partition(f"\n{end}")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return {tuple(cell.strip(" `") for cell in line.split(" | ")[:-1]) for line in (line[2:] for line in lines)}


def _keys(options, prefix=""):
    """Dotted key and default of each option."""
    found = set()
    for key, field in options.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if isinstance(default, Options) and "name" not in type(default).model_fields:
            found |= _keys(type(default), f"{prefix}{key}.")
        else:
            if isinstance(default, KerasComponent):
                default = default.model_dump()
            if isinstance(default, Mapping):
                default = f"{{{', '.join(f'{name}: {value}' for name, value in default.items())}}}"
            found.add((prefix + key, default if isinstance(default, str) else json.dumps(default)))
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_reference(name):
    assert f"| `seqlab {name}" in (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
