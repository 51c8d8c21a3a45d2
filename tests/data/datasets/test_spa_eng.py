"""spa-eng: from the archive or its file, 5,000 and 5,000 pairs in both directions, the real figures."""

import zipfile
from collections import Counter

import pytest
from as_lists import pairs
from pydantic import ValidationError

from seqlab.data.datasets import PAIRS
from seqlab.data.datasets.spa_eng import SpaEng
from seqlab.data.records import SPLITS
from seqlab.data.splits import connected_components, load_splits
from seqlab.errors import DataError, RequestError
from seqlab.progress import SILENT

PAIR = "I'm {0}.\tEstoy {0}.\n"
ENOUGH = "".join(PAIR.format(number) for number in range(10_001))


@pytest.fixture
def write(tmp_path):
    """`write(text, "spa-eng.zip")` writes the archive, or the bare file, and returns the path."""

    def write(text=ENOUGH, name="spa-eng.zip", member="spa-eng/spa.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("spa-eng/_about.txt", "terms\tof use\tand more")
                archive.writestr(member, text)
        else:
            path.write_text(text, encoding="utf-8", newline="")
        return path

    return write


def read(path, **options):
    dataset = SpaEng(path=str(path), **options)
    return dataset.read(dataset.locate(), SILENT)


def test_archive_and_file_are_read_alike(write, tmp_path):
    paths = [write(), write(name="spa.txt"), write(ENOUGH.replace("\n", "\r\n"), "dos/spa-eng/spa.txt")]
    one, two, three, four = (
        load_splits.load(SpaEng(path=str(path))) for path in (paths[0], paths[1], tmp_path / "dos", tmp_path)
    )
    assert one.splits == two.splits == three.splits == four.splits
    assert {split: len(found) for split, found in one.splits.items()} == {
        "train": 1,
        "validation": 5_000,
        "test": 5_000,
    }
    for split, found in one.splits.items():
        for (source, target), place in zip(pairs(one)[split], found["id"], strict=True):
            number = int(place.removeprefix("spa.txt:")) - 1
            assert (source, target) == (f"I'm {number}.", f"Estoy {number}.")


def test_other_bytes_and_another_text_are_used_and_said(write):
    loaded = load_splits.load(SpaEng(path=str(write())))
    assert [source.official for source in loaded.sources] == [False]
    said = "\n".join(loaded.notes)
    assert "spa-eng.zip is not identical to the published file" in said
    assert "are not those of docs/results.md: say so with every metric" in said


def test_both_directions_have_the_same_splits(write):
    path = write(ENOUGH + "".join(f"Me.\tYo {number}.\nI {number}.\tYo.\n" for number in range(50)))
    one, other = (
        load_splits.load(SpaEng(path=str(path), source=source, target=target))
        for source, target in (("english", "spanish"), ("spanish", "english"))
    )
    assert pairs(one) == {split: [pair[::-1] for pair in found] for split, found in pairs(other).items()}
    for side in ("source", "target"):
        sides = [set(one.splits[split][side]) for split in SPLITS]
        assert sum(map(len, sides)) == len(set.union(*sides))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Hello. Hola.", r"spa\.txt:10002: 1 cell, expected English, a tab and Spanish \(in 'Hello\. Hola"),
        ("Hi.\tHola.\tCC-BY 2.0", r"spa\.txt:10002: 3 cells, .*keep the first two with cut -f1,2"),
        ("\tHola.", r"spa\.txt:10002: the English sentence is empty"),
        ("Hi.\t \u3000", r"spa\.txt:10002: the Spanish sentence is empty"),
    ],
)
def test_a_line_that_is_no_pair(write, line, message):
    with pytest.raises(DataError, match=message):
        read(write(f"{ENOUGH}{line}\n", "spa.txt"))
    with pytest.raises(DataError, match=r"spa-eng\.zip/spa-eng/" + message):
        read(write(f"{ENOUGH}{line}\n"))


def test_blank_lines_are_passed_over_and_counted(write):
    found = read(write(f"\n{ENOUGH}", "spa.txt"))
    assert "spa.txt:1" not in {place for records in (found.train, found.test) for place in records["id"]}
    assert len(found.train) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hi.\tHola.\n",
        ENOUGH.removesuffix(PAIR.format(10_000)),
        "".join(f"Hi.\tHola {number}.\n" for number in range(20_000)),
    ],
    ids=["none", "one", "one too few", "one component"],
)
def test_too_few_pairs(write, text):
    with pytest.raises(DataError, match=r"too few to hold out 5,000 for validation and 5,000 for the test"):
        read(write(text, "spa.txt"))


def test_other_archives(write, tmp_path):
    with pytest.raises(DataError, match=r"spa-eng\.zip has no spa-eng/spa\.txt: it is another archive; get"):
        read(write(member="spa-eng/fra.txt"))
    path = write()
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(DataError, match="damaged or incomplete"):
        read(path)
    with pytest.raises(DataError, match="points outside the archive"):
        read(write(member="../spa.txt"))
    (tmp_path / "spa.txt").write_bytes(b"Hi.\tMa\xf1ana.\n")
    with pytest.raises(DataError, match=r"spa\.txt is not UTF-8: byte 0xf1 at offset 6 \(line 1\)"):
        read(tmp_path / "spa.txt")


def test_missing_files_are_named_with_their_source(cache):
    with pytest.raises(RequestError) as failure:
        SpaEng().find()
    wanted = "get spa-eng.zip (2,638,744 bytes) from https://storage.googleapis.com/download.tensorflow.org/data/"
    assert wanted in str(failure.value)
    assert f"and put it at {cache / 'datasets' / 'spa_eng' / 'spa-eng.zip'}" in str(failure.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"source": "spanish"}, "source and target are both spanish; set both options, to different languages"),
        ({"target": "english"}, "source and target are both english"),
        ({"source": "german"}, "'english' or 'spanish'"),
        ({"test": 0.1}, "does not have this option"),
        ({"validation": "mine.tsv"}, "does not have this option"),
    ],
)
def test_options_that_make_no_sense(options, message):
    with pytest.raises(ValidationError, match=message):
        PAIRS.read({"name": "spa_eng", **options})


@pytest.mark.real_data
def test_the_real_file(real_data):
    one, other = load_splits.load(SpaEng()), load_splits.load(SpaEng(source="spanish", target="english"))
    sizes = {"train": 108_964, "validation": 5_000, "test": 5_000}
    assert {split: len(found) for split, found in one.splits.items()} == sizes
    assert pairs(one) == {split: [pair[::-1] for pair in found] for split, found in pairs(other).items()}
    for side in ("source", "target"):
        sides = [set(one.splits[split][side]) for split in SPLITS]
        assert sum(map(len, sides)) == len(set.union(*sides))
    assert one.counts == {"duplicates_kept_out_of_validation": 0, "test_overlap": 0}
    (note,) = one.notes
    assert "not identical to the published file" in note

    train, validation, test = (one.splits[split] for split in SPLITS)
    component = Counter(connected_components.components(train.followed_by(validation).followed_by(test)))
    assert (len(component), max(component.values())) == (97_780, 40)
    assert one.fingerprints["test"] == "53ece0727075f24885b05042b90b574bbea47b01d4937496b27d5fd7b1aaa1b1"
    known = dict(zip(train["source"], train["target"], strict=True))
    assert known["This is an ice cube."] == "Este es un cubo de hielo."
