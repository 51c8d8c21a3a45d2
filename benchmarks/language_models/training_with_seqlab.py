"""`seqlab train` as a user runs it, with an empty cache, until an epoch's validation loss is as low as asked."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LOOK_EVERY = 0.1


def epochs_in(folder):
    (lines,) = [path.read_text(encoding="utf-8") for path in folder.glob("*/metrics.jsonl")] or [""]
    return [json.loads(line) for line in lines.splitlines()]


recipe, target, *overrides = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    runs = Path(folder, "runs")
    command = [sys.executable, "-m", "seqlab", "train", recipe, *overrides, "--runs-dir", str(runs)]
    started = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, env=os.environ | {"SEQLAB_CACHE_DIR": f"{folder}/cache"}
    )
    history, reached, ended = [], None, False
    while reached is None and not ended:
        time.sleep(LOOK_EVERY)
        ended = process.poll() is not None
        seconds = round(time.perf_counter() - started, 1)
        for epoch in epochs_in(runs)[len(history) :]:
            history.append((seconds, epoch["validation.loss"]))
            if reached is None and epoch["validation.loss"] <= float(target):
                reached, steps = seconds, epoch["step"]
    process.terminate()
    process.wait()
    if process.returncode and reached is None:
        raise SystemExit(f"{command} ended with {process.returncode}")
print(json.dumps({"reached": reached, "steps": steps if reached else None, "history": history}))
