"""Run directories that no training wrote, for tests of what is done with many runs."""

import json
from pathlib import Path

from seqlab.runs import Run


def made_run(
    runs_dir,
    run_id,
    *,
    status="finished",
    config=None,
    seed=None,
    result=None,
    **record,
):
    """A run with this id; `record`: more keys of its `run.json`, `config`: of its config."""
    run = Run(Path(runs_dir) / run_id)
    run.directory.mkdir(parents=True)
    config = {"task": "classification", **(config or {})}
    if seed is not None:
        config["runtime"] = {"seed": seed}
    started = f"{run_id[:4]}-{run_id[4:6]}-{run_id[6:8]}T{run_id[9:11]}:{run_id[11:13]}:{run_id[13:15]}.000+00:00"
    content = {"format": 1, "id": run_id, "status": status, "started": started, "config": config, **record}
    run.metadata_file.write_text(json.dumps(content), encoding="utf-8")
    if result is not None:
        run.result_file.write_text(json.dumps(result), encoding="utf-8")
    return run
