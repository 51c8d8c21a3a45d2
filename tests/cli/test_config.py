"""`seqlab check`, `config` and `init`."""

import json
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Invoke = Callable[..., Result]


def test_a_valid_recipe(invoke: Invoke) -> None:
    result = invoke("check", "quickstart", "training.epochs=3")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "quickstart is valid (data were not read): classification with synthetic, words, bag\n"
    assert json.loads(invoke("check", "quickstart", "--json").stdout) == {"valid": True, "problems": []}


def test_all_problems_at_once_on_stderr(invoke: Invoke) -> None:
    config = "task: classification\ndata: synthetc\nvectorizer: words\nmodel: {name: bag, hiden: 3}\n"
    Path("wrong.yaml").write_text(config, encoding="utf-8")
    result = invoke("check", "wrong.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "wrong.yaml:2:7" in result.stderr
    assert "did you mean 'synthetic'?" in " ".join(result.stderr.split())
    assert "'hidden'" in result.stderr
    as_json = invoke("check", "wrong.yaml", "--json")
    assert as_json.exit_code == 2
    printed = json.loads(as_json.stdout)
    assert printed["valid"] is False
    assert [(problem["line"], problem["path"]) for problem in printed["problems"]] == [(2, "data"), (4, "model.hiden")]


def test_show_prints_the_origin_of_values(invoke: Invoke) -> None:
    lines = {
        line.split(":")[0].strip(): line
        for line in invoke("config", "show", "quickstart", "training.epochs=3").stdout.splitlines()
    }
    assert lines["epochs"].split("#")[1].strip() == "command line"
    assert lines["seed"].split("#")[1].strip()
    assert lines["clip_norm"].split("#")[1].strip() == "default"
    as_json = json.loads(invoke("config", "show", "quickstart", "training.epochs=3", "--json").stdout)
    assert as_json["training"]["epochs"] == 3


def test_the_schema(invoke: Invoke) -> None:
    schema = json.loads(invoke("config", "schema").stdout)
    assert "draft-07" in schema["$schema"]


def test_a_starter_is_valid_and_nothing_is_overwritten(invoke: Invoke) -> None:
    result = invoke("init", "classification", "-o", "mine.yaml")
    assert result.exit_code == 0
    assert "seqlab check mine.yaml" in result.stderr
    first_line = Path("mine.yaml").read_text(encoding="utf-8").partition("\n")[0]
    assert first_line == "# yaml-language-server: $schema=seqlab.schema.json"
    assert json.loads(Path("seqlab.schema.json").read_text(encoding="utf-8"))["title"]
    assert invoke("check", "mine.yaml").exit_code == 0
    again = invoke("init", "classification", "-o", "mine.yaml")
    assert again.exit_code == 2
    assert "is not overwritten" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["init", "clasification"], "did you mean 'classification'?"),
        (
            ["init", "classification", "-o", "no/such/folder.yaml"],
            "cannot write no/such/folder.yaml: the directory no/such does not",
        ),
        (["check", "quickstat"], "did you mean the recipe 'quickstart'?"),
        (["check", "."], "is a directory"),
    ],
)
def test_wrong_requests(invoke: Invoke, arguments: list[str], message: str) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_starter_can_be_read_from_stdout(invoke: Invoke) -> None:
    assert invoke("init", "classification").stdout.startswith("#")


def test_init_looks_at_a_file(invoke: Invoke) -> None:
    rows = "".join(f"good food {n},pos\nbad food {n},neg\n" for n in range(40))
    Path("reviews.csv").write_text(f"review,mood\n{rows}", encoding="utf-8")
    result = invoke("init", "classification", "--data", "reviews.csv", "-o", "mine.yaml")
    assert "reviews.csv: 80 rows, text in 'review', label in 'mood' (neg: 40, pos: 40)" in result.stderr
    assert invoke("check", "mine.yaml").exit_code == 0
    printed = invoke("init", "classification", "--data", "reviews.csv", "-o", "-")
    assert (printed.exit_code, Path("-").exists()) == (0, False)
    assert "  text: review" in printed.stdout
    assert invoke("init", "classification", "--data", "none.csv").exit_code == 2


