"""Real connections: ports, slow and broken clients, hang-ups, many at a time, and an end in order."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.request import Request, urlopen

import pytest
from served_runs import running, serve

from seqlab.errors import RequestError
from seqlab.serving import server
from seqlab.serving.server import listen, url_of


@pytest.fixture(scope="module")
def address(loaded_classifier):
    """A server that waits half a second for the head of a request."""
    served = serve(loaded_classifier)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "HEADER_SECONDS", 0.5)
        with running(served.app) as url:
            url.runs = served.service.runs
            yield url


def exchanged(address, sent, *, then=b""):
    """What comes back on a connection of its own, until the server closes it."""
    with socket.create_connection(address.pair, timeout=20) as connection:
        connection.sendall(sent)
        if then:
            time.sleep(0.1)
            connection.sendall(then)
        received = b""
        with contextlib.suppress(ConnectionResetError):  # of what was not read
            while part := connection.recv(65536):
                received += part
        return received


def head(method, path, *lines):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", *lines, "", ""]).encode()


def body(content):
    return head("POST", "/v1/predict", "Content-Type: application/json", f"Content-Length: {len(content)}") + content


def post(url, path, content):
    request = Request(url + path, json.dumps(content).encode(), {"Content-Type": "application/json"})
    return urlopen(request, timeout=60)


def test_a_port_in_use_is_told_before_a_model_is_loaded():
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        assert url_of(listening) == f"http://127.0.0.1:{port}"
        with pytest.raises(RequestError, match=f"port {port} of 127.0.0.1 is in use: choose another one with --port"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["no such host", "192.0.2.1"])
def test_an_address_that_is_not_of_this_machine(host):
    with pytest.raises(RequestError, match=f"--host {host}: "):
        listen(host, 0)


def test_many_connections_at_once_are_all_answered(address):
    with ThreadPoolExecutor(32) as pool:
        found = list(pool.map(lambda number: exchanged(address, body(b'{"texts": ["good %d"]}' % number)), range(200)))
    statuses = [each.split(b" ", 2)[1] for each in found]
    assert set(statuses) <= {b"200", b"429"}
    assert statuses.count(b"200") >= 64
    assert all(run.taken == 0 for run in address.runs)


def test_a_body_of_ten_megabytes_is_refused_and_the_client_hears_it(address):
    answer = exchanged(address, body(b"x" * 10_000_000))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"larger than 4,194,304 bytes" in answer


def test_what_is_not_http_is_refused_and_said(address):
    assert exchanged(address, b"\x00\xff nonsense\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert exchanged(address, b"GET / HTTP/1.1\r\nX: " + b"a" * 200_000)[:13] in {b"", b"HTTP/1.1 400 "}
    assert any(re.fullmatch(r"127\.0\.0\.1 port \d+: Invalid HTTP request received\.", said) for said in address.said)


def test_a_client_that_never_sends_its_request_is_cut_off(address):
    began = time.monotonic()
    assert exchanged(address, b"GET /health HTTP/1.1\r\nHost: loc", then=b"alhost\r\n") == b""
    assert exchanged(address, b"") == b""
    assert 0.9 < time.monotonic() - began < 10


def test_a_slow_client_is_answered(address):
    content = b'{"texts": ["good"]}'
    request = body(content)
    assert exchanged(address, request[:-10], then=request[-10:]).startswith(b"HTTP/1.1 200 ")


def test_a_second_request_on_a_connection(address):
    first = head("GET", "/health").replace(b"Connection: close", b"Connection: keep-alive")
    answer = exchanged(address, first, then=head("GET", "/health"))
    assert answer.count(b"HTTP/1.1 200 ") == 2


def test_a_hang_up_frees_the_place(writer):
    (run,) = writer.service.runs
    with running(writer.app) as url:
        with post(url, "/v1/generate", {"length": 4096, "samples": 8}) as stream:
            assert stream.readline() == b"event: start\n"
            assert run.taken == 1
        until = time.monotonic() + 20
        while run.taken and time.monotonic() < until:
            time.sleep(0.02)
        assert run.taken == 0
        with post(url, "/v1/generate", {"length": 1}) as stream:
            assert b"event: end" in stream.read()


@pytest.mark.process
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_sigterm_lets_requests_end(language_model, writer):
    """Beside it, the same run is served in this process: two servers need not know of each other."""
    command = [sys.executable, "-m", "seqlab", "serve", str(language_model.directory), "--port", "0", "--json"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            told = json.loads(process.stdout.readline())
            assert told["runs"] == [language_model.id]
            with post(told["url"], "/v1/generate", {"length": 2000, "seed": 1}) as stream:
                assert stream.readline() == b"event: start\n"
                process.send_signal(signal.SIGTERM)
                rest = stream.read().decode()
            said = process.stderr.read()
            assert process.wait(30) == 0
        finally:
            process.kill()
    assert rest.rstrip().endswith('event: end\ndata: {"tokens": 2000}')
    assert said.splitlines()[-1] == "stopped"
    assert f"serving at {told['url']} (Ctrl-C stops)\n  {language_model.id}\n" in said
    assert "Traceback" not in said
    texts = [json.loads(line[6:])["texts"][0] for line in rest.splitlines() if line.startswith('data: {"texts"')]
    assert "".join(texts) == writer.loaded.generate(length=2000, seed=1)[0]
