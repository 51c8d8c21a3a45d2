"""Sweeps whose trainings take no time: a formula instead of a model, which a test can kill at any epoch."""

from pathlib import Path

import yaml
from quick import QUICK

from seqlab import runs
from seqlab.config import dump, to_yaml
from seqlab.errors import DivergedError, PrunedError
from seqlab.files import write_text
from seqlab.sweeps.opened import open_sweep
from seqlab.sweeps.trials import Trials
from seqlab.sweeps.worker import work

GOAL = "validation.accuracy"
SPACE = {
    "model.hidden": [8, 16],
    "training.learning_rate": {"low": 1e-4, "high": 1e-1, "log": True},
}


class Killed(BaseException):
    """What `kill -9` is to a test: no handler runs, and the locks of the process are gone."""


def written(folder, *, name="small.yaml", base=QUICK, space=SPACE, search=None, **other):
    """A sweep file beside its base."""
    (folder / "base.yaml").write_text(yaml.safe_dump(base), encoding="utf-8")
    search = {"name": "random", "trials": 4} if search is None else search
    file = folder / name
    content = {"base": "base.yaml", "space": space, "search": search, "goal": GOAL, **other}
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return file


def score(experiment, epoch):
    """The accuracy after an epoch: best at a learning rate of 0.01."""
    rate, epochs = experiment.training.learning_rate, experiment.training.epochs
    return 0.5 + 0.4 * epoch / epochs - 10 * abs(rate - 0.01) / 10 + experiment.model.hidden / 1000


class Formula:
    """Stands for `train` and `resume`. `dies`: what is raised at the n-th epoch of all; `fails`: numbers of trials;
    `results`: of trials, instead of what the formula gives."""

    def __init__(self):
        self.epochs = 0
        self.dies = {}
        self.fails = {}
        self.results = {}
        self.begun, self.finished = [], []

    def train(self, loaded, runs_dir, *, name, part_of, watch, progress):
        self._maybe_die("before")
        self.begun.append(part_of.trial)
        run = runs.create(runs_dir, name, {"config": dump(loaded.experiment), **part_of.record})
        write_text(run.config_file, to_yaml(loaded.experiment))
        return self._epochs(run, loaded.experiment, watch)

    def resume(self, run, overrides, *, plugins, watch, progress):
        from seqlab.config import load

        return self._epochs(run, load(run.config_file, tuple(overrides)).experiment, watch)

    def _epochs(self, run, experiment, watch):
        number = run.metadata()["trial"]
        run.update(status="running")
        for epoch in range(len(run.metrics()) + 1, experiment.training.epochs + 1):
            self.epochs += 1
            self._maybe_die(self.epochs)
            if number in self.fails:
                run.update(status="diverged", reason=self.fails[number])
                raise DivergedError(self.fails[number])
            run.append_metrics({"epoch": epoch, "epochs": experiment.training.epochs, GOAL: score(experiment, epoch)})
            if (reason := watch(run)) is not None:
                run.update(status="stopped", reason=reason)
                self._maybe_die("pruned")
                raise PrunedError(reason)
        own = {GOAL: score(experiment, experiment.training.epochs), "test.accuracy": 0.25}
        run.write_result(self.results.get(number, own))
        run.update(status="finished")
        self.finished.append(number)
        self._maybe_die("finished")
        return run

    def _maybe_die(self, when):
        if when in self.dies:
            raise self.dies.pop(when)


def swept(file, runs_dir, **options):
    """The sweep after one worker."""
    opened = open_sweep(Path(file), Path(runs_dir), **options)
    work(Trials(opened.directory, opened.study))
    return opened


def job_of(opened, **more):
    """What a launcher gives a worker of a sweep."""
    return {
        "file": str(opened.sweep.file.absolute()),
        "directory": str(opened.directory.path),
        "storage": None,
        "threads": 1,
        "plugins": [],
        **more,
    }
