"""`seqlab neighbors` and `seqlab analogy`, of files and runs, from arguments, stdin and a prompt."""

import json

import pytest
from quick import WORD_VECTORS, trained

from seqlab.errors import RequestError

CITIES = "spain 1 0 0\nmadrid 1 1 0\nfrance 0 0 1\nparis 0 1 1\n"


@pytest.fixture
def ask(invoke, tmp_path):
    """Asks the vectors of a file."""
    (tmp_path / "cities.txt").write_text(CITIES, encoding="utf-8")
    return lambda command, *rest, **settings: invoke(command, *rest, "--vectors", "cities.txt", **settings)


def test_one_word_gets_a_line_per_neighbor(ask):
    assert ask("neighbors", "madrid", "--top", 2).stdout == "spain\t0.7071\nparis\t0.5000\n"
    assert ask("neighbors", "madrid", "--metric", "euclidean", "--top", 1).stdout == "spain\t1.0000\n"


def test_of_several_words_each_line_begins_with_the_one_that_was_asked(ask):
    lines = ask("neighbors", "madrid", "paris", "--top", 1).stdout
    assert lines == "madrid\tspain\t0.7071\nparis\tfrance\t0.7071\n"
    assert ask("neighbors", "-", "--top", 1, input="madrid\n\nparis\n").stdout == lines


def test_json(ask):
    found = json.loads(ask("neighbors", "madrid", "--top", 1, "--json").stdout)
    assert found == [{"word": "spain", "score": pytest.approx(0.5**0.5, abs=1e-6)}]
    found = json.loads(ask("neighbors", "-", "--top", 1, "--json", input="madrid\nparis\n").stdout)
    assert [(each["query"], each["word"]) for each in found] == [("madrid", "spain"), ("paris", "france")]


def test_an_analogy(ask):
    assert ask("analogy", "france", "paris", "spain", "--top", 1).stdout.startswith("madrid\t0.")
    lines = ask("analogy", "-", "--top", 1, input="france paris spain\nspain\tmadrid\tfrance\n").stdout.splitlines()
    assert [line.split("\t")[:-1] for line in lines] == [
        ["france paris spain", "madrid"],
        ["spain madrid france", "paris"],
    ]


def test_words_in_another_encoding_are_piped_through_iconv(ask):
    """These commands have no --encoding."""
    refused = ask("neighbors", "-", input="caf\u00e9\n".encode("windows-1252"))
    said = " ".join(refused.stderr.split())
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "stdin, line 1: byte 4 is not UTF-8" in said
    assert "iconv -f" in said
    assert "--encoding" not in said


def test_a_run_is_no_file_of_vectors(invoke):
    refused = invoke("neighbors", "good", "--vectors", "run:abc")
    assert refused.exit_code == 2
    assert "--vectors run:abc: for the vectors of a run, --run abc" in " ".join(refused.stderr.split())


def test_a_distance_of_any_size_is_shown(invoke, tmp_path):
    (tmp_path / "tiny.txt").write_text("king 1e-30 0\nqueen 1e-30 1e-30\n", encoding="utf-8")
    (tmp_path / "big.txt").write_text("king 1e30 0\nqueen 1e30 1e30\n", encoding="utf-8")
    for name, shown in [["tiny", "1e-30"], ["big", "1e+30"]]:
        asked = ["neighbors", "queen", "--vectors", f"{name}.txt"]
        assert invoke(*asked).stdout == "king\t0.7071\n"
        assert invoke(*asked, "--metric", "euclidean").stdout == f"king\t{shown}\n"
        found = json.loads(invoke(*asked, "--metric", "euclidean", "--json").stdout)
        assert found[0]["score"] == pytest.approx(float(shown))


def test_a_vector_of_zeros_is_noted(invoke, tmp_path):
    (tmp_path / "v.txt").write_text("king 0 0\nqueen 1 0\nman 0 1\n", encoding="utf-8")
    result = invoke("neighbors", "king", "--vectors", "v.txt")
    assert "the vector of 'king' is all zeros: it has no direction" in " ".join(result.stderr.split())
    assert invoke("neighbors", "king", "--vectors", "v.txt", "--metric", "euclidean").stderr == ""
    # 'king' and 'good' are left out of what is asked of 'queen', by cosine alone.
    (tmp_path / "v.txt").write_text("king 0 0\nqueen 1 0\nman 0 1\ngood 0 0\n", encoding="utf-8")
    note = "2 other words have a vector of zeros, which has no direction: left out of the answers ('king', 'good')"
    for command in (["neighbors", "queen"], ["analogy", "queen", "man", "man"]):
        result = invoke(*command, "--vectors", "v.txt")
        assert " ".join(result.stderr.split()) == note
    result = invoke("neighbors", "queen", "king", "--vectors", "v.txt", "--json")
    assert "1 other word has a vector of zeros" in " ".join(result.stderr.split())
    assert {each["word"] for each in json.loads(result.stdout)} == {"man", "queen"}
    assert invoke("neighbors", "queen", "--vectors", "v.txt", "--metric", "euclidean").stderr == ""


def test_a_file_of_one_word_has_no_other(invoke, tmp_path):
    (tmp_path / "v.txt").write_text("king 1 0\n", encoding="utf-8")
    result = invoke("neighbors", "king", "--vectors", "v.txt")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "there is no other word, and so no answer\n")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["neighbors", "madrit"], "'madrit' has no vector; the nearest spellings are madrid"),
        (["neighbors", ""], "'' has no vector"),
        (["analogy", "france", "paris", "spane"], "'spane' has no vector; the nearest spellings are spain"),
        (["analogy", "france", "paris"], "an analogy has three words, got 2"),
        (["neighbors", "madrid", "--run", "latest"], "--run: that is of a run, and --vectors is a file"),
        (["neighbors", "madrid", "--matrix", "output", "--side", "source"], "--side and --matrix: that is of a run"),
    ],
)
def test_what_cannot_be_asked_is_exit_2_and_prints_no_answer(ask, command, message):
    result = ask(*command)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr.replace("\n", " ")


