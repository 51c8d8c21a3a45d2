"""The rules of docs/architecture.md: who may import whom, what must not be imported early, how long code may be."""

import subprocess
import sys
from pathlib import Path

import pytest
from source_rules import LONGEST_FILE, imported, long_functions, prints, questions_for_the_task

PACKAGE = Path(__file__).parents[1] / "seqlab"
GROUND = {"errors", "files", "interruption", "progress", "registry", "runtime", "runs", "text_format"}
ARROWS = {
    "cli": {"experiment", "config", "tasks", "data", "reports", "models", "metrics", "training", "decoding", "text"},
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
"""Package → the packages that it may import, besides the ground floor (which depends on errors and files alone)."""

LONG_FUNCTIONS = {
    "cli/generate.py: generate": "each option is a parameter with its help",
    "tasks/language_modeling/batching.py: training_batches": "three closures over one array of ids",
    "training/train_step.py: compile_steps": "nested functions that become one TensorFlow graph",
}
"""Functions over 40 lines that do not give their reason themselves."""

TASK_WORDS = {
    "cli/translate.py: 'translation'": "a key of the JSON output",
    "data/datasets/synthetic_reviews.py: 'translation'": "a word of the generated reviews",
}
"""String literals that equal the name of a task and mean something else."""

SOURCES = {
    path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
    if "recipes" not in path.parts
}


def package_of(name):
    return name.split("/", maxsplit=1)[0].removesuffix(".py")


def packages_imported(source):
    names = {name.split(".")[1] for name in imported(source) if name.startswith("seqlab.")}
    return {name for name in names if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").exists()}


def test_packages_import_only_what_is_below_them():
    wrong = {}
    for name, source in SOURCES.items():
        if name not in {"__init__.py", "__main__.py"}:
            package = package_of(name)
            allowed = ARROWS[package] | {package} | (GROUND if package not in GROUND else set())
            wrong[name] = packages_imported(source) - allowed
    assert {name: packages for name, packages in wrong.items() if packages} == {}


def test_only_the_ngrams_package_imports_its_modules():
    """Its public interface is what `seqlab.text.ngrams` exports: `fit` and `Encoder`."""
    outside = {name: source for name, source in SOURCES.items() if "/ngrams/" not in name}
    assert [n for n, s in outside.items() if any(i.startswith("seqlab.text.ngrams._") for i in imported(s))] == []


def test_no_module_imports_the_tensorflow_encoders():
    """They import the vectorizers; an import back would be a circle. An export will be the only one to import them."""
    assert [n for n, source in SOURCES.items() if "seqlab.text.tensorflow_encoders" in imported(source)] == []


def may_import_tensorflow(name):
    return package_of(name) in {"layers", "training", "decoding"} or name.endswith("_network.py")


def test_only_layers_networks_training_and_decoding_import_tensorflow_at_the_top():
    heavy = [
        name
        for name, source in SOURCES.items()
        if not may_import_tensorflow(name)
        and {module.split(".")[0] for module in imported(source, only_top=True)} & {"tensorflow", "keras"}
    ]
    assert heavy == []


@pytest.mark.process
def test_a_config_is_read_with_tensorflow_and_keras_blocked():
    code = (
        "import sys; sys.modules['tensorflow'] = sys.modules['keras'] = None\n"
        "import seqlab, seqlab.config, seqlab.experiment, seqlab.cli\n"
        "print(seqlab.config.load('quickstart').experiment.model.name)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("bag", "")


def test_only_the_command_line_prints():
    assert {
        name: prints(source) for name, source in SOURCES.items() if package_of(name) != "cli" and prints(source)
    } == {}


def test_no_file_is_too_long():
    lengths = {name: len(source.splitlines()) for name, source in SOURCES.items()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_too_long_without_a_reason():
    found = {f"{name}: {f}": length for name, source in SOURCES.items() for f, length in long_functions(source)}
    assert {name: length for name, length in found.items() if name not in LONG_FUNCTIONS} == {}
    assert set(LONG_FUNCTIONS) <= set(found), "these are short by now"


def test_nothing_outside_tasks_asks_which_task_it_is():
    found = {
        f"{name}: {code}": line
        for name, source in SOURCES.items()
        if package_of(name) != "tasks"
        for line, code in questions_for_the_task(source)
    }
    assert {name: line for name, line in found.items() if name not in TASK_WORDS} == {}
    assert set(TASK_WORDS) <= set(found), "these are gone by now"
