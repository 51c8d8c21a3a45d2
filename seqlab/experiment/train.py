"""One experiment, step by step: the contents page of seqlab."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from seqlab.config import Experiment, Loaded
from seqlab.data.splits.load_splits import locate
from seqlab.experiment.beginning import resolve_beginning
from seqlab.experiment.data_checks import refuse_what_does_not_fit
from seqlab.experiment.evaluate import evaluate_split, evaluate_test, record_result
from seqlab.experiment.fit import fit, refit, restore_training
from seqlab.experiment.init_from import with_vocabulary
from seqlab.experiment.joint_training import joined, refuse_other_data, run_of_chief
from seqlab.experiment.named_run import encoder_record, with_encoder
from seqlab.experiment.prepare_data import prepare_data
from seqlab.experiment.pretrained import refuse_missing_vectors
from seqlab.experiment.run_session import (
    Watch,
    before_the_run,
    place_for_run,
    record_start,
    refuse_changes,
    run_session,
    splits_to_prepare,
)
from seqlab.experiment.setup import build_model, prepare_runtime, spread
from seqlab.hosts.group import Group
from seqlab.interruption import Interruption
from seqlab.progress import SILENT, Progress
from seqlab.reports.summary import report_data, report_device
from seqlab.runs import Run
from seqlab.runs.groups import Membership
from seqlab.runs.sweeps import TrialOf


def train(
    loaded: Loaded,
    runs_dir: Path,
    *,
    name: str | None = None,
    run: Run | None = None,
    part_of: Membership | TrialOf | None = None,
    force: bool = False,
    watch: Watch | None = None,
    progress: Progress = SILENT,
) -> Run:
    """Prepare data, train, keep the best weights by validation, evaluate once on the test split, record.

    `run`: to continue from its newest checkpoint, a finished one as a new one; None: a new one, which is `part_of` a
    group or a sweep. `force`: even if the data changed, with its vocabulary. Raises SeqlabError or Stopped."""
    with (
        Interruption(),  # also before there is a run: for other hosts, or for a download, it may wait long
        joined(loaded.experiment, runs_dir, single=part_of is None, progress=progress) as (hosts, own_runs),
    ):
        begin = place_for_run(run if hosts.is_chief else None, own_runs, loaded, name, part_of)
        return _train(loaded, runs_dir, hosts, begin, run=run, force=force, watch=watch, progress=progress)


def _with_what_others_have(run: Run | None, experiment: Experiment, runs_dir: Path, *, force: bool) -> Experiment:
    """An experiment with what it takes of other runs. Raises RequestError if that is not there, or the vectors that it
    names are not: before anything is read."""
    experiment = with_encoder(run, with_vocabulary(run, experiment, runs_dir, force=force), runs_dir)
    refuse_missing_vectors(run, experiment, runs_dir)
    return experiment


def _train(
    loaded: Loaded,
    runs_dir: Path,
    hosts: Group,
    begin: Callable[[Experiment], Run],
    *,
    run: Run | None,
    force: bool,
    watch: Watch | None,
    progress: Progress,
) -> Run:
    """The walk, on every host. `begin` begins the run that this host writes."""
    experiment = _with_what_others_have(run, loaded.experiment, runs_dir, force=force)
    located = locate(experiment.data, progress)
    with before_the_run(begin, experiment, progress, hosts) as seconds:
        data = prepare_data(experiment, located, progress, splits=splits_to_prepare(experiment))
        report_data(data.metadata, progress)
        refuse_changes(run, experiment, data, force=force)
        refuse_what_does_not_fit(run, experiment, data)
        refuse_other_data(hosts, data)
        experiment, data, beginning = resolve_beginning(run, experiment, data, runs_dir, progress, force=force)
    with run_session(begin(experiment), experiment, progress, spent=seconds(), watch=watch, hosts=hosts) as session:
        device = prepare_runtime(experiment, progress, hosts=hosts)
        report_device(device, None if run is None else run.metadata().get("machine"), progress)
        with spread(device, hosts):
            with hosts.errors_named():  # hosts share the first values of each variable, as they do gradients
                beginning.place(model := build_model(experiment, data, progress))
                training = restore_training(session, data, model)
                record_start(session, data, beginning.lineage | encoder_record(experiment), model, device)
                state, predictor = fit(training), training.predictor
            if not hosts.is_chief:
                return run_of_chief(hosts)
            validated = evaluate_split(session, predictor, data, "validation")
            if experiment.training.refit:
                data, predictor = refit(session, located, epochs=state.best.epoch)
            metrics, evaluation = evaluate_test(session, predictor, data, validated)
            record_result(session, predictor, state, metrics | training.checkpoints.costs, evaluation)
    training.checkpoints.prune(1 if experiment.training.checkpoint.keep_last else 0)  # only now: a kill needs it
    hosts.finish(str(session.run.directory.absolute()))
    return session.run
