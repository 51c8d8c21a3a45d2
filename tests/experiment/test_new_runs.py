"""A run that begins: whole from its first moment, or not there."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dying import dies_at
from quick import QUICK, trained

from seqlab import config, experiment, runs
from seqlab.experiment import run_session
from seqlab.runs import Run


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_a_crash_at_any_point_leaves_a_run_that_can_be_resumed_or_none(tmp_path):
    """In a process of its own: one that holds TensorFlow has threads, and a fork of it may wait for ever."""
    finished = trained(tmp_path / "finished", "training.epochs=1")
    done = subprocess.run(
        [sys.executable, __file__, tmp_path / "runs", finished.directory],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    calls = ["open", "mkdir", "fsync", "replace", "rename"]
    assert [line.split()[0] for line in done.stdout.splitlines()] == [*calls, *calls]


class Begun(Exception):
    """A run has begun, and nothing is trained."""


def only_begin(*_, **__):
    raise Begun


def begins(start):
    """Start a run, and nothing more."""

    def begin():
        with contextlib.suppress(Begun):
            start()

    return begin


def crash_everywhere(runs_dir, finished):
    """A child dies at the first, second, third … call of each kind while a run begins, from a config or behind one."""
    sys.modules["seqlab.experiment.train"].run_session = only_begin
    shutil.copytree(finished.directory, runs_dir / finished.id)
    names = {path.relative_to(finished.directory).as_posix() for path in finished.directory.rglob("*")}
    checkpoint = {name for name in names if name.startswith("checkpoints/")}
    assert checkpoint
    ways = {
        2: (lambda: experiment.resume(Run(runs_dir / finished.id), ["training.epochs=2"]), {"metrics.jsonl"}),
        3: (lambda: experiment.train(config.load(QUICK), runs_dir), set()),
    }
    for epochs, (begin, more) in ways.items():
        begins(begin)()  # what it imports and reads for the first time, each child would again
        for each in runs.list_runs(runs_dir):
            if each.run.id != finished.id:
                shutil.rmtree(each.run.directory)
        for call in ("open", "mkdir", "fsync", "replace", "rename"):
            died, place = True, 0
            while died:
                place += 1
                died = dies_at(call, place, begins(begin))
                new = [each for each in runs.list_runs(runs_dir) if each.run.id != finished.id]
                assert len(new) == 1 or (died and not new), (call, place)
                for summary in new:
                    run = summary.run
                    assert (summary.status, summary.metadata["id"]) == ("killed", run.id)
                    assert config.load(run.config_file).experiment.training.epochs == epochs
                    held = {path.relative_to(run.directory).as_posix() for path in run.directory.rglob("*")}
                    assert held >= {"config.yaml", "run.json", *more, *(checkpoint if more else ())}, (call, place)
                    shutil.rmtree(run.directory)
            assert place > 1, call
            print(call, place - 1, flush=True)


def test_one_that_is_interrupted_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(*asked):
        raise KeyboardInterrupt

    monkeypatch.setattr(run_session, "to_yaml", interrupted)
    with pytest.raises(KeyboardInterrupt):
        experiment.train(config.load(QUICK), tmp_path)
    assert list(tmp_path.iterdir()) == []


if __name__ == "__main__":
    crash_everywhere(Path(sys.argv[1]), Run(Path(sys.argv[2])))


def test_a_run_is_named_so_that_it_can_be_pasted(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQLAB_RUNS_DIR", str(tmp_path / "my runs"))
    assert experiment.reference(Run(tmp_path / "my runs" / "20260101-000000-a")) == "20260101-000000-a"
    assert experiment.reference(Run(tmp_path / "my runs" / "kept (best)")) == "'kept (best)'"
    assert experiment.reference(Run(tmp_path / "other runs" / "a")) == f"'{tmp_path}/other runs/a'"


def test_a_run_records_who_chose_its_values_and_its_continuation_what_was_overridden(tmp_path):
    loaded = config.load(QUICK, ["training.epochs=1"])
    run = run_session.place_for_run(None, tmp_path, loaded, "mine")(loaded.experiment)
    origins = run.metadata()["origins"]
    assert (run.id.partition("-mine")[1], origins["training.epochs"]) == ("-mine", "command line")
    assert set(origins.values()) == {"config", "command line"}
    assert "model.dropout" not in origins
    with run.writing():
        pass
    again = config.load(run.config_file, ["training.epochs=2", "training.patience=9"])
    new = run_session.place_for_run(run, tmp_path, again, None)(again.experiment)
    assert new.metadata()["origins"] == {**origins, "training.patience": "command line"}
    older = {key: value for key, value in run.metadata().items() if key != "origins"}
    run.metadata_file.write_text(json.dumps(older), encoding="utf-8")
    assert "origins" not in run_session.place_for_run(run, tmp_path, again, None)(again.experiment).metadata()
