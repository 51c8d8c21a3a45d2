"""`seqlab predict` and `seqlab evaluate`. The loaded run is a stand-in that predicts from the length of a text."""

import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from quick import trained
from typer.testing import Result

import seqlab
import seqlab.experiment.inspect_data  # noqa: F401 - the stand-in has no modules to import later
import seqlab.experiment.text_table  # noqa: F401
from seqlab import runs
from seqlab.cli import texts
from seqlab.reports.verdict import Verdict
from seqlab.tasks.task import is_guess

Invoke = Callable[..., Result]


QUICKSTART = Path(__file__).parents[2] / "configs" / "quickstart.yaml"


@dataclass(frozen=True)
class Answer:
    label: str
    probability: float
    probabilities: dict[str, float]
    cut_off: int = 0


class StandIn:
    """An experiment module whose runs predict `long` or `short`."""

    experiment = SimpleNamespace(expected=SimpleNamespace(source=None), data=SimpleNamespace(take=None))
    answers = ("label", "probability")
    is_guess = staticmethod(is_guess)

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    def find(self, reference: str, runs_dir: Path, *, able_to: str) -> runs.Run:
        assert able_to == "predict"
        return runs.find(reference, runs_dir, status="finished")

    def load(self, run: runs.Run, *, plugins: Iterable[str], overrides: Iterable[str] = (), progress: Any) -> "StandIn":
        self.asked = {"run": run.id, "plugins": list(plugins), "overrides": list(overrides), "progress": progress}
        return self

    def answers_of(self, answer: Answer) -> tuple[str | None, float]:
        return answer.label or None, answer.probability

    def tuned_threshold(self) -> float:
        return 0.25

    def stream_predictions(self, texts: Iterable[str], *, threshold: float | None = None) -> Iterator[Answer]:
        self.asked["threshold"] = threshold
        for text in texts:
            yield Answer(
                "long" if len(text) > 9 else "short",
                len(text) / 100,
                {"long": 0.5, "short": 0.5},
                max(len(text) - 50, 0),
            )

    def evaluate(self, split: str | None, *, threshold: float | None = None) -> dict[str, float]:
        self.asked["threshold"] = threshold
        self.asked["progress"].say("reading")
        return {f"{split or 'test'}.accuracy": 0.90124, f"{split or 'test'}.loss": 0.25}

    def verdicts(self, _result: dict[str, float]) -> list[Verdict]:
        return [Verdict("test.accuracy", 0.9012, 0.9, 1.0, "within")]


@pytest.fixture
def stand_in(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    stand_in = StandIn()
    monkeypatch.setitem(sys.modules, "seqlab.experiment", stand_in)
    monkeypatch.setattr(seqlab, "experiment", stand_in, raising=False)
    run = runs.create(Path("runs"), "quickstart", {})
    with run.writing():
        run.config_file.write_text(QUICKSTART.read_text(encoding="utf-8"), encoding="utf-8")
    unfinished = runs.create(Path("runs"), "zzz", {})
    assert unfinished.status() == "killed"
    return stand_in


@pytest.mark.usefixtures("stand_in")
def test_one_line_per_text(invoke: Invoke) -> None:
    result = invoke("predict", "latest", "fine", "tab\tline\n[b]\x1b[0m", "", "--", "-not an option")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "short\t0.0400\tfine",
        r"long	0.1600	tab\tline\n[b]\x1b[0m",
        "short\t0.0000\t",
        "long\t0.1400\t-not an option",
    ]


@pytest.mark.parametrize(("typed", "threshold"), [([], None), (["0.3"], 0.3), (["1"], 1.0), (["tuned"], 0.25)])
def test_a_threshold_is_a_probability_or_the_tuned_one(
    invoke: Invoke, stand_in: StandIn, typed: list[str], threshold: float | None
) -> None:
    assert invoke("predict", "latest", "fine", *(["--threshold", *typed] if typed else [])).exit_code == 0
    assert stand_in.asked["threshold"] == threshold


@pytest.mark.parametrize("typed", ["1.5", "-0.1", "half", "nan", "", "30%"])
def test_a_threshold_that_is_no_probability(invoke: Invoke, stand_in: StandIn, typed: str) -> None:
    result = invoke("predict", "latest", "fine", f"--threshold={typed}")
    assert result.exit_code == 2
    assert f"--threshold {typed}: expected a probability from 0 to 1, or tuned" in result.stderr
    assert not stand_in.asked  # nothing was loaded for it


def test_a_threshold_of_an_evaluation_is_told(invoke: Invoke, stand_in: StandIn) -> None:
    result = invoke("evaluate", "latest", "--threshold", "0.3")
    assert stand_in.asked["threshold"] == 0.3
    assert result.stdout.startswith("labels: those of --threshold 0.3")
    assert "within" not in result.stdout  # the band is one of the most probable labels
    assert json.loads(invoke("evaluate", "latest", "--threshold", "0.3", "--json").stdout)["threshold"] == 0.3
    assert invoke("evaluate", "latest", "--threshold", "half").exit_code == 2


