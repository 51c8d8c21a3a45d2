"""Shell completion: what it offers, that it imports nothing heavy, and that its index is up to date."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seqlab import runs
from seqlab.cli import completion, main, shells
from seqlab.cli.completion_index import completion_index
from seqlab.runs import references

HEAVY = ("tensorflow", "keras", "numpy", "pydantic", "rich", "typer", "seqlab.tasks", "seqlab.runs.run")

Completed = Callable[[str], list[str]]


@pytest.fixture
def completed(in_empty_directory: None) -> Completed:
    """`completed("seqlab train q")`: what the last word may become."""
    return lambda line: completion.completions(shells.words_of(line)[1:])


def test_the_index_is_up_to_date() -> None:
    """Otherwise: python -m seqlab.cli.completion"""
    assert json.loads(json.dumps(completion_index())) == json.loads(completion.INDEX_FILE.read_text(encoding="utf-8"))


@pytest.fixture
def finished(in_empty_directory: None) -> runs.Run:
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


def test_the_name_of_a_group_is_offered(completed: Completed, in_empty_directory: None) -> None:
    for seed in (1, 2):
        Path(f"runs/20250101-00000{seed}-wide-seed{seed}").mkdir(parents=True)
    assert completed("seqlab runs compare wide") == ["wide-seed2", "wide-seed1", "wide"]


@pytest.mark.parametrize(
    "name", ["$(touch${IFS}x)", "a b", "a'b", "a;b", "`x`", "a\nb", "a|b", "*", "a&b", "~x", "a\\b"]
)
def test_what_a_shell_would_interpret_is_not_offered(completed: Completed, finished: runs.Run, name: str) -> None:
    """bash inserts a completion unquoted: with Enter, `$(…)` in the name of a copied run was carried out."""
    (Path("runs") / f"20250101-000000-{name}").mkdir()
    assert len(completed("seqlab runs show ")) == 5
    assert shells.offered(["runs", "show", ""]) == [finished.id, "imdb-bigram", "latest"]


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
        ("seqlab evaluate --split=v", ["--split=validation"]),
        ("seqlab vocabulary x --side ", ["source", "target"]),
        ("seqlab parts log", ["logits_processor"]),
        ("seqlab parts training ep", ["epochs"]),
        ("seqlab parts data cs", ["csv"]),
        ("seqlab generate --rep", ["--report", "--repetition-penalty"]),
        ("seqlab runs del", ["delete"]),
        ("seqlab runs delete --y", ["--yes"]),
        ("seqlab --ver", ["--version"]),
        ("seqlab nothing x", []),
        ("seqlab doctor x", []),
        ("seqlab predict --file ", []),
        ("seqlab train quickstart training.optimizer=adamw", ["training.optimizer=adamw"]),
        ("seqlab train quickstart runtime.device=", [f"runtime.device={each}" for each in ("auto", "cpu", "gpu")]),
        ("seqlab train quickstart runtime.xla=t", ["runtime.xla=true"]),
        ("seqlab train quickstart model=na", ["model=naive_bayes_bag"]),
        ("seqlab train quickstart vectorizer.output=mu", ["vectorizer.output=multi_hot"]),
        ("seqlab train quickstart training.epochs=", []),
        ("seqlab train quickstart training.epochs=3 model.hi", ["model.hidden="]),
        ("seqlab train --name x quickstart model.hi", ["model.hidden="]),
        ("seqlab evaluate latest data.split_s", ["data.split_seed="]),
        ("seqlab train quickstart training.ep", ["training.epochs="]),
        ("seqlab train quickstart training.checkpoint.every_s", ["training.checkpoint.every_seconds="]),
        ("seqlab train quickstart model.", ["model.name=", "model.category_width=", "model.hidden=", "model.dropout="]),
        ("seqlab check spa_eng/luong model.att", ["model.attention=", "model.attention_output="]),
        ("seqlab config show quickstart runtime.see", ["runtime.seed="]),
        ("seqlab train none.yaml model.hid", ["model.hidden="]),
    ],
)
def test_names_and_keys(completed: Completed, words: str, offered: list[str]) -> None:
    assert completed(words)[: len(offered) or None] == offered


def test_each_side_of_a_translation_has_its_keys(completed: Completed) -> None:
    config = "task: translation\ndata: synthetic\nmodel: transformer\n"
    sides = "vectorizer: {source: words, target: {name: subwords}}\n"
    Path("mine.yaml").write_text(config + sides, encoding="utf-8")
    assert completed("seqlab train mine.yaml vectorizer.target.si") == ["vectorizer.target.size="]
    assert completed("seqlab train mine.yaml vectorizer.source.ng") == ["vectorizer.source.ngrams="]
    Path("mine.yaml").write_text("[", encoding="utf-8")
    assert completed("seqlab train mine.yaml training.epo") == ["training.epochs="]


def test_the_order_of_unfinished_runs_and_damaged_ones(completed: Completed) -> None:
    for name, content in (("1-a", '{"status": "finished"}'), ("2-b", "["), ("3-c", '{"status": "killed"}')):
        (Path("runs") / name).mkdir(parents=True)
        (Path("runs") / name / "run.json").write_text(content, encoding="utf-8")
    assert completed("seqlab train --resume ") == ["3-c", "2-b", "1-a", "latest", "auto"]


def test_the_name_in_an_id_is_that_of_the_runs_folder(finished: runs.Run) -> None:
    """The completion has a pattern of its own, because `seqlab.runs` imports pydantic."""
    for run_id in (finished.id, "20260101-000000-a-2", "20260101-000000-x.y_z"):
        found = completion.RUN_ID.match(run_id)
        assert found is not None
        assert found[1] == references.name_of(run_id)


def test_every_function_that_completes_exists() -> None:
    commands = completion.index()["commands"]
    nested = [each for command in commands.values() for each in command.get("commands", {"": command}).values()]
    parameters = [each for command in nested for each in (*command["arguments"], *command["options"].values())]
    names = {each["complete"] for each in parameters if "complete" in each}
    assert len(names) > 8
    assert all(callable(getattr(completion, name)) for name in names)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("seqlab train ", ["seqlab", "train", ""]),
        ("seqlab train q", ["seqlab", "train", "q"]),
        ("seqlab predict latest 'a te", ["seqlab", "predict", "latest", "a te"]),
        ("seqlab predict latest 'a ", ["seqlab", "predict", "latest", "a "]),
        ('seqlab train "my conf', ["seqlab", "train", "my conf"]),
        ("seqlab train a\\ b.yaml x=", ["seqlab", "train", "a b.yaml", "x="]),
    ],
)
def test_the_words_of_a_line(line: str, words: list[str]) -> None:
    assert shells.words_of(line) == words


@pytest.mark.parametrize(
    ("shell", "arguments", "breaks", "printed"),
    [
        ("bash", ["seqlab train quickstart training.ep"], " =:", "training.epochs="),
        ("bash", ["seqlab train quickstart runtime.device=c"], " =:", "cpu"),
        ("bash", ["seqlab train quickstart runtime.device=c"], " :", "runtime.device=cpu"),
        ("bash", ["seqlab evaluate --split=v"], " =:", "validation"),
        ("zsh", ["train", "quickstart", "runtime.device=c"], "", "runtime.device=cpu"),
        ("fish", ["runs", "sh"], "", "show"),
    ],
)
def test_what_a_shell_gets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], in_empty_directory: None,
    shell: str, arguments: list[str], breaks: str, printed: str,
) -> None:  # fmt: skip
    """bash replaces only what comes after the last character that breaks words."""
    monkeypatch.setenv("_SEQLAB_COMPLETE", shell)
    monkeypatch.setenv("_SEQLAB_WORDBREAKS", breaks)
    monkeypatch.setattr(sys, "argv", ["seqlab", *arguments])
    main()
    assert capsys.readouterr().out == f"{printed}\n"


@pytest.mark.process
def test_completion_imports_nothing_heavy(tmp_path: Path) -> None:
    runs.create(tmp_path / "runs", "quickstart", {})
    lines = [
        "seqlab train q",
        "seqlab runs show ",
        "seqlab train --resume ",
        "seqlab data show ",
        "seqlab parts model ",
        "seqlab train quickstart m",
        "seqlab train quickstart training.optimizer=",
    ]
    program = (
        "import os, sys\n"
        "from seqlab.cli import main\n"
        "os.environ['_SEQLAB_COMPLETE'] = 'bash'\n"
        f"for line in {lines}:\n"
        "    sys.argv = ['seqlab', line]\n"
        "    main()\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    environment = {name: value for name, value in os.environ.items() if name != "SEQLAB_RUNS_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout.splitlines()[-1], done.stderr) == ("[]", "")
