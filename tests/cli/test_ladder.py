"""`seqlab ladder`: the table, its files, a process for each model, and requests that are wrong."""

import json
import subprocess

import pytest

from seqlab.cli import ladder


def test_a_quick_ladder_is_trained_once(invoke, tmp_path):
    asked = [
        "ladder",
        "imdb",
        "data.size=300",
        "training.epochs=1",
        "--quick",
        "--only",
        "unigram",
        "--only",
        "nb_trigram",
    ]
    listed = invoke(*asked, "--list").stdout.splitlines()
    assert [line.split(maxsplit=1) for line in listed[1:]] == [
        ["imdb/unigram", "not trained yet"], ["imdb/nb_trigram", "not trained yet"],
    ]  # fmt: skip
    assert json.loads(invoke(*asked, "--list", "--json").stdout)[0] == {"recipe": "imdb/unigram", "run": None}
    assert invoke(*asked, "--list", "-o", "table.md").exit_code == 2
    first = invoke(*asked, "-o", "table.md")
    assert first.exit_code == 0, first.stderr
    heading, *lines = first.stdout.splitlines()
    assert heading.split()[:2] == ["model", "test.accuracy"]
    assert [line.split()[0] for line in lines] == ["unigram", "nb_trigram"]
    assert "imdb/nb_trigram (2 of 2)" in first.stderr
    table = (tmp_path / "table.md").read_text(encoding="utf-8").splitlines()
    assert len(table) == 4
    assert table[0].startswith("| model | test.accuracy | 95 % interval |")
    again = invoke(*asked, "--json", "-o", "report.html")
    assert "(1 of 2)" not in again.stderr
    found = json.loads(again.stdout)
    assert [each["recipe"] for each in found] == ["imdb/unigram", "imdb/nb_trigram"]
    assert found[0]["run"] in invoke(*asked, "--list").stdout
    assert "B - A, test.accuracy" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_each_model_has_a_process_of_its_own(invoke, monkeypatch, tmp_path):
    commands = []

    def run(command, **_):
        commands.append(command)
        return subprocess.CompletedProcess(command, 75)

    monkeypatch.setattr(ladder.subprocess, "run", run)
    stopped = invoke("ladder", "imdb", "data.take=100", "--only", "bigram", "--runs-dir", tmp_path / "new")
    assert stopped.exit_code == 75
    expected = ["-m", "seqlab", "train", "imdb/bigram", "data.take=100", "--resume", "auto", "--runs-dir"]
    assert commands[0][1:-1] == expected


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["imbd"], "no ladder 'imbd'"),
        (["imdb", "--only", "gpt"], "has no 'gpt'"),
        (["imdb", "-o", "x.pdf"], "x.pdf must end in .md (a table) or .html (a report)"),
        (["imdb", "model.colour=red"], "colour"),
    ],
)
def test_wrong_requests(invoke, given, says):
    done = invoke("ladder", *given)
    assert (done.exit_code, done.stdout) == (2, "")
    assert says in " ".join(done.stderr.split())
