"""Pairs that are no translations."""

from examined_rows import paired, sentences

from seqlab.diagnosis.pairs import pairs

SOURCE, TARGET = sentences(50, seed=1), sentences(50, seed=2)
GOOD = list(zip(SOURCE, TARGET, strict=True))


def test_good_pairs() -> None:
    assert pairs(paired(GOOD[:40], GOOD[40:])).findings == []


def test_copies() -> None:
    planted = [(SOURCE[0], SOURCE[0]), ("Hello there", " hello THERE "), ("OK", "OK"), ("1492", "1492")]
    (finding,) = pairs(paired([*GOOD[10:], *planted])).findings
    assert finding.message == "2 of 44 pairs have the same text on both sides"
    assert [each.location for each in finding.instances] == ["train:41", "train:42"]


def test_sides_of_very_different_length() -> None:
    planted = [(sentences(1, seed=9)[0], "Ja."), ("Yes.", sentences(1, seed=8)[0] * 2)]
    (finding,) = pairs(paired(GOOD, planted)).findings
    assert finding.count == 2
    assert {each.location for each in finding.instances} == {"test:1", "test:2"}
    assert "Ja." in finding.instances[1].text
    assert finding.instances[1].detail.endswith("and 3 characters")


def test_sources_with_several_targets() -> None:
    several = [(SOURCE[0], TARGET[0]), (SOURCE[0], TARGET[1]), (SOURCE[0], TARGET[2]), (SOURCE[1], TARGET[4])]
    (finding,) = pairs(paired(several)).findings
    assert (finding.severity, finding.message) == ("note", "1 training source has several targets, at most 3")


def test_sentences_of_a_side_that_are_also_in_training() -> None:
    found = pairs(paired(GOOD, [(SOURCE[3], sentences(1, seed=9)[0])])).findings
    assert [each.message for each in found] == [
        "csv: of 1 test pair 1 has a source and 0 a target that is also in training or validation: kept"
    ]
