from pathlib import Path

import pytest

from seqlab import runs
from seqlab.runs import Run


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def run(runs_dir: Path) -> Run:
    return runs.create(runs_dir, "imdb-bigram", {"config": {"task": "classification"}})
