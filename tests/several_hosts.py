"""Trainings on several hosts: processes of this machine, each of which is a host.

python tests/several_hosts.py      every training of divided.py on two hosts and on one: how far are their losses apart?
"""

import contextlib
import os
import socket
import sys
import tempfile
from pathlib import Path

from divided import GIVEN, losses
from kill_loop import children
from quick import Silent, trained

from seqlab import config, experiment, runs
from seqlab.errors import SeqlabError, Stopped


def free_addresses(count):
    """Addresses of this machine that nothing uses."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]


class Host:
    """A process that trains or resumes as one host of several. What it says is in `said()`."""

    def __init__(self, index, given, addresses, folder, overrides=(), *, own=None):
        self.file, folder = folder / f"said-by-{index}.txt", own or folder / "runs"
        folder.parent.mkdir(parents=True, exist_ok=True)
        overrides = [*overrides, f"runtime.hosts=[{', '.join(addresses)}]"]
        self.process = children().Process(target=train_here, args=(index, given, overrides, folder, self.file))
        self.process.start()

    def said(self):
        return self.file.read_text(encoding="utf-8")

    def exit_code(self, timeout=120):
        self.process.join(timeout)
        if self.process.exitcode is None:
            self.process.kill()
            raise AssertionError(f"did not end:\n{self.said()}")
        return self.process.exitcode


def train_here(index, given, overrides, folder, file):
    """What a user would type on one host: `train CONFIG --resume auto`."""
    os.environ["SEQLAB_HOST_INDEX"] = str(index)
    os.environ["SEQLAB_HOSTS_TIMEOUT"] = "60"
    sys.stderr = file.open("a", encoding="utf-8", buffering=1)
    from seqlab.training import loop

    loop.SECONDS_PER_CALL = 0.01
    try:
        run = experiment.resume_or_train(config.load(given, overrides), folder, progress=Said())
        sys.stderr.write(f"ended: {type(run).__name__} {run.id}\n")
    except (SeqlabError, Stopped) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.exit(error.exit_code)


class Said(Silent):
    def say(self, text):
        sys.stderr.write(f"{text}\n")


def hosts(given, folder, count=2, overrides=(), **options):
    addresses = free_addresses(count)
    return [Host(index, given, addresses, folder, overrides, **options) for index in range(count)]


def trained_on(count, given, folder, overrides=()):
    """The only run of a training on so many hosts."""
    processes = hosts(given, folder, count, overrides)
    codes = [each.exit_code() for each in processes]
    assert codes == [0] * count, "\n".join(each.said() for each in processes)
    (summary,) = runs.list_runs(folder / "runs")
    return summary.run


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SEQLAB_CACHE_DIR"] = f"{folder}/cache"
        for name, given in GIVEN.items():
            two, one = trained_on(2, given, Path(folder) / name), trained(Path(folder) / "one" / name, given=given)
            differences = [abs(a - b) / abs(b) for a, b in zip(losses(two), losses(one), strict=True)]
            print(f"{name}: {max(differences):.1e}", flush=True)


if __name__ == "__main__":
    main()
