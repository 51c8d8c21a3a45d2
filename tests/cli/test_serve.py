"""`seqlab serve`: what is refused before a model is loaded, and what is printed when it answers."""

import json
import socket

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve")

from seqlab.cli import serve as command
from seqlab.serving import server, warm_up


def test_without_a_run(seqlab):
    seqlab.refuses(2, "serve", says=["RUN is missing: give one run or several"])
    seqlab.refuses(2, "serve", "no-such-run", says=["no-such-run"])


def test_without_the_packages(seqlab, monkeypatch):
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    seqlab.refuses(2, "serve", "latest", says=['a server needs fastapi and uvicorn: pip install "seqlab[serve]"'])


def test_a_port_in_use(seqlab):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        seqlab.refuses(2, "serve", "latest", "--port", port, says=[f"port {port} of 127.0.0.1 is in use"])


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("0.0.0.0", True)])
def test_what_it_prints(seqlab, quick_run, monkeypatch, host, warned):
    monkeypatch.setattr(server, "run", lambda made, listening, say: made.ready())
    warmed = []
    monkeypatch.setattr(warm_up, "warm_up", lambda runs, report_bug: warmed.extend(run.id for run in runs))
    result = seqlab("serve", "latest", "--run", quick_run.id, "--host", host, "--port", "0", "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert told["url"].startswith(f"http://{host}:")
    assert told["runs"] == warmed == [quick_run.id]  # named twice, served once
    assert f"serving at {told['url']} (Ctrl-C stops)\n  {quick_run.id}\n" in result.stderr
    assert ("there is no password" in result.stderr) == warned
    assert result.stderr.rstrip().endswith("stopped")


def test_without_a_warm_up(seqlab, monkeypatch):
    monkeypatch.setattr(server, "run", lambda made, listening, say: made.ready())
    monkeypatch.setattr(warm_up, "warm_up", lambda *_: pytest.fail("it was not wanted"))
    assert seqlab("serve", "latest", "--port", "0", "--no-warm-up").exit_code == 0