def test_one_word_that_is_not_there_does_not_keep_the_others_from_their_answers(ask):
    for given in (ask("neighbors", "madrid", "Paris", "paris", "x", "--top", 1),
                  ask("neighbors", "-", "--top", 1, input="madrid\nParis\nparis\nx\n")):  # fmt: skip
        assert (given.exit_code, given.stdout) == (2, "madrid\tspain\t0.7071\nparis\tfrance\t0.7071\n")
        said = " ".join(given.stderr.split())
        assert "'Paris' has no vector; the nearest spellings are paris" in said
        assert "error: 2 questions have no answer: 'Paris', 'x'" in said
    found = ask("neighbors", "madrid", "Paris", "--top", 1, "--json")
    assert (found.exit_code, [each["query"] for each in json.loads(found.stdout)]) == (2, ["madrid"])
    lines = ask("analogy", "-", "--top", 1, input="france paris spane\nfrance paris spain\n")
    assert (lines.exit_code, lines.stdout.split("\t")[:2]) == (2, ["france paris spain", "madrid"])


def test_the_names_of_published_vectors_are_in_the_message(invoke):
    result = invoke("neighbors", "king", "--vectors", "glove")
    assert result.exit_code == 2
    assert "glove_6b_50d" in result.stderr


def test_a_prompt_goes_on_after_a_word_that_is_not_there(ask, monkeypatch):
    monkeypatch.setattr("seqlab.cli.texts.is_interactive", lambda: True)
    monkeypatch.setattr("seqlab.cli.neighbors.is_interactive", lambda: True)
    result = ask("neighbors", "--top", 1, input="madrit\nmadrid\n\n")
    assert result.exit_code == 0
    assert "spain\t0.7071" in result.stdout
    assert "nearest spellings are madrid" in result.stderr
    assert "Type a word and press Enter" in result.stderr
    result = ask("analogy", "--top", 1, input="spain madrid france\n")
    assert "Type three words, such as man king woman, and press Enter; Ctrl-D quits" in result.stderr


def test_the_latest_run_with_word_vectors_answers(seqlab):
    lines = seqlab("neighbors", "good", "--top", "2").stdout.splitlines()
    assert [len(line.split("\t")) for line in lines] == [2, 2]
    assert seqlab("neighbors", "good", "--matrix", "output").exit_code == 2


def test_the_latest_run_may_have_no_embedding(invoke, tmp_path):
    run = trained(tmp_path / "runs", "model.hidden=0", "training.epochs=1")
    result = invoke("neighbors", "good")
    assert (result.exit_code, result.stdout) == (2, "")
    message = " ".join(result.stderr.split())
    assert f"run {run.id} (the latest one that may have word vectors; --run RUN names another): this model" in message


def test_unseen_words_have_vectors_from_character_ngrams(invoke, tmp_path):
    subwords = "model.subwords={min: 2, max: 4, buckets: 500}"
    run = trained(tmp_path / "runs", subwords, "training.epochs=1", "data.size=400", given=WORD_VECTORS)
    result = invoke("neighbors", "mondays", "--top", 2, "--run", run.id)
    assert result.stdout.startswith("monday\t")
    note = "'mondays' is not in the vocabulary: its vector is made from its character n-grams"
    assert note in " ".join(result.stderr.split())
    assert "n-grams" not in invoke("neighbors", "monday", "--run", run.id).stderr
    lines = invoke("neighbors", "-", "--top", 1, "--run", run.id, input="mondays\nmonday\n")
    assert [line.split("\t")[0] for line in lines.stdout.splitlines()] == ["mondays", "monday"]
    found = invoke("analogy", "monday", "mondays", "friday", "--run", run.id)
    assert (found.exit_code, note in " ".join(found.stderr.split())) == (0, True)
    refused = invoke("neighbors", "Mondays", "--run", run.id)
    assert (refused.exit_code, "the vectorizer makes 'mondays' of it" in refused.stderr.replace("\n", " ")) == (2, True)


def test_latest_passes_over_word_vectors_where_they_cannot_answer(invoke, tmp_path):
    trained(tmp_path / "runs", "training.epochs=1", "data.size=300", given=WORD_VECTORS)
    for command in (["predict", "latest", "good"], ["generate"], ["translate", "good"]):
        result = invoke(*command)
        assert (result.exit_code, "error: no finished" in result.stderr) == (2, True), result.stderr
    trained(tmp_path / "runs", "training.epochs=1")
    newest = trained(tmp_path / "runs", "training.epochs=1", "data.size=300", given=WORD_VECTORS)
    assert invoke("predict", "latest", "The soup was good.").exit_code == 0
    assert invoke("neighbors", "monday", "--top", 1).exit_code == 0
    refused = invoke("predict", newest.id, "good")
    assert (refused.exit_code, "is a word_vectors run and cannot predict" in refused.stderr) == (2, True)


def test_a_task_without_word_vectors_is_refused(invoke):
    from seqlab.tasks import tasks_able_to

    assert {"classification", "language_model", "translation"} <= set(tasks_able_to("word_vectors"))
    result = invoke("neighbors", "good")
    assert result.exit_code == RequestError.exit_code
