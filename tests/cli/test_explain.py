"""`seqlab explain`: what is printed, as JSON and as a page, from where texts come, and what is refused."""

import json

import pytest

TEXT = "The soup was not bad."


def test_a_text(seqlab):
    lines = seqlab.works("explain", "latest", TEXT).splitlines()
    label, probability, text = lines[0].split("\t")
    answered = seqlab.works("predict", "latest", TEXT).split("\t")
    assert [label, probability] == answered[:2]
    assert text == TEXT
    assert lines[1].startswith(f"logit of {label} ")
    assert any(line.endswith("  not bad") for line in lines)
    assert any("".join(line.split()) == "thesoupwasnotbad" for line in lines)


def test_several_from_anywhere(seqlab, tmp_path):
    (tmp_path / "texts.txt").write_text(f"{TEXT}\n\nbad\n", encoding="utf-8")
    (tmp_path / "texts.csv").write_text(f"text\n{TEXT}\nbad\n", encoding="utf-8")
    lines = seqlab("explain", "latest", "--file", "texts.txt")
    assert lines.stdout.count("logit of") == 2
    assert "nothing is left of the text ''" in lines.stderr
    assert seqlab.works("explain", "latest", "-", input=f"{TEXT}\n").count("logit of") == 1
    assert seqlab.works("explain", "latest", "--file", "texts.csv").count("logit of") == 2
    assert seqlab.works("explain", "--run", "latest", TEXT, "bad").count("logit of") == 2
    assert "there are no texts to explain" in seqlab("explain", "latest", "-", input="").stderr


def test_json_is_a_line_per_text(seqlab):
    lines = seqlab.works("explain", "latest", TEXT, "", "--json", "--class", "negative").splitlines()
    found, nothing = map(json.loads, lines)
    assert (found["kind"], found["explained"], found["method"]) == ("attribution", "negative", "contributions")
    added = sum(each["contribution"] for each in found["tokens"])
    assert found["base"] + added == pytest.approx(found["score"], abs=1e-5)
    assert (nothing["label"], nothing["score"], nothing["tokens"]) == (None, None, [])


def test_methods_and_faithfulness(seqlab):
    said = seqlab.works("explain", "latest", TEXT, "bad film", "--faithfulness", "--method", "gradient_input")
    assert said.count("gradient × input (the tokens need not add up to it)") == 2
    assert said.count("comprehensiveness") == 3
    assert said.splitlines()[-1].startswith("mean of 2 texts: comprehensiveness")
    one = seqlab.works("explain", "latest", TEXT, "--top", "1")
    assert "more n-grams (--top)" in one


def test_a_page(seqlab, tmp_path):
    result = seqlab("explain", "latest", "<script>alert(1)</script> bad", "-o", "out/page.html", "--faithfulness")
    assert (result.stdout, result.exit_code) == ("", 0)
    assert "wrote out/page.html" in result.stderr
    page = (tmp_path / "out" / "page.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert ">&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["latest", TEXT, "--class", "postive"], "no class 'postive'; did you mean 'positive'"),
        (["latest", TEXT, "--target", "x"], "--target has no effect: only a translator has one"),
        (["latest", TEXT, "b", "--target", "x"], "--target is the translation of one sentence"),
        (["latest", TEXT, "-o", "page.txt"], "page.txt is no page"),
        (["latest", TEXT, "-o", "page.html", "--json"], "--json prints to the terminal"),
        (["latest", TEXT, "--file", "x.txt"], "give texts as arguments or with --file, not both"),
        (["nope", TEXT], "no run 'nope' in runs"),
        ([TEXT], "RUN comes first, then the texts"),
    ],
)
def test_what_cannot_be_explained_is_refused(seqlab, given, message):
    seqlab.refuses(2, "explain", *given, says=[message])


def test_a_method_that_there_is_not_is_named_with_the_others(seqlab):
    result = seqlab("explain", "latest", TEXT, "--method", "lime")
    assert result.exit_code == 2
    assert "'lime' is not one of 'contributions'" in result.stderr


@pytest.mark.parametrize("text", ["\x1b[31mbad\x07", "[b]bad[/b]", "\u202ebad", "bad\ud800", "bad " * 3_000, "猫 bad"])
def test_odd_texts_are_printed_as_data(seqlab, text):
    seqlab.works("explain", "latest", text)
    json.loads(seqlab.works("explain", "latest", text, "--json"))


@pytest.mark.slow
def test_a_language_model_and_a_translator(seqlab, language_model, translator):
    said = seqlab.works("explain", language_model.directory, "Monday")
    assert "bits per character" in said
    found = json.loads(seqlab.works("explain", translator.directory, "The queen buys the green table.", "--json"))
    assert found["kind"] == "translation"
    assert found["translation"] == "La reina compra la mesa verde."
    said = seqlab.works("explain", translator.directory, "The queen eats.", "--target", "La reina come.")
    assert "log probability of the given translation" in said
    assert "%" not in said.splitlines()[0]
