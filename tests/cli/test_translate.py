"""`seqlab translate` with a small translator: what is printed, in which order, and what is refused."""

import json
import shutil

import pytest
from quick import trained
from shell import Shell

from seqlab.cli import texts

SENTENCE, TRANSLATION = "The queen buys the green table.", "La reina compra la mesa verde."


@pytest.fixture(scope="module")
def folder(tmp_path_factory, translator):
    """A folder with a translation run and a newer run of a classifier."""
    folder = tmp_path_factory.mktemp("translate")
    shutil.copytree(translator.directory, folder / "runs" / translator.id)
    trained(folder / "runs", "training.epochs=1")
    return folder


@pytest.fixture
def seqlab(folder, monkeypatch):
    monkeypatch.chdir(folder)
    for name in ("SEQLAB_RUNS_DIR", "SEQLAB_DATA_DIR", "SEQLAB_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    return Shell()


def test_a_sentence_and_several(seqlab):
    assert seqlab.works("translate", SENTENCE) == f"{TRANSLATION}\n"
    assert seqlab.works("translate", SENTENCE, "", SENTENCE) == f"{TRANSLATION}\n\n{TRANSLATION}\n"
    assert seqlab.works("translate", SENTENCE, "--beam-width", "1", "--length-penalty", "0") == f"{TRANSLATION}\n"


@pytest.mark.parametrize("source", ["argument", "option", "file", "no terminal"])
@pytest.mark.usefixtures("loads_once")
def test_one_output_line_per_input_line(seqlab, source, tmp_path):
    lines = f"\ufeff{SENTENCE}\r\n\n   \n{SENTENCE}".encode()
    (tmp_path / "sentences.txt").write_bytes(lines)
    arguments = {
        "argument": ["-"], "option": ["--file", "-"], "file": ["--file", tmp_path / "sentences.txt"], "no terminal": []
    }[source]  # fmt: skip
    expected = f"{TRANSLATION}\n\n\n{TRANSLATION}\n"
    assert seqlab.works("translate", *arguments, input=lines) == expected
    assert seqlab.works("translate", "-", input=b"") == ""


@pytest.mark.usefixtures("loads_once")
def test_the_interactive_prompt(seqlab, monkeypatch):
    monkeypatch.setattr(texts, "is_interactive", lambda: True)
    assert f"{TRANSLATION}\n" in seqlab.works("translate", input=f"{SENTENCE}\n")


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("zzz qqq", "2 of 2 tokens are unknown, the translation is a guess: 'zzz qqq'\n"),
        ("猫が寝る", "1 of 1 token is unknown, the translation is a guess: '猫が寝る'\n"),
        (TRANSLATION, f"unknown, the translation is a guess: '{TRANSLATION}'; is the sentence in the target language?"),
    ],
)
@pytest.mark.usefixtures("loads_once")
def test_a_warning_about_unknown_tokens(seqlab, sentence, said):
    result = seqlab("translate", sentence)
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 1)
    assert said in result.stderr


@pytest.mark.usefixtures("loads_once")
def test_at_most_three_warnings(seqlab):
    lines = [SENTENCE, *["zzz qqq"] * 5]
    result = seqlab("translate", "-", input="\n".join(lines).encode())
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 6)
    assert result.stderr.count("the translation is a guess") == 3
    assert "2 more texts have unknown tokens" in result.stderr
    assert "guess" not in seqlab("translate", SENTENCE).stderr


@pytest.mark.usefixtures("loads_once")
def test_several_translations_have_their_scores(seqlab):
    lines = seqlab.works("translate", SENTENCE, "--n-best", "3").splitlines()
    scores = [float(line.split("\t")[0]) for line in lines]
    assert len(lines) == 3
    assert scores == sorted(scores, reverse=True)
    assert lines[0].split("\t")[1] == TRANSLATION


@pytest.mark.usefixtures("loads_once")
def test_the_steps_of_the_search(seqlab):
    out = seqlab.works("translate", SENTENCE, "--show-steps", "--beam-width", "2")
    assert out.startswith("step 1\n")
    assert "La reina compra la mesa verde . [END]" in out
    assert out.endswith(f"\n{TRANSLATION}\n")