@pytest.mark.parametrize("content", ["mine", "{}", '{"title": "my schema"}'])
def test_init_replaces_no_file_that_the_user_did_not_name(invoke: Invoke, content: str) -> None:
    Path("seqlab.schema.json").write_text(content, encoding="utf-8")
    result = invoke("init", "classification", "-o", "new.yaml")
    assert (result.exit_code, Path("new.yaml").exists()) == (2, False)
    assert "seqlab.schema.json is there and is no schema of seqlab" in " ".join(result.stderr.split())
    assert Path("seqlab.schema.json").read_text(encoding="utf-8") == content


def test_init_replaces_the_schema_of_another_version_and_says_so(invoke: Invoke) -> None:
    Path("seqlab.schema.json").write_text('{"title": "seqlab experiment"}', encoding="utf-8")
    said = "replaced seqlab.schema.json, the schema of another version"
    assert said in invoke("init", "classification", "-o", "a.yaml").stderr
    assert said not in invoke("init", "classification", "-o", "b.yaml").stderr


def test_init_repeats_the_notes_of_training(invoke: Invoke) -> None:
    rows = "".join(f"good food {n},pos\nbad food {n},neg\nfine food {n},Pos\n" for n in range(40))
    Path("a.csv").write_text(f"review,mood\n{rows}", encoding="utf-8")
    assert "differ only in case" in invoke("init", "classification", "--data", "a.csv").stderr


@pytest.mark.slow
def test_a_config_made_for_a_file_trains(invoke: Invoke) -> None:
    rows = "".join(f"good food {n};pos\nbad food {n};neg\n" for n in range(40))
    Path("reviews.csv").write_text(f"review;mood\n{rows}", encoding="utf-8")
    invoke("init", "classification", "--data", "reviews.csv", "-o", "mine.yaml")
    result = invoke("train", "mine.yaml", "--json")
    assert json.loads(result.stdout)["result"]["test.accuracy"] == 1.0


@pytest.mark.skipif(sys.platform == "win32", reason="links and FIFOs of POSIX")
def test_what_is_no_file_is_no_config(invoke: Invoke) -> None:
    Path("own.yaml").symlink_to("own.yaml")
    Path("dangling.yaml").symlink_to("nowhere")
    os.mkfifo("pipe.yaml")
    for name, message in {
        "own.yaml": "own.yaml is a link to 'own.yaml', which does not exist: correct the link",
        "dangling.yaml": "dangling.yaml is a link to 'nowhere', which does not exist",
        "pipe.yaml": "pipe.yaml is a pipe, and reading it could wait for ever",
    }.items():
        result = invoke("check", name)
        assert (result.exit_code, message in result.stderr) == (2, True), result.stderr
    result = invoke("init", "classification", "--data", "pipe.yaml")
    assert (result.exit_code, "pipe.yaml is a pipe or a device" in result.stderr) == (2, True)


@pytest.mark.parametrize("given", ["mine.yml", "mime.yaml", "folder/mine.yml"])
def test_a_config_with_a_similar_name_is_suggested(invoke: Invoke, given: str) -> None:
    Path("folder").mkdir()
    for path in (Path("mine.yaml"), Path("folder/mine.yaml")):
        path.write_text("", encoding="utf-8")
    result = invoke("check", given)
    assert result.exit_code == 2
    assert f"did you mean '{Path(given).with_name('mine.yaml')}'?" in result.stderr


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("mine.yaml", "mine.yaml"),
        ("a/b-c_1.yaml", "a/b-c_1.yaml"),
        ("Eigene Dateien ü/c f.yaml", "'Eigene Dateien ü/c f.yaml'"),
        ("$(x) & y.yaml", "'$(x) & y.yaml'"),
        ("it's.yaml", "'it'\"'\"'s.yaml'"),
    ],
)
def test_the_next_command_can_be_pasted(invoke: Invoke, name: str, shown: str) -> None:
    Path(name).parent.mkdir(exist_ok=True)
    result = invoke("init", "classification", "-o", name)
    command = result.stderr.split("next: ")[1]
    assert command == f"seqlab check {shown}\n"
    assert invoke(*shlex.split(command)[1:]).exit_code == 0
