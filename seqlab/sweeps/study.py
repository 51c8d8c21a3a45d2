"""A study of Optuna, through ask and tell; storage.py opens what keeps it, and nothing else calls Optuna.

`study.optimize` is not used: heartbeats and retries of Optuna need it, and databases. Here a trial belongs to the
process that holds its lock, with any storage. The sampler is made for each trial, from the seed of the search and the
number of the trial, so that a random search draws the same values whoever asks.
"""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seqlab.sweeps.options import Choices, Range, Search
from seqlab.sweeps.read_sweep import Sweep
from seqlab.sweeps.space import Parameter
from seqlab.sweeps.storage import import_optuna, open_storage, storage_errors, study_errors
from seqlab.sweeps.sweep_directory import SweepDirectory

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial, Trial

FEWEST = 10
"""Finished trials before the importance of keys is told: PED-ANOVA compares the best tenth with all."""
STARTUP = 5
"""Finished trials before the median rule prunes."""


def search_details(search: Search) -> dict[str, Any]:
    """What is recorded of the search: Optuna's version, the sampler and its settings."""
    settings: dict[str, Any] = {"seed": "derived from search.seed and the number of the trial"}
    if search.name == "tpe":
        settings |= _TPE
    names = {"grid": "seqlab's grid", "random": "RandomSampler", "tpe": "TPESampler"}
    return {"optuna": {"version": import_optuna().__version__, "sampler": names[search.name], "settings": settings}}


_TPE = {"n_startup_trials": 10, "n_ei_candidates": 24, "constant_liar": True, "multivariate": True}
"""Settings that decide what TPE suggests, written out: their defaults changed between versions."""


def _sampler(search: Search, number: int) -> Any:
    optuna = import_optuna()
    seed = int.from_bytes(hashlib.blake2b(f"{search.seed}/{number}".encode(), digest_size=4).digest(), "big")
    if search.name != "tpe":
        return optuna.samplers.RandomSampler(seed=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return optuna.samplers.TPESampler(seed=seed, **_TPE)


def _pruner(sweep: Sweep) -> Any:
    optuna, search = import_optuna(), sweep.search
    if search.pruning == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=STARTUP, n_warmup_steps=search.warmup)
    if search.pruning == "hyperband":
        epochs = [sweep.loaded.experiment.training.epochs]
        epochs += [max(each.corners()) for each in sweep.space.parameters if each.key == "training.epochs"]
        return optuna.pruners.HyperbandPruner(min_resource=search.warmup, max_resource=max(*epochs, search.warmup))
    return optuna.pruners.NopPruner()


@dataclass(frozen=True)
class Study:
    """The study of a sweep."""

    sweep: Sweep
    study: optuna.Study

    def trials(self) -> list[FrozenTrial]:
        """Raises StudyError if they cannot be read."""
        with study_errors():
            return self.study.get_trials(deepcopy=False)

    def open_trials(self) -> bool:
        """Whether there is a trial to train: one that began and did not end, or a new one."""
        trials, most = self.trials(), self.sweep.most_trials
        return most is None or len(trials) < most or any(not each.state.is_finished() for each in trials)

    def ask(self) -> Trial | None:
        """A new trial; None if all are taken. The caller holds the lock of the sweep.

        The first trial of a search at random or by TPE has the values of the base config, if they are in the space.
        """
        trials = self.trials()
        waiting = any(each.state.name == "WAITING" for each in trials)
        number = len(trials)
        if not waiting:
            most = self.sweep.most_trials
            if most is not None and number >= most:
                return None
            values = self.sweep.base_values() if number == 0 else None
            if self.sweep.grid is not None:
                values = self.sweep.grid[number]
            if values is not None:
                by_key = {each.key: each for each in self.sweep.space.parameters}
                self.study.enqueue_trial({key: by_key[key].drawn(value) for key, value in values.items()})
        self.study.sampler = _sampler(self.sweep.search, number)
        return self.study.ask()

    def taken_up(self, trial: FrozenTrial) -> Trial:
        """A trial that another process began."""
        import optuna

        self.study.sampler = _sampler(self.sweep.search, trial.number)
        return optuna.trial.Trial(self.study, trial._trial_id)

    def values(self, trial: Trial) -> dict[str, Any]:
        """Config key → value. What the trial has already stays."""
        return self.sweep.space.point(lambda parameter: parameter.value(_suggested(trial, parameter)))

    def tell(self, trial: Trial, state: str, value: float | None = None) -> None:
        """`state`: COMPLETE with its value, PRUNED or FAIL. A trial that was told already stays as it is."""
        import optuna

        self.study.tell(trial, value, state=optuna.trial.TrialState[state], skip_if_finished=True)

    def mark(self, trial: FrozenTrial, name: str, value: Any) -> None:
        """Record something of a trial that runs, which another process may be training."""
        self.study._storage.set_trial_user_attr(trial._trial_id, name, value)

    def remove(self) -> None:
        """Remove it from its storage."""
        with study_errors():
            self.study._storage.delete_study(self.study._study_id)

    def importances(self) -> dict[str, float]:
        """Key → its share of what moved the goal, by PED-ANOVA; empty if too few trials tell."""
        import optuna

        if sum(each.state.name == "COMPLETE" for each in self.trials()) < FEWEST:
            return {}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = optuna.importance.get_param_importances(self.study)
        except (ValueError, RuntimeError, ZeroDivisionError):
            return {}
        return {key: float(share) for key, share in found.items()}


def _suggested(trial: Trial, parameter: Parameter) -> Any:
    domain, key = parameter.domain, parameter.key
    if isinstance(domain, Choices):
        return trial.suggest_categorical(key, [parameter.drawn(value) for value in domain.values])
    if domain.integer:
        return _whole(trial, key, domain)
    return trial.suggest_float(key, domain.low, domain.last, log=domain.log, step=domain.step)


def _whole(trial: Trial, key: str, domain: Range) -> int:
    step = 1 if domain.log else round(domain.step or 1)
    return trial.suggest_int(key, round(domain.low), round(domain.last), log=domain.log, step=step)


def open_study(sweep: Sweep, directory: SweepDirectory, url: str | None) -> Study:
    """The study of a sweep; a new one in an empty storage. Raises RequestError if the storage cannot be used."""
    optuna = import_optuna()
    with directory.lock, storage_errors(url):
        study = optuna.create_study(
            storage=open_storage(directory.journal_file, url),
            study_name=directory.id,
            direction="maximize" if sweep.maximize else "minimize",
            load_if_exists=True,
            sampler=_sampler(sweep.search, 0),
            pruner=_pruner(sweep),
        )
    return Study(sweep, study)
