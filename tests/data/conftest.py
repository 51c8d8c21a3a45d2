import csv
import io
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

Tree = Mapping[str, str]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any data: an empty cache, no SEQLAB_DATA_DIR, the network not forbidden."""
    for name in ("SEQLAB_DATA_DIR", "SEQLAB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def write_table(tmp_path: Path) -> Callable[..., Path]:
    """`write_table(rows, name="a.csv", header=("text", "label"))` writes a CSV file and returns its path."""

    def write(
        rows: Sequence[Sequence[str]], name: str = "table.csv", header: Sequence[str] = ("text", "label")
    ) -> Path:
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        return path

    return write


@pytest.fixture
def write_tree(tmp_path: Path) -> Callable[..., Path]:
    """`write_tree({"pos/1.txt": "good"}, "reviews")` writes files below a folder and returns it."""

    def write(tree: Tree, name: str = "texts") -> Path:
        for place, text in tree.items():
            path = tmp_path / name / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        return tmp_path / name

    return write


@pytest.fixture
def write_archive(tmp_path: Path) -> Callable[..., Path]:
    """`write_archive({"aclImdb/train/pos/0_9.txt": "good"})` writes a tar.gz with these members, in this order."""

    def write(tree: Tree, name: str = "aclImdb_v1.tar.gz", *, dialect: int = tarfile.GNU_FORMAT) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(path, "w:gz", format=dialect) as archive:
            for place, text in tree.items():
                member = tarfile.TarInfo(place)
                member.size, member.mtime = len(text.encode()), 1234.5
                archive.addfile(member, io.BytesIO(text.encode()))
        return path

    return write
