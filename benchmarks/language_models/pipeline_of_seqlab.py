"""From the prepared data to the first batch, and on through an epoch: seqlab's plan and pipeline."""

import json
import os
import sys
import tempfile
import time

from processes import peak_megabytes

from seqlab import config, runtime
from seqlab.data.batching import pipeline
from seqlab.data.splits.load_splits import locate
from seqlab.experiment.prepare_data import prepare_data
from seqlab.progress import SILENT

experiment = config.load(sys.argv[1]).experiment
runtime.tensorflow().zeros(()).numpy()  # the first operation of a process takes longer, whatever it is
before = peak_megabytes()
with tempfile.TemporaryDirectory() as folder:
    os.environ["SEQLAB_CACHE_DIR"] = folder
    started = time.perf_counter()
    prepared = prepare_data(experiment, locate(experiment.data), SILENT)
    preparing = time.perf_counter() - started
    task, store = prepared.task, prepared.stores["train"]
    started = time.perf_counter()
    planned = task.batches(store, experiment.training)
    order = planned.plan(seed=0, epoch=1)
    batches = iter(pipeline.batches(order, planned.gather, planned.signature))
    next(batches)[0]["ids"].numpy()
    first = time.perf_counter() - started
    count = sum(batch["ids"].shape[0] for (batch,) in batches)
    rest = time.perf_counter() - started - first
print(
    json.dumps(
        {
            "preparing": preparing,
            "first_batch": first,
            "characters_per_second": count * experiment.training.window / rest,
            "megabytes_more": peak_megabytes() - before,
        }
    )
)
