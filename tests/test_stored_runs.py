"""Runs of every format that was ever released: each is loaded, answers, is scored and goes on as when it was written.

`fixtures/run_format_1` was trained by seqlab 0.1.0: a bag of pairs of words on 800 embedded reviews, 6 epochs.
"""

import shutil
from pathlib import Path

import pytest

from seqlab import experiment, files, runs
from seqlab.errors import DataError, RequestError
from seqlab.runs import Run
from seqlab.runs.run import FORMAT
from seqlab.training import checkpoints

STORED = Path(__file__).parent / "fixtures"

ANSWERS = {
    "The soup was not bad.": ("positive", 0.7679688),
    "The waiter was rude and the dish was awful.": ("negative", 0.5338122),
    "": ("positive", 0.7503060),
}
LATER_LOSSES = [0.2418891, 0.2242668]
"""Of the validation split in epochs 7 and 8, by the seqlab that wrote the run."""


@pytest.fixture
def stored(tmp_path):
    return Run(shutil.copytree(STORED / "run_format_1", tmp_path / "runs" / "20261122-022250-tiny"))


def test_there_is_a_run_of_every_format():
    formats = [files.read_json(path)["format"] for path in STORED.glob("run_format_*/run.json")]
    assert sorted(formats) == list(range(1, FORMAT + 1))


def test_it_is_listed_with_its_result(stored):
    (summary,) = runs.list_runs(stored.directory.parent)
    assert (summary.status, summary.task, summary.damage) == ("finished", "classification", "")
    assert summary.result["test.accuracy"] == 0.8875


def test_it_answers_and_scores_as_it_did(stored):
    loaded = experiment.load(stored)
    for (label, probability), answer in zip(ANSWERS.values(), loaded.predict(ANSWERS), strict=True):
        assert (answer.label, answer.probability) == (label, pytest.approx(probability, abs=1e-5))
    for split in ("validation", "test"):
        recorded = {name: value for name, value in stored.result().items() if name.startswith(f"{split}.")}
        found = loaded.evaluate(split)
        # Younger than the run: the number of examples of each class.
        support = {name: found.pop(name) for name in list(found) if name.startswith(f"{split}.support.")}
        assert sum(support.values()) == stored.metadata()["data"]["sizes"][split]["examples"]
        assert found == pytest.approx(recorded, abs=1e-5)


def test_it_goes_on_from_its_checkpoint(stored):
    new = experiment.resume(stored, ["training.epochs=8"])
    assert new.metadata()["parent"] == stored.id
    lines = new.metrics()
    assert lines[:6] == stored.metrics()
    assert [line["validation.loss"] for line in lines[6:]] == pytest.approx(LATER_LOSSES, abs=1e-4)
    assert new.result()["epochs"] == 8


def test_a_run_of_a_later_format_is_refused_with_what_is_needed(stored):
    stored.update(format=FORMAT + 1)
    needed = rf"written by a newer seqlab \(format {FORMAT + 1}; this one reads up to {FORMAT}\): upgrade seqlab"
    for use in (experiment.load, experiment.resume):
        with pytest.raises(RequestError, match=needed):
            use(stored)
    assert runs.list_runs(stored.directory.parent)[0].status == "damaged"


def test_a_checkpoint_of_a_later_format_is_refused_with_what_is_needed(stored):
    (checkpoint,) = checkpoints.saved(stored.checkpoints_directory)
    state = files.read_json(checkpoint / checkpoints.STATE)
    files.write_json(checkpoint / checkpoints.STATE, state | {"format": checkpoints.FORMAT + 1})
    (checkpoint / checkpoints.MANIFEST).unlink()
    files.write_json(checkpoint / checkpoints.MANIFEST, checkpoints._manifest(checkpoint))
    with pytest.raises(DataError, match=r"newer seqlab .*upgrade seqlab"):
        experiment.resume(stored, ["training.epochs=8"])
