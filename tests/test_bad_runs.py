"""Bad runs, and bad texts to predict, as a user meets them at the command line; see `test_bad_input.py`."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from shell import contents, forbidden, write

READING = (["runs", "show"], ["predict"], ["explain"], ["evaluate"], ["vocabulary"], ["train", "--resume"])
"""Commands that open a run."""
PREDICTING = "classification or language_model or regression or translation"
"""The tasks whose runs predict."""
NEWER = '{"format": 99, "status": "finished"}'


@pytest.fixture
def run(quick_run):
    """The run in `runs/`."""
    return quick_run


# Directories that are no run


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "is not a run directory: it has no run.json"),
        ("", "run.json is damaged (Expecting value"),
        ('{"format": 1, "status": "fin', "run.json is damaged (Unterminated string"),
        (b"\xff\xfe\x00", "run.json is damaged ('utf-8' codec can't decode"),
        ("[" * 20_000, "run.json is damaged (nested too deep)"),
        ("[]", "run.json is damaged (it must be a mapping)"),
        ('{"format": true}', "run.json is damaged ('format' must be a whole number)"),
        (NEWER, "was written by a newer seqlab (format 99; this one reads up to 1): upgrade seqlab to read it"),
    ],
)
def test_a_directory_that_is_no_run_that_can_be_read(seqlab, run, content, says):
    run.metadata_file.unlink()
    if content is not None:
        write(run.metadata_file, content)
    for command in READING:
        seqlab.refuses(2, *command, run.id, says=[run.id, says])
    seqlab.refuses(
        2, "predict", "latest", "text", says=[f"no finished {PREDICTING} run in runs; `seqlab runs list` lists"]
    )
    listed = seqlab.works("runs", "list")
    assert "damaged" in listed
    assert says in listed


def test_what_is_no_run_at_all_is_neither_read_nor_deleted(seqlab):
    Path("folder").mkdir()
    write("folder/precious", "x")
    for command in READING:
        seqlab.refuses(2, *command, "folder", says=["folder is not a run"])
    seqlab.refuses(2, "runs", "delete", "folder", "--yes", says=["does not look like a run and was not deleted"])
    seqlab.refuses(2, "predict", "nope", says=["no run 'nope' in runs; `seqlab runs list` lists the runs"])
    seqlab.refuses(2, "predict", "\x1b[31m", says=[r"no run '\x1b[31m'"])
    assert Path("folder/precious").exists()


@pytest.mark.parametrize("metadata", [{}, {"status": "finished", "config": {}, "data": {}}])
def test_a_run_that_does_not_say_what_it_should(seqlab, run, metadata):
    write(run.metadata_file, json.dumps({"format": 1, **metadata}))
    assert run.id in seqlab.works("runs", "list")
    seqlab.works("runs", "show", run.id)
    seqlab.refuses(2, "evaluate", run.id, says=["run.json is damaged ('data.splits' is missing)"])
    assert seqlab("train", "--resume", run.id).exit_code == 2


# Runs whose files are not what training wrote


def reversed_list(content):
    """The same vocabulary or labels in another order: of another run, of the same size."""
    values = json.loads(content)
    if isinstance(values, dict):
        values["tokens"].reverse()
    return json.dumps(values if isinstance(values, dict) else values[::-1]).encode()


DAMAGE = {
    "missing": lambda content: None,
    "empty": lambda content: b"",
    "cut": lambda content: content[:-3],
    "no text": lambda content: b"\x00\xff{[",
    "deep": lambda content: b"[" * 20_000,
    "a bit": lambda content: content[:-9] + bytes([content[-9] ^ 4]) + content[-8:],
}


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("name", ["config.yaml", "vocabulary.json", "labels.json", "model/weights.safetensors"])
def test_a_run_with_a_damaged_file_does_not_answer(seqlab, run, name, how):
    file = run.directory / name
    content = DAMAGE[how](file.read_bytes())
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    for command in (["predict", run.id, "not bad"], ["evaluate", run.id]):
        result = seqlab(*command)
        assert (result.exit_code in {1, 2}, result.stdout) == (True, "")
        assert name in result.stderr or (name, how) == ("model/weights.safetensors", "missing")
    assert run.id in seqlab.works("runs", "list")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (np.nan, "weights.safetensors: '000.table' holds a value that is not a finite number: restore the file"),
        (np.inf, "weights.safetensors: '000.table' holds a value that is not a finite number"),
        (3e38, "its weights are damaged, or training diverged"),  # finite, but no longer so when they are added up
    ],
)
def test_a_run_whose_weights_are_no_numbers(seqlab, run, value, says):
    weights = load_file(run.weights_file)
    save_file({name: np.full_like(array, value) for name, array in weights.items()}, run.weights_file)
    run.update(files=None)
    for command in (["predict", run.id, "not bad"], ["evaluate", run.id]):
        seqlab.refuses(1, *command, says=[says])


@pytest.mark.parametrize("name", ["vocabulary.json", "labels.json"])
def test_a_run_with_the_vocabulary_or_the_labels_of_another_run(seqlab, run, name):
    file = run.directory / name
    file.write_bytes(reversed_list(file.read_bytes()))
    says = [f"{name} was changed after training: restore it from a copy, or train again"]
    for command in ("predict", "evaluate", "vocabulary"):
        seqlab.refuses(1, command, run.id, says=says)


def test_a_run_with_the_weights_of_another_model(seqlab, run, tmp_path):
    config = run.config_file.read_text(encoding="utf-8")
    write(run.config_file, config.replace("hidden: 16", "hidden: 17"))
    seqlab.refuses(1, "predict", run.id, "text", says=["config.yaml was changed after training", "override"])
    write(run.metadata_file, json.dumps({**run.metadata(), "files": None}))
    says = ["weights.safetensors does not fit the model of its config: '000.table' is float32", "not float32"]
    seqlab.refuses(1, "predict", run.id, "text", says=says)
    seqlab.refuses(2, "train", "--resume", run.id, says=["trained with another config:", "model.hidden: 16 → 17"])


def test_the_plug_ins_of_a_run_are_never_imported(seqlab, run, monkeypatch):
    plugin = "from pathlib import Path\nPath('canary').touch()\n"
    for folder in (run.directory, Path()):
        write(folder / "evil.py", plugin)
    monkeypatch.syspath_prepend(".")
    monkeypatch.delitem(sys.modules, "evil", raising=False)
    config = run.config_file.read_text(encoding="utf-8")
    write(run.config_file, config.replace("plugins: []", "plugins: [evil]").replace("name: bag", "name: evil"))
    write(run.metadata_file, json.dumps({**run.metadata(), "files": None}))
    for command in (*READING[1:], ["check"], ["config", "show"], ["data", "show"], ["train"]):
        reference = run.id if command in READING else run.config_file
        says = ["unknown classifier 'evil'", "imported only on request: --plugin evil"]
        seqlab.refuses(2, *command, reference, says=says)
    seqlab.works("runs", "list")
    assert not Path("canary").exists()
    assert seqlab("predict", run.id, "text", "--plugin", "evil").exit_code == 2
    assert Path("canary").exists()


def test_a_finished_run_without_its_results_is_not_resumed(seqlab, run):
    run.metrics_file.unlink()
    run.result_file.unlink()
    assert "finished" in seqlab.works("runs", "show", run.id)
    seqlab.refuses(
        2, "train", "--resume", run.id, "training.epochs=9", says=["is finished, but", "result.json", "train"]
    )


# Folders that cannot be written


def test_a_file_where_the_runs_should_be(seqlab, monkeypatch):
    """Said before any data are read."""
    monkeypatch.setattr(
        sys.modules["seqlab.experiment.train"], "locate", lambda *_: pytest.fail("the data were looked for first")
    )
    shutil.move("runs", "elsewhere")
    write("runs", "precious")
    way_out = "choose another with --runs-dir or SEQLAB_RUNS_DIR"
    seqlab.refuses(1, "train", "quickstart", says=["cannot write to the runs folder runs (it is a file)", way_out])
    for command in (["runs", "list"], ["predict", "latest"], ["train", "quickstart", "--resume", "auto"]):
        seqlab.refuses(2, *command, says=["cannot read the runs folder runs: Not a directory"])
    assert Path("runs").read_bytes() == b"precious"


def test_runs_that_may_only_be_read_answer_and_stay(seqlab, run):
    for path in (*run.directory.rglob("*"), run.directory, run.directory.parent):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        forbidden("runs", 0o555)
        assert "not bad" in seqlab.works("predict", run.id, "not bad")
        seqlab.refuses(1, "train", "quickstart", says=["cannot write to the runs folder runs (Permission denied)"])
        seqlab.refuses(1, "train", "--resume", run.id, "training.epochs=9", says=["cannot be written (Permission"])
        seqlab.refuses(
            1, "runs", "delete", run.id, "--yes", says=[f"cannot delete run {run.id}: [Errno 13] Permission denied"]
        )
    finally:
        for path in (run.directory.parent, run.directory, *run.directory.rglob("*")):
            path.chmod(0o755)


# Texts to predict


def test_nothing_to_predict(seqlab):
    for arguments, text in (([], None), ([], ""), (["--file", "-"], "")):
        result = seqlab("predict", "latest", *arguments, input=text)
        assert (result.exit_code, result.stdout) == (0, "")
        assert result.stderr == "loading the run\nthere are no texts to predict\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\x00\xff\xfe\x01", "line 1: byte 2 is not UTF-8; give --encoding NAME"),
        (b"fine\r\nb\xe9te\r\nfine\r\n", "line 2: byte 2 is not UTF-8"),
        ("fine\n".encode("utf-16"), "line 1: byte 1 is not UTF-8"),
    ],
)
def test_texts_that_are_not_utf8_are_located_by_line(seqlab, content, says):
    write("texts", content)
    seqlab.refuses(1, "predict", "latest", "--file", "texts", says=[f"texts, {says}"])
    seqlab.refuses(
        1, "predict", "latest", "--json", "--file", "-", input=content, says=[f"stdin, {says.split(';')[0]}"]
    )


def test_files_of_texts_that_are_not_there(seqlab):
    seqlab.refuses(
        2, "predict", "latest", "--file", "none", says=["there is no file none; correct the path or put the file there"]
    )
    Path("empty").mkdir()
    seqlab.refuses(2, "predict", "latest", "--file", "empty", says=["empty has no texts; expected a file *.txt"])
    seqlab.refuses(2, "predict", "latest", "text", "--file", "none", says=["not both"])


def test_one_line_for_every_text_whatever_is_in_it(seqlab):
    texts = [
        "tab\tand\ttab",
        "nul\x00",
        "",
        "[/b]\x1b[31m\x85\u2028",
        "good " * 300_000,
        "y" * 1_000_000,
        "a\rb",
        "last",
    ]
    write("texts", "\ufeff" + "\r\n".join(texts))
    lines = seqlab.works("predict", "latest", "--file", "texts").split("\n")
    assert [line.count("\t") for line in lines] == [2] * len(texts) + [0]
    assert lines[0].endswith(r"tab\tand\ttab")
    assert lines[3].endswith(r"[/b]\x1b[31m\x85\u2028")
    assert len(lines[4].rpartition("\t")[2]) == len(texts[4])


def test_ten_thousand_texts(seqlab):
    write("texts", "".join(f"not bad {number}\n" for number in range(10_000)))
    lines = seqlab.works("predict", "latest", "--file", "texts").splitlines()
    assert [line.rpartition(" ")[2] for line in lines] == [str(number) for number in range(10_000)]


@pytest.mark.parametrize("override", ["vectorizer.ngrams=1", "model.hidden=8", "data.sise=3", "data.size=0"])
def test_an_evaluation_of_something_else(seqlab, run, override):
    key = override.partition("=")[0]
    seqlab.refuses(2, "evaluate", run.id, override, says=[key])


@pytest.mark.process
@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGPIPE")
def test_a_reader_that_has_seen_enough(seqlab, run):
    write("texts", "".join(f"not bad {number}\n" for number in range(20_000)))
    before = contents(Path("runs"))
    command = [sys.executable, "-m", "seqlab", "predict", run.id, "--file", "texts"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        first = process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read().decode()
    assert first.endswith(b"\tnot bad 0\n")
    assert process.returncode == 0  # the status tells of the work, not of the reader
    assert [line for line in said.splitlines() if line not in {"importing TensorFlow", "loading the run"}] == []
    assert contents(Path("runs")) == before


def test_weights_that_are_lost_and_still_in_the_last_checkpoint(seqlab, run):
    run.weights_file.unlink()
    for command in (["predict", run.id, "good"], ["evaluate", run.id], ["train", "--resume", run.id]):
        message = seqlab.refuses(2, *command, says=["weights.safetensors is missing", "has the same weights"])
    _, source, target = message.splitlines()[-1].split()
    Path(target).write_bytes(Path(source).read_bytes())
    assert seqlab.works("predict", run.id, "good")
    run.weights_file.unlink()
    Path(source).write_bytes(b"other")
    for command in (["predict", run.id, "good"], ["train", "--resume", run.id]):
        seqlab.refuses(2, *command, says=["is missing: restore it from a copy, or train again"])


@pytest.mark.parametrize("name", ["vocabulary.json", "labels.json", "config.yaml"])
def test_what_is_lost_is_named_with_the_way_out(seqlab, run, name):
    (run.directory / name).unlink()
    for command in (["predict", run.id, "good"], ["evaluate", run.id]):
        result = seqlab(*command)
        assert result.exit_code in (1, 2)
        assert name in result.stderr


def test_what_people_look_at_is_not_needed(seqlab, run):
    for folder in (run.plots_directory, run.directory / "predictions"):
        shutil.rmtree(folder)
    run.samples_file.unlink()
    assert seqlab.works("predict", run.id, "good")
    assert seqlab.works("evaluate", run.id)
