"""The local launcher: workers that die are replaced, those that keep failing end the sweep, signals are passed on."""

import json
import os
import signal
import threading
import time

import pytest

from seqlab.errors import SeqlabError, Stopped
from seqlab.sweeps import launcher_local
from seqlab.sweeps.launcher_local import LocalWorkers, threads_per_worker

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the workers of these tests are shell scripts")


@pytest.fixture(autouse=True)
def _quickly(monkeypatch):
    monkeypatch.setattr(launcher_local, "POLL_SECONDS", 0.02)


def workers(tmp_path, script, count=2):
    return LocalWorkers(["sh", "-c", script], {"directory": str(tmp_path)}, count, tmp_path / "logs")


def test_cores_are_shared_out(monkeypatch):
    monkeypatch.setattr(launcher_local, "usable_cores", lambda: 8)
    assert [threads_per_worker(count) for count in (1, 2, 3, 16)] == [None, 4, 2, 1]


def test_each_worker_reads_its_job_and_one_that_is_killed_is_replaced(tmp_path):
    script = f'read job; echo "$job" >> {tmp_path}/jobs; mkdir {tmp_path}/first 2>/dev/null && kill -9 $$; exit 0'
    looks = []
    workers(tmp_path, script).run(lambda: looks.append(1) or 0)
    jobs = (tmp_path / "jobs").read_text(encoding="utf-8").splitlines()
    assert [json.loads(each) for each in jobs] == [{"directory": str(tmp_path)}] * 3
    assert looks


def test_workers_that_keep_failing_end_the_sweep_with_what_they_said(tmp_path):
    with pytest.raises(SeqlabError, match=r"keep failing \(the last with exit code 3\): no more disk"):
        workers(tmp_path, "echo no more disk >&2; exit 3").run(lambda: 0)


def test_a_signal_is_passed_on_and_waits_until_everything_is_saved(tmp_path):
    script = (
        f"trap 'sleep 0.1; touch {tmp_path}/saved; exit 75' TERM; touch {tmp_path}/ready; while :; do sleep 0.02; done"
    )

    def stop():
        while not (tmp_path / "ready").exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=stop).start()
    with pytest.raises(Stopped) as stopped:
        workers(tmp_path, script, count=1).run(lambda: 0)
    assert stopped.value.exit_code == 75
    assert (tmp_path / "saved").exists()
