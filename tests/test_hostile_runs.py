"""Runs that a stranger changed: nothing outside of them is touched, nothing in them is executed, nothing hangs."""

import copy
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shell import Shell, contents, write

from seqlab.runs import Run

EXAMPLES = int(os.environ.get("SEQLAB_FUZZ_EXAMPLES", "60"))
"""How many mutations are tried. docs/reliability.md has the figures of more."""
FEW = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None)

posix = pytest.mark.skipif(sys.platform == "win32", reason="FIFOs and links of POSIX")
pytestmark = pytest.mark.timeout(EXAMPLES + 60)

RESUMED = ("train", "--resume", "{run}", "training.epochs=4")
COMMANDS = (
    ("runs", "list"),
    ("runs", "show", "{run}"),
    ("runs", "compare", "{run}", "{run}"),
    ("vocabulary", "{run}"),
    ("predict", "{run}", "not bad"),
    ("explain", "{run}", "not bad"),
    ("evaluate", "{run}"),
    RESUMED,
    ("runs", "delete", "{run}", "--yes"),
)


@pytest.fixture
def run(quick_run):
    """The run in `runs/`."""
    return quick_run


@pytest.fixture
def outside(tmp_path):
    """A folder that is nobody's business, with names that resemble those of seqlab."""
    folder = tmp_path / "outside"
    for name in ("my-photos/a", "000000001-00001/b", "tax-2023", "notes.tmp-7", "curves.png", "test.jsonl", "big.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write(folder / name, "precious" * 1000)
    return folder


def call(shell, run, command):
    return shell(*[word.format(run=run.id) for word in command])


# Anything that is no file or folder


def put_link(path, outside):
    path.symlink_to(outside if path.suffix == "" else outside / "big.txt")


def put_fifo(path, _):
    os.mkfifo(path)


def put_folder(path, _):
    path.mkdir()


def put_nothing(path, _):
    path.touch()


ENTRIES = [
    "run.json",
    "result.json",
    "config.yaml",
    "metrics.jsonl",
    "vocabulary.json",
    "labels.json",
    "run.lock",
    "run.log",
    "samples.txt",
    "model",
    "model/weights.safetensors",
    "checkpoints",
    "predictions",
    "predictions/test.jsonl",
    "plots",
    "plots/curves.png",
]


@posix
@pytest.mark.parametrize("put", [put_link, put_fifo, put_folder, put_nothing])
@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_replaced_by_something_else(seqlab, run, outside, name, put):
    path = run.directory / name
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    put(path, outside)
    before = contents(outside)
    for command in COMMANDS:
        result = call(seqlab, run, command)
        if put in {put_link, put_fifo} and command[0] not in {"runs"}:
            assert (result.exit_code, path.name in result.stderr) == (2, True), result.stderr
    assert contents(outside) == before
    assert "20" in seqlab.works("runs", "list") or not run.directory.exists()


@posix
@pytest.mark.parametrize("name", ["notes", "checkpoints/000000016-00003", "model/extra", "deep/er/link"])
def test_a_link_anywhere_is_refused_before_the_first_write(seqlab, run, outside, name):
    (run.directory / name).parent.mkdir(parents=True, exist_ok=True)
    (run.directory / name).symlink_to(outside)
    before = contents(Path())
    for command in (*COMMANDS[3:-1], COMMANDS[-1]):
        result = call(seqlab, run, command)
        assert result.exit_code == 2
        assert "is a symbolic link; a run contains only files and folders of its own" in " ".join(result.stderr.split())
    assert contents(Path()) == before


def test_checkpoints_of_somebody_else_are_neither_used_nor_deleted(seqlab, run):
    (newest,) = (run.directory / "checkpoints").iterdir()
    for name in ("000000016-00003-keep-this", "a-b", "my-photos", "999999999-99999", "000000000-00001"):
        shutil.copytree(newest, run.directory / "checkpoints" / name)
    mixed = shutil.copytree(newest, run.directory / "checkpoints" / "000000001-00001")
    write(mixed / "thesis.txt", "precious")
    before = contents(run.directory / "checkpoints")
    assert call(seqlab, run, RESUMED).exit_code == 0
    kept = {path for path in before if path.parent != newest}
    assert kept <= contents(run.directory / "checkpoints").keys()


def test_temporary_files_of_somebody_else_are_not_deleted(seqlab, run):
    names = ("notes.tmp-7", "predictions/a.tmp-3", "checkpoints/mine.tmp-8/t", "model/b.tmp-12")
    for name in names:
        (run.directory / name).parent.mkdir(exist_ok=True)
        write(run.directory / name, "precious")
    ours = run.directory / "result.json.seqlab-tmp-1"
    write(ours, "half")
    run.update(status="stopped")
    assert call(seqlab, run, RESUMED).exit_code == 0
    assert all((run.directory / name).read_text(encoding="utf-8") == "precious" for name in names)
    assert not ours.exists()


@posix
def test_files_of_several_names_are_not_written_in_place(seqlab, run, tmp_path):
    names = [path.relative_to(run.directory) for path in run.directory.rglob("*") if path.is_file()]
    for name in names:
        (tmp_path / "linked" / name).parent.mkdir(parents=True, exist_ok=True)
        os.link(run.directory / name, tmp_path / "linked" / name)
    before = contents(tmp_path / "linked")
    for command in COMMANDS[:-2]:
        call(seqlab, run, command)
    run.update(status="stopped")
    assert call(seqlab, run, RESUMED).exit_code == 0
    assert contents(tmp_path / "linked") == before
    assert run.metrics_file.read_bytes() != before[tmp_path / "linked" / "metrics.jsonl"]


# Programs in a folder


@pytest.mark.parametrize("command", [["vocabulary", "{run}"], ["parts"], ["generate", "--run", "{run}"], ["train"]])
@pytest.mark.parametrize("inside", [True, False])
def test_no_module_of_a_run_is_imported(seqlab, run, tmp_path, monkeypatch, inside, command):
    """Neither a plug-in of that name, nor what the plug-in imports, from whatever folder."""
    write(run.directory / "mine_plugin.py", "from pathlib import Path\nPath('canary').touch()\n")
    write(run.directory / "mine_helper.py", "from pathlib import Path\nPath('canary').touch()\n")
    folder = tmp_path / "project"
    folder.mkdir()
    write(folder / "mine_plugin.py", "import mine_helper\n")
    monkeypatch.setattr(sys, "path", [str(run.directory), str(folder), *sys.path])
    for name in ("mine_plugin", "mine_helper"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    reference = str(run.directory)
    monkeypatch.chdir(run.directory if inside else folder)
    seqlab(*(word.format(run=reference) for word in command), "--plugin", "mine_plugin")
    assert not (run.directory / "canary").exists()
    assert not (folder / "canary").exists()


# Damaged and crafted records

HUGE = int("9" * 400)
VALUES = [
    None,
    True,
    -1,
    0,
    -5,
    3,
    2**63,
    HUGE,
    1e308,
    -0.5,
    float("nan"),
    float("inf"),
    "",
    "text",
    "latest",
    "9999",
    "../../outside",
    "\x1b[2J",
    "x" * 5000,
    [],
    {},
    [[]],
    ["a", 1],
    {"a": {"b": None}},
]


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def places(content, path=()):
    """Every key and index of a JSON value, as paths."""
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in list(items)[:40]:
        yield (*path, key)
        yield from places(value, (*path, key))


def changed(content, path, value):
    """A copy with another value at `path`; `...` removes it."""
    if not path:
        return value
    content = copy.deepcopy(content)
    inner = content
    for key in path[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return content


def sealed(checkpoint):
    """Record the files of a checkpoint as they are now, as an attacker would."""
    manifest = {}
    for file in sorted(checkpoint.iterdir()):
        if file.name != "manifest.json":
            content = file.read_bytes()
            manifest[file.name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    write(checkpoint / "manifest.json", json.dumps(manifest))


RECORDS = ["run.json", "result.json", "labels.json", "vocabulary.json", "metrics.jsonl", "state.json", "manifest.json"]


@pytest.mark.slow
@FEW
@given(data=st.data())
def test_any_field_of_any_record_may_be_anything(finished_run, tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("fuzzed")
    run = Run(shutil.copytree(finished_run.directory, folder / "runs" / finished_run.id))
    write(folder / "outside", "precious")
    name = data.draw(st.sampled_from(RECORDS), label="file")
    (checkpoint,) = (run.directory / "checkpoints").iterdir()
    path = (checkpoint if name in {"state.json", "manifest.json"} else run.directory) / name
    text = path.read_text(encoding="utf-8")
    content = json.loads(text.splitlines()[0] if name == "metrics.jsonl" else text)
    place = data.draw(st.sampled_from([(), *places(content)]), label="place")
    value = data.draw(st.sampled_from([*VALUES, ..., nested(700)]), label="value")
    write(path, json.dumps({} if value is ... and not place else changed(content, place, value)))
    if name == "state.json":
        sealed(checkpoint)
    elif name not in {"run.json", "manifest.json"}:  # else the checksums tell
        record = json.loads(run.metadata_file.read_text(encoding="utf-8"))
        write(run.metadata_file, json.dumps({**record, "files": None}))
    command = data.draw(st.sampled_from(COMMANDS), label="command")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result = call(Shell(), run, command)
        assert result.exit_code in {0, 1, 2}
        assert Shell()("runs", "list").exit_code == 0
    assert (folder / "outside").read_text(encoding="utf-8") == "precious"
    assert {each.name for each in folder.iterdir()} == {"runs", "outside"}
    shutil.rmtree(folder)


@pytest.mark.process
@pytest.mark.parametrize("folder", ["runs", "run", "run/plots"])
def test_python_m_imports_nothing_from_the_current_folder(run, tmp_path, folder):
    """Neither what Python imports for the package itself, nor what seqlab imports."""
    current = {"runs": run.directory.parent, "run": run.directory, "run/plots": run.plots_directory}[folder]
    for name in ("pathlib", "typing", "numpy", "pydantic"):
        write(current / f"{name}.py", f"import os\nopen({str(tmp_path / 'canary')!r}, 'w', encoding='utf-8').close()\n")
    source = Path(__file__).parents[1]
    command = [sys.executable, "-m", "seqlab", "check", run.config_file]
    environment = os.environ | {"PYTHONPATH": str(source)}
    done = subprocess.run(command, cwd=current, env=environment, capture_output=True, check=False)
    assert (done.returncode, (tmp_path / "canary").exists()) == (0, False), done.stderr


@pytest.mark.process
def test_an_empty_entry_of_the_import_path_is_not_a_run(run, tmp_path):
    write(run.plots_directory / "numpy.py", "open('canary', 'w', encoding='utf-8').close()")
    environment = os.environ | {"PYTHONPATH": f"{os.pathsep}{Path(__file__).parents[1]}"}
    command = [sys.executable, "-m", "seqlab", "vocabulary", "..", "--top", "1"]
    done = subprocess.run(command, cwd=run.plots_directory, env=environment, capture_output=True, check=False)
    assert (done.returncode, (run.plots_directory / "canary").exists()) == (0, False), done.stderr
