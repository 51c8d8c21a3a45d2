"""`seqlab vectors export` and `seqlab vectors map`."""

from pathlib import Path

import pytest

from seqlab.vectors import read_vectors

CITIES = "spain 1 0 0\nmadrid 1 1 0\nfrance 0 0 1\nparis 0 1 1\n"


@pytest.fixture
def vectors(invoke, tmp_path):
    (tmp_path / "cities.txt").write_text(CITIES, encoding="utf-8")
    return lambda command, *rest: invoke("vectors", command, "--vectors", "cities.txt", *rest)


def test_a_file_is_converted(vectors):
    result = vectors("export", "-o", "cities.bin")
    assert result.stdout == "cities.bin\n"
    assert "4 words, 3 dimensions" in result.stderr
    assert read_vectors("cities.bin").words == ["spain", "madrid", "france", "paris"]
    assert vectors("export", "-o", "p.tsv").stdout == "p.tsv\np.metadata.tsv\n"


def test_the_latest_run_is_exported(seqlab):
    assert seqlab("vectors", "export", "latest", "-o", "run.npz").exit_code == 0
    assert "not bad" in read_vectors("run.npz")
    refused = seqlab("vectors", "export", "latest", "-o", "run.txt")
    assert refused.exit_code == 2
    assert "white space ends a word" in " ".join(refused.stderr.split())
    assert not Path("run.txt").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["export", "-o", "v.xls"], "must end with .txt or .vec"),
        (["map", "-o", "v.gif"], "must end in one of .png, .pdf, .svg, .jpg, .html"),
        (["map", "-o", "v.png", "--words", "berlin"], "'berlin' has no vector"),
        (["map", "-o", "v.png", "--words", "spain"], "a map needs two words or more, got 1"),
        (["map", "-o", "v.png", "--words", "spain,berlin"], "'berlin' has no vector"),
        (["export", "latest", "-o", "v.txt"], "that is of a run, and --vectors is a file"),
        (["export", "-o", "cities.txt"], "cities.txt is the file that is read"),
        (["export", "-o", "link.vec"], "link.vec is the file that is read"),
        (["export", "-o", "none/v.txt"], "cannot write none/v.txt: the directory none does not exist"),
        (["export", "-o", "folder.txt"], "cannot write folder.txt: it is a directory"),
        (["export", "-o", "p.tsv"], "cannot write p.metadata.tsv: it is a directory"),
        (["export", "-o", "mine.tsv"], "mine.metadata.tsv is there with other content"),
        (["export", "-o", "."], "cannot write vectors to .: its name must end"),
        (["map", "-o", "folder.png"], "cannot write folder.png: it is a directory"),
        (["map", "-o", "folder.html"], "cannot write folder.html: it is a directory"),
        (["map", "-o", "cities.txt/map.png"], "cannot write cities.txt/map.png"),
        (["map", "-o", "cities.txt/a/map.html"], "cannot write cities.txt/a/map.html"),
    ],
)
def test_what_cannot_be_done_is_exit_2(vectors, options, message):
    for name in ("folder.txt", "folder.png", "folder.html", "p.metadata.tsv"):
        Path(name).mkdir()
    Path("link.vec").symlink_to("cities.txt")
    Path("mine.metadata.tsv").write_text("mine", encoding="utf-8")
    result = vectors(*options)
    assert (result.exit_code, result.stderr.count("error: ")) == (2, 1)
    assert message in " ".join(result.stderr.split())
    assert Path("cities.txt").read_text(encoding="utf-8") == CITIES
    assert Path("mine.metadata.tsv").read_text(encoding="utf-8") == "mine"


def test_both_tables_of_the_projector_are_written_again(vectors):
    for _ in range(2):
        assert vectors("export", "-o", "p.tsv").exit_code == 0


@pytest.mark.parametrize("picture", ["new/map.png", "new/map.html"])
def test_the_folder_of_a_picture_is_made(vectors, picture):
    assert vectors("map", "-o", picture).exit_code == 0
    assert Path(picture).is_file()


@pytest.mark.parametrize("picture", ["map.png", "map.svg", "map.html"])
def test_a_map_is_drawn(vectors, picture):
    result = vectors("map", "-o", picture, "--words", "spain, madrid", "--top", 1)
    assert (result.exit_code, result.stdout) == (0, f"{picture}\n")
    assert Path(picture).stat().st_size > 1000
