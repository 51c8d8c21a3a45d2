"""Shell completion: what it offers, that it imports nothing heavy, and that its index is up to date."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from seqlab import runs
from seqlab.cli import completion
from seqlab.experiment.catalogue import completion_index

Invoke = Callable[..., Result]
Completed = Callable[[str], list[str]]


@pytest.fixture
def completed(invoke: Invoke) -> Completed:
    """`completed("seqlab train q")`: the words that bash offers for the last one."""

    def complete(words: str) -> list[str]:
        settings = {"_SEQLAB_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        return invoke(prog_name="seqlab", env=settings).stdout.split()

    return complete


def test_the_index_is_up_to_date() -> None:
    """Otherwise: python -m seqlab.cli.completion"""
    assert completion_index() == json.loads(completion.INDEX_FILE.read_text(encoding="utf-8"))


@pytest.fixture
def finished(invoke: Invoke) -> runs.Run:
    run = runs.create(Path("runs"), "imdb-bigram", {})
    with run.writing():
        pass
    return run


def test_runs(completed: Completed, finished: runs.Run) -> None:
    assert completed("seqlab runs show 2") == [finished.id]
    assert completed("seqlab runs show ") == [finished.id, "imdb-bigram", "latest"]
    assert completed("seqlab predict --run im") == ["imdb-bigram"]
    assert completed("seqlab generate la") == ["latest"]
    assert completed("seqlab translate la") == ["latest"]
    assert completed("seqlab translate latest im") == []
    assert completed("seqlab vocabulary imdb-b") == ["imdb-bigram"]


def test_unfinished_runs_come_first_for_resume(completed: Completed, finished: runs.Run) -> None:
    killed = runs.create(Path("runs"), "killed", {})
    found = completed("seqlab train --resume ")
    assert found == [killed.id, finished.id, "killed", "imdb-bigram", "latest", "auto"]


def test_a_name_of_two_runs_is_not_offered(completed: Completed, finished: runs.Run) -> None:
    (Path("runs") / "20200101-000000-imdb-bigram").mkdir()
    assert completed("seqlab runs show im") == []


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("seqlab ev", ["evaluate"]),
        ("seqlab train quick", ["quickstart"]),
        ("seqlab check imdb/bi", ["imdb/bigram", "imdb/bilstm"]),
        ("seqlab data prepare sh", ["shakespeare"]),
        ("seqlab data show sp", ["spa_eng", "spa_eng/bahdanau"]),
        ("seqlab parts da", ["dataset"]),
        ("seqlab parts model ba", ["bag"]),
        ("seqlab parts models ba", ["bag"]),
        ("seqlab parts tr", ["training"]),
        ("seqlab init tr", ["translation"]),
        ("seqlab evaluate --split v", ["validation"]),
        ("seqlab train quickstart training.ep", ["training.epochs="]),
        ("seqlab train quickstart training.checkpoint.every_s", ["training.checkpoint.every_seconds="]),
        ("seqlab train quickstart model.", ["model.name=", "model.hidden=", "model.dropout="]),
        ("seqlab check spa_eng/luong model.att", ["model.attention=", "model.attention_output="]),
        ("seqlab config show quickstart runtime.see", ["runtime.seed="]),
        ("seqlab train none.yaml model.hid", ["model.hidden="]),
    ],
)
def test_names_and_keys(completed: Completed, words: str, offered: list[str]) -> None:
    assert completed(words)[: len(offered)] == offered


def test_each_side_of_a_translation_has_its_keys(completed: Completed) -> None:
    config = "task: translation\ndata: synthetic\nmodel: transformer\n"
    sides = "vectorizer: {source: words, target: {name: subwords}}\n"
    Path("mine.yaml").write_text(config + sides, encoding="utf-8")
    assert completed("seqlab train mine.yaml vectorizer.target.si") == ["vectorizer.target.size="]
    assert completed("seqlab train mine.yaml vectorizer.source.ng") == ["vectorizer.source.ngrams="]
    Path("mine.yaml").write_text("[", encoding="utf-8")
    assert completed("seqlab train mine.yaml training.epo") == ["training.epochs="]


@pytest.mark.process
def test_completion_imports_nothing_heavy(tmp_path: Path) -> None:
    runs.create(tmp_path / "runs", "quickstart", {})
    lines = [
        "seqlab train q",
        "seqlab runs show ",
        "seqlab data show ",
        "seqlab parts model ",
        "seqlab train quickstart m",
    ]
    program = (
        "import os, sys\n"
        "from typer.testing import CliRunner\n"
        "from seqlab.cli.application import app\n"
        f"for line in {lines}:\n"
        "    variables = dict(_SEQLAB_COMPLETE='complete_bash', COMP_WORDS=line, COMP_CWORD=str(line.count(' ')))\n"
        "    result = CliRunner().invoke(app, [], prog_name='seqlab', env=variables)\n"
        "    assert result.stdout.strip(), line\n"
        "print([name for name in ('tensorflow', 'keras', 'numpy', 'seqlab.tasks') if name in sys.modules])"
    )
    environment = {name: value for name, value in os.environ.items() if name != "SEQLAB_RUNS_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