@pytest.mark.usefixtures("stand_in")
def test_texts_that_were_cut_are_counted(invoke: Invoke) -> None:
    result = invoke("predict", "latest", "fine", "x" * 51, "y" * 60)
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 3)
    assert "2 texts are longer than what the model reads: the rest was cut off" in result.stderr
    assert "cut off" not in invoke("predict", "latest", "fine").stderr


@pytest.mark.usefixtures("stand_in")
def test_the_run_is_an_argument_or_an_option(invoke: Invoke, stand_in: StandIn) -> None:
    for arguments in (
        ["quickstart", "one", "two"],
        ["--run", "quickstart", "one", "two"],
        ["one", "two", "--run", "latest"],
    ):
        assert invoke("predict", *arguments).stdout.splitlines() == ["short\t0.0300\tone", "short\t0.0300\ttwo"]
    missing = invoke("predict")
    assert (missing.exit_code, missing.stdout) == (2, "")
    assert "RUN is missing" in missing.stderr
    assert invoke("evaluate", "--run", "quickstart", "data.path=/elsewhere", "data.take=3").exit_code == 0
    assert stand_in.asked["overrides"] == ["data.path=/elsewhere", "data.take=3"]


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["predict", "I liked it."], "RUN comes first, then the texts: seqlab predict latest TEXT"),
        (["predict", "good", "bad"], "RUN comes first"),
        (["evaluate", "data.path=x.csv"], "RUN comes first: seqlab evaluate RUN KEY=VALUE"),
    ],
)
def test_a_text_in_the_place_of_the_run(invoke: Invoke, arguments: list[str], says: str) -> None:
    result = invoke(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"no run '{arguments[1]}' in runs" in result.stderr
    assert says in result.stderr
    assert "RUN comes first" not in invoke("predict", "x", "--run", "none").stderr


def test_a_text_of_which_nothing_is_left_has_no_answer(
    invoke: Invoke, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = Answer("", math.nan, {"long": math.nan, "short": math.nan})
    monkeypatch.setattr(stand_in, "stream_predictions", lambda texts, threshold=None: (nothing for _ in texts))
    result = invoke("predict", "latest", *["?"] * 5)
    assert (result.exit_code, result.stdout) == (0, "\t\t?\n" * 5)
    assert result.stderr.count("nothing is left of the text '?' for the model to read") == 3
    assert "2 more texts have no answer" in result.stderr
    answer = json.loads(invoke("predict", "latest", "?", "--json").stdout)
    assert (answer["label"], answer["probability"]) == (None, None)


def test_a_missing_file_is_reported_before_the_run_is_loaded(invoke: Invoke, stand_in: StandIn) -> None:
    result = invoke("predict", "latest", "--file", "none")
    assert (result.exit_code, stand_in.asked) == (2, {})


def test_latest_is_the_latest_finished_run(invoke: Invoke, stand_in: StandIn) -> None:
    invoke("predict", "latest", "x", "--plugin", "parts")
    assert stand_in.asked["run"].endswith("quickstart")
    assert stand_in.asked["plugins"] == ["parts"]


def test_a_text_with_an_equals_sign_is_a_text(invoke: Invoke, stand_in: StandIn) -> None:
    result = invoke("predict", "latest", "runtime.device=cpu", "--set", "runtime.threads=1", "--set", "data.path=x")
    assert result.stdout.splitlines() == ["long\t0.1800\truntime.device=cpu"]
    assert stand_in.asked["overrides"] == ["runtime.threads=1", "data.path=x"]


@pytest.mark.usefixtures("stand_in")
def test_a_text_that_is_the_name_of_a_file(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my texts.csv").touch()
    result = invoke("predict", "latest", "my texts.csv", "x" * 5000, "a\0b")
    assert result.exit_code == 0
    assert "to read the file of that name, give --file 'my texts.csv'" in " ".join(result.stderr.split())
    assert "--file" not in invoke("predict", "latest", "no file").stderr


@pytest.mark.usefixtures("stand_in")
def test_a_file_has_one_text_per_line(invoke: Invoke) -> None:
    Path("texts").write_bytes("\ufeffone\r\n\ntwo\u2028and\x85\x00half\nשלום\U0001f600".encode())
    result = invoke("predict", "latest", "--file", "texts")
    assert result.stdout.splitlines() == [
        "short\t0.0300\tone",
        "short\t0.0000\t",
        r"long	0.1300	two\u2028and\x85\x00half",
        "short\t0.0500\tשלום😀",
    ]


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize("arguments", [["--file", "-"], []])
def test_stdin(invoke: Invoke, arguments: list[str]) -> None:
    result = invoke("predict", "latest", *arguments, input=b"one\ntwo\n")
    assert result.stdout.splitlines() == ["short\t0.0300\tone", "short\t0.0300\ttwo"]


@pytest.mark.usefixtures("stand_in")
def test_json_lines(invoke: Invoke) -> None:
    result = invoke("predict", "latest", "ñ\n", "two", "--json")
    first, second = map(json.loads, result.stdout.splitlines())
    assert first == {
        "text": "ñ\n",
        "label": "short",
        "probability": 0.02,
        "probabilities": {"long": 0.5, "short": 0.5},
        "cut_off": 0,
    }
    assert second["text"] == "two"


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize(
    ("arguments", "content", "code", "message"),
    [
        (["--file", "none"], None, 2, "there is no file none; correct the path or put the file there"),
        (["--file", "x" * 5000], None, 2, "File name too long"),
        (["--file", "x" * 5000 + ".csv"], None, 2, "File name too long"),
        (["text", "--file", "texts"], b"", 2, "not both"),
        (["--file", "texts"], b"good\nb\xffd\n", 1, "texts, line 2: byte 2 is not UTF-8"),
        (["--file", "texts"], b"", 0, ""),
    ],
)
def test_bad_input(invoke: Invoke, arguments: list[str], content: bytes | None, code: int, message: str) -> None:
    if content is not None:
        Path("texts").write_bytes(content)
    result = invoke("predict", "latest", *arguments)
    assert result.exit_code == code
    assert message in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.usefixtures("stand_in")
def test_the_interactive_prompt(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "is_interactive", lambda: True)
    result = invoke("predict", "latest", input="one\nwonderful film\n")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == ["short\t0.0300\tone", "long\t0.1400\twonderful film"]
    assert "Type a text and press Enter; Ctrl-D quits" in result.stderr


def test_evaluate(invoke: Invoke, stand_in: StandIn) -> None:
    result = invoke("evaluate", "latest", "data.path=/elsewhere")
    assert stand_in.asked["overrides"] == ["data.path=/elsewhere"]
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["test"],
        ["accuracy", "0.9012"],
        ["loss", "0.2500"],
        [],
        ["test.accuracy", "0.9012", "is", "within", "the", "expected", "0.9", "to", "1"],
    ]
    (note, said) = result.stderr.splitlines()
    chosen, _, others = note.partition("; passed over: ")
    assert chosen.startswith("the latest run is ")
    assert chosen.endswith("-quickstart")
    assert others.endswith("-zzz (killed)"), "there is another run beside it"
    assert said == "reading"


@pytest.mark.usefixtures("stand_in")
def test_evaluate_as_json_has_the_keys_of_the_result(invoke: Invoke) -> None:
    result = invoke("evaluate", "latest", "--split", "validation", "--json")
    assert json.loads(result.stdout) == {"validation.accuracy": 0.90124, "validation.loss": 0.25}


@pytest.fixture(scope="module")
def rows_run(tmp_path_factory: pytest.TempPathFactory) -> runs.Run:
    """A run that predicts a number from a text, a category and a number."""
    folder = tmp_path_factory.mktemp("rows")
    lines = (f"{['dark', 'sunny'][n % 2]} {n},{['Rome', 'Oslo'][n % 2]},{n},{n * 2 + 100}" for n in range(60))
    (folder / "x.csv").write_text("about,city,size,price\n" + "\n".join(lines) + "\n", encoding="utf-8")
    features = {"text": "about", "categories": ["city"], "numbers": ["size"]}
    given = {
        "task": "regression",
        "data": {"name": "csv", "path": str(folder / "x.csv"), "label": "price", "features": features},
        "vectorizer": "words",
        "model": {"name": "bag", "hidden": 0},
        "training": {"epochs": 2},
    }
    return trained(folder / "runs", given=given)


@pytest.mark.slow
def test_a_run_with_features_answers_a_table_with_numbers(invoke: Invoke, rows_run: runs.Run) -> None:
    Path("new.csv").write_text("size,about,city\n3,dark,Rome\n,sunny,Lima\n", encoding="utf-8")
    result = invoke("predict", rows_run.directory, "--file", "new.csv")
    header, *rows = result.stdout.splitlines()
    assert header == "size,about,city,prediction"
    assert all(math.isfinite(float(row.rsplit(",", 1)[1])) for row in rows)
    assert "1 of 2 rows has a 'city' that training lacks ('Lima')" in result.stderr
    assert "1 of 2 rows has no 'size'" in result.stderr
    refused = invoke("predict", rows_run.directory, "--file", "new.csv", "--threshold", "0.5")
    assert (refused.exit_code, refused.stdout) == (2, "")
    invoke("predict", rows_run.directory, "--file", "new.csv", "-o", "answers.jsonl")
    answers = [json.loads(line) for line in Path("answers.jsonl").read_text("utf-8").splitlines()]
    assert [sorted(answer) for answer in answers] == [["about", "city", "prediction", "size"]] * 2


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["a text"], ["-"], []])
def test_a_run_with_features_refuses_texts_before_it_is_loaded(
    invoke: Invoke, rows_run: runs.Run, arguments: list[str]
) -> None:
    result = invoke("predict", rows_run.directory, *arguments, input="a line\n")
    assert (result.exit_code, result.stdout) == (2, "")
    message = " ".join(result.stderr.split())
    assert "this run reads the columns 'about', 'city', 'size': give a table (--file new.csv)" in message
    assert "loading the run" not in message
