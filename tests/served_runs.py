"""A server in this process, for tests of `seqlab serve`. Needs the extra serve."""

import contextlib
import dataclasses
import threading

from fastapi.testclient import TestClient

from seqlab import experiment
from seqlab.progress import SILENT
from seqlab.serving.app import application
from seqlab.serving.limits import Limits
from seqlab.serving.server import listen, run, server_of, url_of

HOME = "http://127.0.0.1:8000"


@dataclasses.dataclass
class Served:
    """What a test asks, and what it compares the answers with."""

    app: object
    service: object
    loaded: object
    client: TestClient
    bugs: list

    def post(self, path, body, status=200):
        """The JSON of an answer."""
        response = self.client.post(path, json=body)
        assert response.status_code == status, response.text
        return response.json()

    def refused(self, path, body, status=422):
        return self.post(path, body, status)["error"]


def serve(*runs, **settings):
    bugs = []
    loaded = [run if isinstance(run, experiment.LoadedRun) else experiment.load(run, progress=SILENT) for run in runs]
    app, service = application(loaded, bound="127.0.0.1", report_bug=bugs.append, **settings)
    return Served(app, service, loaded[0], TestClient(app, base_url=HOME, raise_server_exceptions=False), bugs)


@contextlib.contextmanager
def running(app, **limits):
    """The address of a real server in a thread."""
    ready = threading.Event()
    with listen("127.0.0.1", 0) as listening:
        server = server_of(app, Limits(drain_seconds=5, **limits), ready.set)
        said = []
        thread = threading.Thread(target=run, args=(server, listening, said.append), daemon=True)
        thread.start()
        assert ready.wait(20)
        try:
            yield Address(url_of(listening), said)
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()


class Address(str):
    """The address of a server, with what it told its operator."""

    def __new__(cls, url, said):
        address = super().__new__(cls, url)
        address.said = said
        return address

    @property
    def pair(self):
        host, _, port = self.removeprefix("http://").partition(":")
        return host, int(port)