@pytest.mark.usefixtures("loads_once")
def test_the_attention_fits_the_terminal_and_makes_a_picture(seqlab, tmp_path):
    out = seqlab.works("translate", SENTENCE, "--attention", "-o", tmp_path / "looks.png")
    lines = out.splitlines()
    assert lines[0] == TRANSLATION
    assert lines[2].split() == ["The", "queen", "buys", "the", "green", "table", ".", "[END]"]
    assert [line.split()[0] for line in lines[3:]] == ["La", "reina", "compra", "la", "mesa", "verde", ".", "[END]"]
    assert (tmp_path / "looks.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("loads_once")
def test_json_has_one_line_per_sentence(seqlab):
    lines = seqlab.works("translate", SENTENCE, "", "--json").splitlines()
    first, blank = map(json.loads, lines)
    assert (first["text"], first["translation"]) == (SENTENCE, TRANSLATION)
    assert first["hypotheses"][0]["log_probability"] < 0
    assert "attention" not in first["hypotheses"][0]
    assert (blank["translation"], blank["hypotheses"]) == ("", [])
    with_looks = json.loads(seqlab.works("translate", SENTENCE, "--json", "--attention", "--show-steps"))
    assert len(with_looks["hypotheses"][0]["attention"]) == 8
    assert with_looks["steps"][0][0][0] == "La"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--beam-width", "0"], "beam width is 0; it must be between 1 (greedy) and 1,000"),
        (
            ["--n-best", "5"],
            "n-best is 5, and the beam width 4 (model.decoding): ask for a beam width of 5 or more too",
        ),
        (["--length-penalty", "-1"], "length penalty is -1.0"),
        (["--coverage-penalty", "nan"], "coverage penalty is nan"),
        (["--unknown-penalty", "-0.5"], "unknown penalty is -0.5"),
        (["--run", "nothing"], "nothing"),
        (["another sentence", "-o", "looks.png"], "give exactly one"),
        (["--file", "there_is_none.txt"], "not both"),
    ],
)
def test_invalid_options(seqlab, arguments, says):
    seqlab.refuses(2, "translate", SENTENCE, *arguments, says=[says])


def test_overrides_are_options_because_arguments_are_sentences(seqlab):
    assert seqlab.works("translate", SENTENCE, "--set", "metrics=[bleu]") == f"{TRANSLATION}\n"
    assert len(seqlab.works("translate", "runtime.threads=1", SENTENCE).splitlines()) == 2
    seqlab.refuses(
        2, "translate", SENTENCE, "--set", "model.units=4", says=["model.units belongs to the trained model"]
    )
    seqlab.refuses(2, "translate", SENTENCE, "--set", "training.epochs=3", says=["training.epochs has no effect"])
    seqlab.refuses(2, "translate", SENTENCE, "--set", "runtime.device", says=["runtime.device"])


def test_a_run_of_another_task_is_refused(seqlab):
    classifier = seqlab.works("runs", "list", "--json")
    (other,) = [run["id"] for run in json.loads(classifier) if run["task"] == "classification"]
    seqlab.refuses(2, "translate", SENTENCE, "--run", other, says=["cannot translate; translation runs can"])


@pytest.mark.usefixtures("loads_once")
def test_the_first_of_several_arguments_is_a_run_if_there_is_such_a_run(seqlab):
    (run,) = [run["id"] for run in json.loads(seqlab.works("runs", "list", "--json")) if run["task"] == "translation"]
    for arguments in ([run, SENTENCE], [run[16:], SENTENCE], ["latest", SENTENCE], [f"runs/{run}", SENTENCE]):
        assert seqlab.works("translate", *arguments) == f"{TRANSLATION}\n"
    assert seqlab.works("translate", "--run", run, SENTENCE) == f"{TRANSLATION}\n"


@pytest.mark.usefixtures("loads_once")
def test_a_sentence_is_never_read_as_a_run(seqlab, folder):
    assert len(seqlab.works("translate", "latest").splitlines()) == 1
    assert len(seqlab.works("translate", "queen", SENTENCE).splitlines()) == 2
    assert len(seqlab.works("translate", "--run", "latest", "latest", SENTENCE).splitlines()) == 2
    (folder / "The").mkdir(exist_ok=True)  # a folder that is no run
    assert len(seqlab.works("translate", "The", SENTENCE).splitlines()) == 2


