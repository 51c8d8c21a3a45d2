"""The pages of docs/: what they tell to type works and prints what they show; nothing is named that there is not."""

import re
import sys

import pytest
from documents import PAGES, ROOT, Command, blocks, run_page
from test_architecture import ARROWS
from typer.main import get_command

from seqlab import config
from seqlab.cli.application import app
from seqlab.config import recipe_names
from seqlab.tasks import TASKS

RUN_PAGES = ("classification", "resume", "adding_a_part")
PLACES = re.compile(r"/(?:work|tmp|home|root|Users)/")


@pytest.fixture
def _own_shelves():
    """Parts of plug-ins leave with the test."""
    registries = [
        registry for task in TASKS.values() for registry in (task.datasets, task.vectorizers, task.models, task.metrics)
    ]
    before, modules = [dict(registry._components) for registry in registries], set(sys.modules)
    yield
    for registry, parts in zip(registries, before, strict=True):
        registry._components = parts
    for name in set(sys.modules) - modules:
        if not name.partition(".")[2]:
            del sys.modules[name]


@pytest.mark.usefixtures("_own_shelves")
@pytest.mark.parametrize("name", RUN_PAGES)
def test_commands_print_what_the_page_shows(name, tmp_path):
    run_page(ROOT / "docs" / f"{name}.md", tmp_path)


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
    for name in re.findall(r"`((?:seqlab|tests|docs|configs|benchmarks)/[\w/.]+)`", text):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_nothing_belongs_to_the_machine_that_wrote_it(page):
    assert not PLACES.search(page.read_text(encoding="utf-8"))


def test_the_arrows_of_the_architecture_are_those_that_are_enforced():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.partition("| room | may import |")[2].partition("\n\n")[0]
    rows = [[set(re.findall(r"`(\w+)`", cell)) for cell in line.split("|")[1:3]] for line in table.splitlines()[2:]]
    told = {room: allowed for rooms, allowed in rows for room in rooms}
    assert told == {room: ARROWS[room] for room in told}
    ground = text.partition("the ground floor, imports nothing above it")[0].splitlines()[-1]
    assert told.keys() | set(re.findall(r"\w+", ground)) == ARROWS.keys()
