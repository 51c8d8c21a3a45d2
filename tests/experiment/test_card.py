"""What a card of a real run publishes: names of files, and no folder of the machine that trained it."""

from pathlib import Path

import yaml

from seqlab import config, files
from seqlab.experiment.card import _shown, _without_folders, model_card
from seqlab.runs import Run


def test_absolute_paths_become_names() -> None:
    values = {
        "data": {"path": "/home/me/my data/a.csv", "delimiter": "/", "test": {"source": "/a/b.en"}, "take": 3},
        "init_from": {"run": "run:/home/me/runs/one"},
        "features": ["/x/y", "z/w", "C:\\Users\\me\\a.csv"],
    }
    assert _without_folders(values) == {
        "data": {"path": "a.csv", "delimiter": "/", "test": {"source": "b.en"}, "take": 3},
        "init_from": {"run": "run:one"},
        "features": ["y", "z/w", "a.csv"],
    }
    assert [_shown(text) for text in ("", "/", "a b", "file:///var/mlruns")] == ["", "/", "a b", "file://mlruns"]


def test_a_card_of_the_users_own_data(tmp_path: Path) -> None:
    """Made of a recorded config alone: nothing is trained."""
    data = tmp_path / "secret" / "campus.csv"
    data.parent.mkdir()
    data.write_text("text,label\na,ham\nb,spam\n", encoding="utf-8")
    values = {
        "task": "classification",
        "data": {"name": "csv", "path": str(data)},
        "vectorizer": "words",
        "model": "bag",
    }
    loaded = config.load(values)
    run = Run(tmp_path / "runs" / "one")
    run.directory.mkdir(parents=True)
    run.config_file.write_text(config.to_yaml(loaded.experiment), encoding="utf-8")
    record = {"format": 1, "id": "one", "status": "finished", "config": config.dump(loaded.experiment)}
    sources = [{"path": str(data), "sha256": "0" * 64}]
    files.write_json(
        run.metadata_file, {**record, "data": {"splits": {}, "sources": sources, "notes": [f"{data}: 2 rows"]}}
    )
    run.write_result({"test.accuracy": 0.5})
    text = model_card(run)
    assert str(tmp_path) not in text
    assert "secret" not in text
    assert "  path: campus.csv\n" in text
    assert "- campus.csv: 2 rows" in text
    assert "datasets" not in yaml.safe_load(text.split("---\n", 2)[1])
    assert "$ seqlab predict one " in text
