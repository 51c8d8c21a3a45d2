"""A script that any scheduler may start any number of times: each start works on the same sweep."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from seqlab.sweeps.launching import Resources

STORAGE_VARIABLE = "SEQLAB_STORAGE"
"""Holds the address of a storage, so that no script and no list of processes shows its password."""
SECONDS_TO_SAVE = 120
"""Before the time limit of a job."""

_SCRIPT = """\
#!/usr/bin/env bash
{header}
# Start it with sbatch, or with bash under any other scheduler, as often as you like, also on several machines at once
# that see the folder of runs: each start trains trials of the sweep until none is left, and continues those whose
# worker died. SIGTERM and SIGUSR1 save and end it with exit code 75; after SIGUSR1, SLURM queues it again.
set -u
cd {folder} || exit
{check}requeue=0 signalled=0
{command} &
work=$!
trap 'signalled=1; kill -TERM "$work" 2>/dev/null' INT TERM
trap 'signalled=1 requeue=1; kill -TERM "$work" 2>/dev/null' USR1
wait "$work"
status=$?
while [ "$signalled" -eq 1 ]; do # a signal interrupts wait
    signalled=0
    wait "$work"
    status=$?
done
if [ "$requeue" -eq 1 ] && [ "$status" -eq 75 ] && [ -n "${{SLURM_JOB_ID:-}}" ]; then
    scontrol requeue "$SLURM_JOB_ID"
fi
exit "$status"
"""


def sweep_script(
    name: str, command: Sequence[str], folder: Path, resources: Resources, workers: int, *, needs_storage: bool
) -> str:
    """The script. `command`: its words; `resources`: of each of the `workers`; `needs_storage`: the address of the
    storage has a password, and the script expects it in `STORAGE_VARIABLE`."""
    lines = [f"--job-name=seqlab-{name}", f"--cpus-per-task={resources.cores * workers}"]
    if resources.gpus:
        lines.append(f"--gpus={resources.gpus * workers}")
    if resources.memory is not None:
        lines.append(f"--mem={round(1000 * resources.memory * workers)}M")
    # USR1, because SLURM sends TERM to jobs that are cancelled too, and those must not be queued again.
    lines += [f"--signal=B:USR1@{SECONDS_TO_SAVE}", "--requeue", "--open-mode=append"]
    check = f': "${{{STORAGE_VARIABLE}:?the address of the storage, with its password}}"\n' if needs_storage else ""
    return _SCRIPT.format(
        header="\n".join(f"#SBATCH {line}" for line in lines),
        folder=shlex.quote(str(folder)),
        check=check,
        command=shlex.join(command),
    )
