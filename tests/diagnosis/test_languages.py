"""Texts in another language than the others."""

import pytest
from examined_rows import labelled, paired, sentences

from seqlab.diagnosis import Examined, diagnose
from seqlab.diagnosis import languages as module
from seqlab.diagnosis.languages import languages, script_of

ENGLISH = sentences(60)
GERMAN = "Der alte Mann ging langsam durch den Wald und sah die Vögel in den hohen Bäumen am Fluss."
FRENCH = "La maison est très grande et les enfants jouent dans le jardin avec le chien du voisin."
RUSSIAN = "Старый человек медленно шёл через лес и смотрел на птиц на высоких деревьях."
CHINESE = "这位老人慢慢地穿过森林，看着高大树木上的鸟儿，想起了他的童年。"


def rows(texts: list[str]) -> list[tuple[str, str]]:
    return [(text, "a") for text in texts]


@pytest.fixture
def without_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)


def test_planted_ones_are_found() -> None:
    pytest.importorskip("py3langid")
    data = labelled(rows([*ENGLISH, GERMAN, FRENCH]), test=rows([RUSSIAN, CHINESE, *ENGLISH[:5]]))
    outcome = languages(labelled(rows([*ENGLISH, GERMAN, FRENCH])))
    (finding,) = outcome.findings
    assert finding.message == "2 of 62 texts seem not to be in en: de 1, fr 1"
    (finding,) = languages(data).findings
    assert finding.count == 4
    assert [(each.location, each.detail) for each in finding.instances] == [
        ("train:61", "de"),
        ("train:62", "fr"),
        ("test:1", "ru"),
    ]


def test_texts_in_one_language_and_short_ones_in_any() -> None:
    pytest.importorskip("py3langid")
    short = ["Ja, das ist gut.", "Oui !", "Да", "https://example.org/der-alte-mann-ging-durch-den-wald", "12345 67890"]
    assert languages(labelled(rows([*ENGLISH, *short]))).findings == []


def test_a_short_text_in_another_script() -> None:
    (finding,) = languages(labelled(rows([*ENGLISH, "Это было хорошо", "とても良かったです", "ок"]))).findings
    assert {each.detail for each in finding.instances} == {"Cyrillic", "Kana"}


def test_texts_in_several_languages() -> None:
    pytest.importorskip("py3langid")
    (finding,) = languages(labelled(rows([*ENGLISH[:4], *[GERMAN] * 3, *[FRENCH] * 3]))).findings
    assert finding.message == "the texts are in several languages: en 40%, de 30%, fr 30%"


def test_a_side_in_the_wrong_language() -> None:
    pytest.importorskip("py3langid")
    good = [(text, GERMAN) for text in ENGLISH[:20]]
    (finding,) = languages(paired([*good, (ENGLISH[20], FRENCH), (ENGLISH[21], ENGLISH[22])])).findings
    assert finding.message == "2 of 22 target sentences seem not to be in de: fr 1, en 1"
    (finding,) = languages(paired(list(zip(ENGLISH[:20], ENGLISH[20:40], strict=True)))).findings
    assert (finding.severity, finding.message) == ("error", "both sides are mostly in en: are they the right columns?")


def summary(data: Examined) -> tuple[str, str]:
    (result,) = diagnose(data, ["languages"])
    assert list(result.findings) == []
    return result.status, result.summary


def test_pairs_in_two_languages_are_said_to_be_per_side() -> None:
    pytest.importorskip("py3langid")
    good = [(text, GERMAN) for text in ENGLISH[:20]]
    assert summary(paired(good)) == ("ok", "the sentences of each side are in one language: source en, target de")
    short = [(text, f"Ja {number}") for number, text in enumerate(ENGLISH[:20])]
    expected = "the sentences of each side are in one language: source en, target (too short to tell)"
    assert summary(paired(short)) == ("ok", expected)
    assert summary(labelled(rows(ENGLISH))) == ("ok", "all texts are in one language")
    expected = "the texts are too short to tell their language"
    assert summary(labelled(rows(["ja", "oui", "no"]))) == ("skipped", expected)


def test_scripts_without_the_library(without_library: None) -> None:
    found = languages(labelled(rows([*ENGLISH, GERMAN, RUSSIAN, CHINESE]))).findings
    assert found[0].message == "2 of 63 texts seem not to be in Latin: Cyrillic 1, Han 1"
    assert "pip install 'seqlab[doctor]'" in found[-1].message


def test_scripts() -> None:
    texts = (GERMAN, RUSSIAN, CHINESE, "ひらがなとカタカナ", "한국어", "שלום", "12 !?")
    assert list(map(script_of, texts)) == ["Latin", "Cyrillic", "Han", "Kana", "Hangul", "Hebrew", ""]
