"""Texts that are nearly those of other rows."""

import sys

import pytest
from examined_rows import labelled, paired, sentences

from seqlab.diagnosis import near_duplicates as module
from seqlab.diagnosis.near_duplicates import THRESHOLD, near_duplicates
from seqlab.diagnosis.shingles import Shingles, jaccard

pytest.importorskip("datasketch", exc_type=ImportError)
TEXT = sentences(300)


def rows(texts: list[str], label: str = "a") -> list[tuple[str, str]]:
    return [(text, label) for text in texts]


def test_planted_ones_are_found_and_no_others() -> None:
    """A text in capitals has the same 5-grams; one whose last word has another ending has most of them."""
    planted = [TEXT[3].upper(), TEXT[4].removesuffix(".") + "s!", TEXT[5]]
    data = labelled(rows([*TEXT[:200], TEXT[9] + " Yes"]), rows([TEXT[8].lower()]), rows([*TEXT[200:], *planted]))
    outcome = near_duplicates(data)
    assert outcome.figures["across"] == {"validation in train": 1, "test in train": 2, "test in validation": 0}
    assert outcome.figures["within"] == {"train": 1, "validation": 0, "test": 0}
    across = next(finding for finding in outcome.findings if " test texts" in finding.message)
    assert {each.detail.split(" like ")[1] for each in across.instances} == {"train:4", "train:5"}
    assert across.instances[0].detail == "1.00 like train:4", "the most similar first; an equal one is a duplicate"


def test_the_similarity_that_is_shown_is_exact_and_not_below_the_threshold() -> None:
    changed = [" ".join(text.split()[cut:]) for cut, text in enumerate(TEXT[:8])]
    data = labelled(rows(TEXT[:8]), test=rows(changed), examples=99)
    shingles = Shingles(TEXT)
    exact = [jaccard(shingles.of(text), shingles.of(other)) for text, other in zip(TEXT, changed, strict=False)]
    (finding,) = near_duplicates(data).findings
    shown = {each.location: each.detail for each in finding.instances}
    expected = {
        f"test:{row + 1}": f"{each:.2f} like train:{row + 1}" for row, each in enumerate(exact) if each >= THRESHOLD
    }
    del expected["test:1"]  # nothing was cut off: it is equal
    assert shown == expected
    assert 2 < len(shown) < 7


def test_another_label_is_said() -> None:
    data = labelled([*rows(TEXT[:9], "a"), *rows([TEXT[0] + "!", TEXT[1] + "!"], "b"), *rows([TEXT[2] + "!"], "a")])
    (finding,) = near_duplicates(data).findings
    assert finding.message.startswith("3 of 12 training texts are nearly an earlier one")
    assert finding.message.endswith("; 2 with another label")
    assert {each.detail for each in finding.instances} == {
        "1.00 like train:1, b here and a there",
        "1.00 like train:2, b here and a there",
        "1.00 like train:3",
    }


def test_both_sides_of_a_pair_count() -> None:
    train = [(TEXT[0], TEXT[1]), (TEXT[2], TEXT[3])]
    outcome = near_duplicates(paired(train, [(TEXT[0], TEXT[5]), (TEXT[2] + "!", TEXT[3])]))
    assert outcome.figures["across"]["test in train"] == 1


def test_thousands_that_are_alike_do_not_take_the_square_of_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    real = module.jaccard
    monkeypatch.setattr(module, "jaccard", lambda one, other: compared.append(1) or real(one, other))
    alike = [f"The same report of the same station on the same day of the same month, number {n}" for n in range(1500)]
    outcome = near_duplicates(labelled(rows(alike)))
    assert outcome.figures["within"]["train"] == 1499
    assert len(compared) < 10 * 1500


def test_of_very_many_texts_a_part_is_compared_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TEXTS", 100)
    outcome = near_duplicates(labelled(rows(TEXT[:200]), test=rows(TEXT[200:220])))
    assert outcome.figures["compared"] == 100
    assert [finding.message for finding in outcome.findings] == [
        "80 of 200 training texts were compared, evenly spread"
    ]


def test_without_datasketch_the_check_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "datasketch", None)
    assert "pip install 'seqlab[doctor]'" in near_duplicates(labelled(rows(TEXT[:2]))).skipped
