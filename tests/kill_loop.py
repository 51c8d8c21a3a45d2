"""Kill -9 at random moments, resume, again and again: does every run end as the one that was never killed?

Children come from a fork server that has imported TensorFlow already, so that a kill costs a second and not eight.

python tests/kill_loop.py --kills 200
python tests/kill_loop.py --kills 50 --task recurrent_classifier
"""

import argparse
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import pytest
from quick import QUICK

from seqlab import config, experiment, runs
from seqlab.experiment.resume_selftest import differences

WITHOUT_XLA = 65
"""Units of an LSTM of which XLA compiles nothing, which would be most of the time of every child."""
OFTEN = {"optimizer": "adam", "checkpoint": {"every_seconds": 0.02}}
SEQUENCES = {
    "task": "classification",
    "data": {"name": "synthetic", "size": 300},
    "vectorizer": {"name": "words", "max_length": 64},
    "training": {**OFTEN, "batch_size": 16, "epochs": 3, "learning_rate": 5e-3},
}
TASKS = {
    "classification": {**QUICK, "training": {**QUICK["training"], **OFTEN, "epochs": 6}},
    "language_model": {
        "task": "language_model",
        "data": {"name": "synthetic", "size": 20_000},
        "vectorizer": "characters",
        "model": {"name": "recurrent", "cell": "lstm", "units": WITHOUT_XLA, "stateful": True, "dropout": 0.3},
        "training": {**OFTEN, "batch_size": 8, "window": 40, "epochs": 4},
    },
    "regression": {
        "task": "regression",
        "data": {"name": "synthetic", "size": 1_400},
        "model": {"name": "tabular"},
        "training": {**OFTEN, "batch_size": 8, "epochs": 6, "learning_rate": 5e-3},
    },
    "recurrent_classifier": {
        **SEQUENCES,
        "model": {"name": "recurrent", "units": WITHOUT_XLA, "embedding": 8, "dropout": 0.3},
    },
    "transformer_classifier": {
        **SEQUENCES,
        "model": {"name": "transformer", "heads": 2, "width": 8, "feed_forward": 16, "dropout": 0.3},
    },
    "translation": {
        "task": "translation",
        "data": {"name": "synthetic", "size": 240},
        "vectorizer": {"name": "words"},
        "model": {
            "name": "recurrent_encoder_decoder",
            "units": 2 * WITHOUT_XLA,  # half of them each way
            "embedding": 8,
            "dropout": 0.3,
            "attention": "bahdanau",
            "teacher_forcing": {"start": 1.0, "end": 0.5, "steps": 20},
            "sampled_softmax": 20,
        },
        "training": {**OFTEN, "batch_size": 16, "epochs": 2, "learning_rate": 5e-3},
        "metrics": ["perplexity"],
    },
    "word_vectors": {
        "task": "word_vectors",
        "data": {"name": "synthetic", "size": 3_000},
        "vectorizer": "words",
        "model": {"name": "skip_gram", "dimensions": 8, "window": 3, "subsample": 0.01, "subwords": {"buckets": 500}},
        "training": {**OFTEN, "batch_size": 256, "epochs": 4},
    },
}
"""Every task that exists, and what is different in a classifier that reads words in order (masks, length buckets,
dropout in other places), each as a training of some seconds."""


def train_or_resume(given, folder, errors):
    """What a user would type: train, train --resume if there is a run already, evaluate if it is finished."""
    sys.stderr = Path(errors).open("a", encoding="utf-8")  # noqa: SIM115
    if "tensorflow" not in sys.modules:
        sys.stderr.write("the fork server did not import what it should\n")
    from seqlab.training import loop

    loop.SECONDS_PER_CALL = 0.01
    found = runs.list_runs(folder)
    try:
        if not found:
            run = experiment.train(config.load(given), folder)
        else:
            run = found[-1].run if found[-1].status == "finished" else experiment.resume(found[-1].run)
        figures = experiment.load(run).evaluate()
        if figures != {name: run.result()[name] for name in figures}:
            sys.stderr.write(f"{run.id}: evaluate gives other figures\n")
    except BaseException as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        raise


def children():
    """A context whose children begin with everything imported."""
    from multiprocessing import forkserver  # Windows has none

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["preloaded", "kill_loop"])
    with pytest.MonkeyPatch.context() as patch:
        # Python 3.11 gives the server no path, and it says nothing of what it cannot import.
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        forkserver.ensure_running()
    return context


def kill_until(kills, task, folder, seed=0, say=print):
    """Kill trainings of a task until so many kills are reached. Returns what went wrong, one line each."""
    context, delays, problems, killed, round_number = children(), random.Random(seed), [], 0, 0
    errors = folder / "errors.txt"
    folder.mkdir(exist_ok=True)
    errors.touch()
    whole_dir = folder / "whole"
    for work in ((int,), (train_or_resume, TASKS[task], whole_dir, errors)):  # the first pays for the fork server
        started = time.monotonic()
        child = context.Process(target=work[0], args=work[1:])
        child.start()
        child.join()
    longest = time.monotonic() - started
    (whole,) = (summary.run for summary in runs.list_runs(whole_dir))
    while killed < kills:
        round_number += 1
        here = folder / f"round-{round_number}"
        while True:
            child = context.Process(target=train_or_resume, args=(TASKS[task], here, errors))
            child.start()
            child.join(delays.uniform(0.0, longest) if killed < kills else None)
            if child.exitcode is not None:
                break
            os.kill(child.pid, signal.SIGKILL)
            child.join()
            killed += 1
        summaries = runs.list_runs(here)
        problems += [f"{each.run.id}: {each.damage}" for each in summaries if each.damage]
        if child.exitcode != 0:
            problems.append(f"round {round_number} ended with {child.exitcode}")
        elif len(summaries) != 1:
            # A kill before the run was there left none, and the next try made it: there is never a second.
            problems.append(f"round {round_number} left {len(summaries)} runs")
        else:
            different = differences(whole, summaries[-1].run)
            problems += [f"round {round_number}: {each} differ" for each in different]
        say(f"{killed} kills, {round_number} trainings, {len(problems)} problems, {time.monotonic() - started:.0f} s")
        shutil.rmtree(here)
    return problems + errors.read_text(encoding="utf-8").splitlines()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--kills", type=int, default=200)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--task", choices=TASKS, help="only this one (default: all, an equal share of kills each)")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SEQLAB_CACHE_DIR"] = f"{folder}/cache"
        tasks = [chosen.task] if chosen.task else list(TASKS)
        for task in tasks:
            problems = kill_until(chosen.kills // len(tasks), task, Path(folder) / task, chosen.seed)
            print(f"{task}: {len(problems)} problems", *problems, sep="\n")


if __name__ == "__main__":
    main()