@pytest.mark.usefixtures("loads_once")
def test_a_run_and_a_file(seqlab, tmp_path):
    (run,) = [run["id"] for run in json.loads(seqlab.works("runs", "list", "--json")) if run["task"] == "translation"]
    (tmp_path / "sentences.txt").write_text(SENTENCE, encoding="utf-8")
    for arguments in ([run], ["latest"], ["--run", run]):
        assert seqlab.works("translate", *arguments, "--file", tmp_path / "sentences.txt") == f"{TRANSLATION}\n"
    assert seqlab.works("translate", run, "-", input=SENTENCE.encode()) == f"{TRANSLATION}\n"
    alone = seqlab("translate", "latest")
    assert "'latest' is translated as a sentence; for the run: --run latest" in alone.stderr


@pytest.mark.usefixtures("loads_once")
def test_a_table_of_sentences(seqlab, tmp_path):
    table = tmp_path / "new.csv"
    table.write_text(f"id,source\n1,{SENTENCE}\n2,\n", encoding="utf-8")
    assert seqlab.works("translate", "--file", table) == f"id,source,translation\n1,{SENTENCE},{TRANSLATION}\n2,,\n"
    seqlab.works("translate", "--file", table, "-o", tmp_path / "out.tsv")
    assert (tmp_path / "out.tsv").read_text(encoding="utf-8").splitlines()[1] == f"1\t{SENTENCE}\t{TRANSLATION}"
    table.write_text(f"source\n{SENTENCE} \u20ac\n", encoding="windows-1252")
    seqlab.refuses(1, "translate", "--file", table, says=["give --encoding windows-1252"])
    assert "\u20ac" in seqlab.works("translate", "--file", table, "--encoding", "windows-1252")
    table.write_text("source\n", encoding="utf-8")
    assert seqlab.works("translate", "--file", table) == "source,translation\n"
    table.write_text(f"id,source\n1,{SENTENCE}\n", encoding="utf-8")
    seqlab.refuses(2, "translate", "--file", table, "--n-best", "2", says=["a table has one translation per row"])
    seqlab.refuses(2, "translate", "--file", table, "--text", "english", says=["its columns are 'id', 'source'"])


def test_predict_works_with_a_translation_run(seqlab):
    (run,) = [run["id"] for run in json.loads(seqlab.works("runs", "list", "--json")) if run["task"] == "translation"]
    label, probability, text = seqlab.works("predict", run, SENTENCE).rstrip("\n").split("\t")
    assert (label, text) == (TRANSLATION, SENTENCE)
    assert 0 < float(probability) <= 1
    assert json.loads(seqlab.works("predict", run, SENTENCE, "--json"))["hypotheses"][0]["text"] == TRANSLATION


@pytest.mark.parametrize("side", ["source", "target"])
def test_the_vocabulary_of_each_side(seqlab, side):
    (run,) = [run["id"] for run in json.loads(seqlab.works("runs", "list", "--json")) if run["task"] == "translation"]
    text = {"source": "The queen buys the green table .", "target": "La reina compra la mesa verde ."}[side]
    out = seqlab.works("vocabulary", run, "--side", side, "--encode", text)
    assert f"decoded  {text}" in out
    assert "4 special" in seqlab.works("vocabulary", run, "--side", side)
    seqlab.refuses(2, "vocabulary", run, says=["--side source or --side target"])


def test_what_was_cut_is_told(seqlab, monkeypatch):
    from seqlab.tasks.translation.length_limit import LengthLimit

    monkeypatch.setattr(LengthLimit, "restore", lambda directory: LengthLimit(longest=2))
    result = seqlab("translate", "-", input="\n".join([SENTENCE] * 5).encode())
    assert result.stdout == "La reina\n" * 5
    assert result.stderr.count(f"the translation was cut at 2 tokens: '{SENTENCE}'") == 3
    assert "2 more texts have a translation that was cut" in result.stderr


def test_options_without_effect_are_told(seqlab):
    result = seqlab("translate", SENTENCE, "--beam-width", "1", "--length-penalty", "2")
    assert (result.exit_code, result.stdout) == (0, f"{TRANSLATION}\n")
    assert "--length-penalty has no effect: with --beam-width 1" in result.stderr
    assert "no effect" not in seqlab("translate", SENTENCE, "--replace-unknown").stderr
