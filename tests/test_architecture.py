"""The arrows of docs/architecture.md: who may import whom, and what must never be imported early."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "seqlab"
GROUND = {"errors", "files", "interruption", "progress", "registry", "runtime", "runs", "text_format"}
ARROWS = {
    "cli": {"experiment", "config", "reports", "decoding"},
    "experiment": {"config", "training", "tasks", "reports", "data", "text", "decoding", "metrics"},
    "config": {"tasks", "data", "metrics", "training"},
    "reports": {"tasks", "metrics"},
    "training": {"layers", "metrics"},
    "tasks": {"models", "data", "text", "decoding", "metrics", "training"},
    "models": {"layers", "data", "text"},
    "text": {"data"},
    "decoding": {"layers"},
    "data": set(),
    "metrics": set(),
    "layers": set(),
    "errors": set(),
    "interruption": {"errors"},
    "files": set(),
    "progress": set(),
    "registry": set(),
    "runtime": {"errors"},
    "runs": {"errors", "files"},
    "text_format": set(),
}
"""Room → the rooms that it may import, besides the ground floor (which stands on errors and files alone)."""

FILES = sorted(path for path in PACKAGE.rglob("*.py") if "recipes" not in path.parts)


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path, *, only_top=False):
    """Modules named by import statements; those under TYPE_CHECKING are for readers and type checkers only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    nodes = ast.walk(tree) if not only_top else [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_entered(path):
    names = {name.split(".")[1] for name in imported(path) if name.startswith("seqlab.")}
    return {name for name in names if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").exists()}


@pytest.mark.parametrize("path", [p for p in FILES if p.parent != PACKAGE or p.stem not in {"__init__", "__main__"}])
def test_no_arrow_runs_back_up(path):
    room = room_of(path)
    allowed = ARROWS[room] | {room} | (GROUND if room not in GROUND else set())
    assert rooms_entered(path) <= allowed


@pytest.mark.parametrize("path", [p for p in FILES if "ngrams" not in p.parts])
def test_only_the_package_of_ngrams_imports_its_modules(path):
    """Its public interface is what `seqlab.text.ngrams` exports: `fit` and `Encoder`."""
    assert not [name for name in imported(path) if name.startswith("seqlab.text.ngrams._")]


@pytest.mark.parametrize("path", FILES)
def test_no_module_depends_on_the_encoders_in_tensorflow(path):
    """They import the vectorizers; an import back would be a circle. An export will be the only one to import them."""
    assert "seqlab.text.tensorflow_encoders" not in set(imported(path))


def may_import_tensorflow(path):
    return room_of(path) in {"layers", "training", "decoding"} or path.stem.endswith("_network")


@pytest.mark.parametrize("path", [p for p in FILES if not may_import_tensorflow(p)])
def test_only_layers_networks_training_and_decoding_import_tensorflow_at_their_top(path):
    heavy = {name.split(".")[0] for name in imported(path, only_top=True)} & {"tensorflow", "keras"}
    assert not heavy


@pytest.mark.process
def test_a_config_is_read_with_tensorflow_and_keras_blocked():
    code = (
        "import sys; sys.modules['tensorflow'] = sys.modules['keras'] = None\n"
        "import seqlab, seqlab.config, seqlab.experiment, seqlab.cli\n"
        "print(seqlab.config.load('quickstart').experiment.model.name)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("bag", "")


@pytest.mark.parametrize("path", FILES)
def test_only_the_command_line_prints(path):
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    printing = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]
    assert not printing or room_of(path) == "cli"


@pytest.mark.parametrize("path", FILES)
def test_a_file_fits_a_sitting(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350
