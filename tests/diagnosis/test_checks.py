"""All checks together: clean data, data with everything planted, and the faults that published data are known for."""

from pathlib import Path

import numpy as np
import pytest
from examined_rows import labelled, numbered, paired, sentences
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab import config
from seqlab.diagnosis import CHECKS, Finding, Result, diagnose, read_data, worst
from seqlab.diagnosis import near_duplicates as near
from seqlab.diagnosis.findings import sorted_by_severity
from seqlab.errors import RequestError
from seqlab.progress import SILENT

GERMAN = [
    f"Der {adjective} Mann ging am {number}. Tag langsam durch den Wald und sah die Vögel in den hohen Bäumen."
    for number, adjective in enumerate(("alte", "junge", "kluge", "müde", "frohe", "große", "kleine", "arme"))
]


def by_name(results: list[Result]) -> dict[str, Result]:
    return {result.name: result for result in results}


def labelled_rows(number: int, seed: int) -> list[tuple[str, str]]:
    return [(text, "ab"[row % 2]) for row, text in enumerate(sentences(number, seed))]


@settings(max_examples=3)
@given(st.integers(0, 999))
def test_clean_data_have_no_finding(seed: int) -> None:
    data = labelled(labelled_rows(60, seed), labelled_rows(16, seed + 1000), labelled_rows(16, seed + 2000))
    assert {result.name: result.findings for result in diagnose(data)} == {
        name: [] for name in CHECKS if name not in {"numbers", "features", "pairs", "rare_characters"}
    }


def test_the_checks_that_apply() -> None:
    text = sentences(60)
    common = {"duplicates", "near_duplicates", "odd_rows", "languages", "lengths", "coverage"}
    numbers = diagnose(numbered([(each, float(len(each))) for each in text[:50]]))
    assert {each.name for each in numbers} == common | {"conflicts", "numbers"}
    both = diagnose(paired(list(zip(text, GERMAN * 8, strict=False))))
    assert {each.name for each in both} == common | {"pairs"}


def test_every_planted_fault_is_found_by_its_check() -> None:
    rows = labelled_rows(200, 1)
    test = labelled_rows(40, 2)
    planted = [
        rows[0],
        (rows[1][0], "b" if rows[1][1] == "a" else "a"),
        (rows[2][0].upper(), rows[2][1]),
        ("", "a"),
        (GERMAN[0], "b"),
        ("word " * 3000, "a"),
        *[(f"{text} id_7f", "a") for text, _ in labelled_rows(60, 3)],
        *[(text, "B") for text, _ in labelled_rows(2, 4)],
    ]
    found = by_name(diagnose(labelled([*rows, *planted], labelled_rows(40, 5), [*test, rows[9]])))
    assert {name: result.status for name, result in found.items()} == {
        "duplicates": "warning",
        "near_duplicates": "note",
        "conflicts": "warning",
        "labels": "warning",
        "leaks": "warning",
        "label_errors": "skipped",
        "odd_rows": "warning",
        "languages": "warning",
        "lengths": "note",
        "coverage": "skipped",
    }


def test_the_worst_comes_first() -> None:
    findings = [Finding("note", "n", 1), Finding("error", "e", 1), Finding("warning", "w", 1), Finding("note", "m", 1)]
    assert [each.message for each in sorted_by_severity(findings)] == ["e", "w", "n", "m"]
    results = [Result("a", [], {}, "", "fine"), Result("b", findings[2:3], {}, "", ""), Result("c", [], {}, "why", "")]
    assert [each.status for each in results] == ["ok", "warning", "skipped"]
    assert [each.summary for each in results] == ["fine", "w", "why"]
    assert (worst(results), worst(results[::2])) == ("warning", "ok")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["near_duplicate"], "unknown check 'near_duplicate'; did you mean 'near_duplicates'?"),
        (["pairs"], "the check 'pairs' does not apply to these data; these do: duplicates, "),
    ],
)
def test_checks_that_there_are_not(names: list[str], message: str) -> None:
    with pytest.raises(RequestError) as error:
        diagnose(labelled(labelled_rows(4, 1)), names)
    assert message in str(error.value)


@pytest.mark.slow
def test_reviews_of_imdb_that_are_in_both_splits(real_data: Path) -> None:
    """123 texts of the test split are also among the training reviews. 'awful' and 'unwatchable' decide the label of
    nearly all reviews that have them, and are what a model should learn."""
    found = by_name(diagnose(read_data(config.load("imdb/bigram").experiment, SILENT), ["duplicates", "leaks"]))
    across = found["duplicates"].findings[0]
    assert (across.severity, across.count) == ("warning", 123)
    assert found["duplicates"].figures["across"]["test in train or validation"] == 123
    assert found["leaks"].findings == []


@pytest.mark.slow
def test_articles_of_ag_news_that_are_nearly_in_both_splits(real_data: Path) -> None:
    """Of a tenth of the articles at hand: as many as when every article is compared with every other."""
    sparse = pytest.importorskip("scipy.sparse")
    pytest.importorskip("datasketch")
    data = read_data(config.load("ag_news/bigram", ["data.take={train: 4000, test: 2000}"]).experiment, SILENT)
    (result,) = diagnose(data, ["near_duplicates"])
    shingles = near.Shingles([])
    rows = [shingles.of(text) for split in ("train", "test") for text in data.splits[split].texts["text"]]
    sizes = np.array([len(row) for row in rows])
    _, columns = np.unique(np.concatenate(rows), return_inverse=True)
    ngrams = sparse.csr_array((np.ones(len(columns), np.int32), columns, np.concatenate([[0], np.cumsum(sizes)])))
    shared = (ngrams[4000:] @ ngrams[:4000].T).tocoo()
    similar = shared.data / (sizes[4000:][shared.row] + sizes[:4000][shared.col] - shared.data)
    expected = len(np.unique(shared.row[similar >= near.THRESHOLD]))
    assert expected > 5
    assert result.figures["across"]["test in train"] == expected
