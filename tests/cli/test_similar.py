"""`seqlab similar`: pairs and matrices of cosines, of encoders and runs, from arguments and stdin."""

import json

import pytest
from quick import trained
from tiny_encoder import save_encoder


@pytest.fixture
def ask(invoke, tmp_path):
    """Asks the encoder, in which texts of the same words in another order are the same."""
    save_encoder(tmp_path / "tiny")
    return lambda *rest, **settings: invoke("similar", "--encoder", "./tiny", *rest, **settings)


def test_a_line_per_pair(ask):
    lines = ask("a b", "b a", "c").stdout.splitlines()
    assert [line.split("\t")[:2] for line in lines] == [["a b", "b a"], ["a b", "c"], ["b a", "c"]]
    assert lines[0].endswith("\t1.0000")
    assert lines[1].split("\t")[2] == lines[2].split("\t")[2]
    assert ask("-", input="a b\n\nb a\n  \nc\n").stdout.splitlines() == lines


def test_a_matrix_and_json(ask):
    matrix = [line.split("\t") for line in ask("a b", "b a", "c", "--matrix").stdout.splitlines()]
    assert [row[number] for number, row in enumerate(matrix)] == ["1.0000"] * 3
    assert (matrix[0][1], matrix[0][2]) == ("1.0000", matrix[2][0])
    assert json.loads(ask("a b", "b a", "--json").stdout) == [{"texts": ["a b", "b a"], "cosine": 1.0}]
    found = json.loads(ask("a b", "b a", "--json", "--matrix").stdout)
    assert found == {"texts": ["a b", "b a"], "cosines": [[1.0, 1.0], [1.0, 1.0]]}


def test_the_latest_run_is_asked_by_default(invoke, tmp_path):
    trained(tmp_path / "runs", "training.epochs=1")
    assert invoke("similar", "not bad", "not bad").stdout == "not bad\tnot bad\t1.0000\n"


def test_texts_of_which_a_run_knows_nothing(invoke, tmp_path):
    trained(tmp_path / "runs", "training.epochs=1")
    found = invoke("similar", "zzz", "qqq")
    assert found.stdout.startswith("zzz\tqqq\t")
    assert found.stderr.count("hardly any token is known, the cosine says little") == 2
    empty = invoke("similar", "zzz", "")
    assert (empty.exit_code, empty.stdout) == (2, "")
    assert "nothing is left of the text '' to read: leave it out" in empty.stderr


@pytest.mark.parametrize(
    ("given", "settings", "message"),
    [
        (["a"], {}, "there is nothing to compare 'a' with"),
        (["-"], {"input": "a\n\n"}, "stdin has 1 line: give two texts or more"),
        (["a", ""], {}, "the vector of '' is zero"),
        (["a", "b", "--run", "latest"], {}, "--run and --encoder: the vectors are of the one or the other"),
        (
            ["a", "b", "--encoder", "nowhere"],
            {},
            "nowhere is not there: correct the path (packages are 'universal' and",
        ),
        (["a", "b", "--encoder", "wordlama"], {}, "wordlama is not there: did you mean 'wordllama'?"),
        (["a", "b", "--encoder", "run:abc"], {}, "--encoder run:abc: for a run, --run abc"),
    ],
)
def test_what_cannot_be_compared_is_exit_2(ask, given, settings, message):
    result = ask(*given, **settings)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in " ".join(result.stderr.split())
