"""A web server of one file, on this machine, that misbehaves as a test tells it to.

What it can do to a request is a function of the site and the request's handler; a test puts them into `site.script`.
"""

import contextlib
import hashlib
import random
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from seqlab.data.sources.locations import PublishedFile

CONTENT = random.Random(0).randbytes(300_000)


class Site:
    """For each request it does the next thing in `script`; after that it does well. `asked`: the ranges asked for."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}"
        self.content, self.etag, self.modified, self.ranges = CONTENT, '"first"', None, True
        self.script, self.asked = [], []
        self.closing = threading.Event()

    def file(self, name="reviews.bin", **changes):
        known = {"size": len(self.content), "sha256": hashlib.sha256(self.content).hexdigest()}
        return PublishedFile(name, f"{self.url}/{name}", **known | changes)


@contextlib.contextmanager
def running():
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.daemon_threads, server.block_on_close = True, False
        server.site = Site(server.server_port)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.site
        server.site.closing.set()
        server.shutdown()


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        site = self.server.site
        site.asked.append(self.headers["Range"])
        act = site.script.pop(0) if site.script else well
        with contextlib.suppress(ConnectionError):
            act(site, self)

    def log_message(self, *_):
        pass

    def begin(self, status, headers):
        self.send_response(status)
        for name, value in headers.items():
            if value is not None:
                self.send_header(name, str(value))
        self.end_headers()


def well(site, answer):
    unchanged = answer.headers["If-Range"] in {site.etag, site.modified} - {None}
    if answer.headers["Range"] and unchanged and site.ranges:
        rest()(site, answer)
    else:
        whole(site, answer, site.content)


def whole(site, answer, body):
    answer.begin(200, {"Content-Length": len(site.content), "ETag": site.etag, "Last-Modified": site.modified})
    answer.wfile.write(body)


def rest(body=None, **headers):
    """The bytes from the one asked for on, whatever condition was set; `headers` replace its own."""

    def act(site, answer):
        asked = re.fullmatch(r"bytes=(\d+)-", answer.headers["Range"] or "bytes=0-")
        start, size = int(asked[1]), len(site.content)
        own = {"Content-Range": f"bytes {start}-{size - 1}/{size}", "Content-Length": size - start, "ETag": site.etag}
        answer.begin(206, own | headers)
        answer.wfile.write((site.content if body is None else body)[start:])

    return act


def fails(status):
    return lambda site, answer: answer.send_error(status)


def redirects(address):
    return lambda site, answer: answer.begin(302, {"Location": address, "Content-Length": 0})


def sends(body):
    """Other bytes than it announces."""
    return lambda site, answer: whole(site, answer, body)


def breaks(after):
    return sends(CONTENT[:after])


def hangs(after=None):
    """In the middle, or before it says a word."""

    def act(site, answer):
        if after is not None:
            breaks(after)(site, answer)
        site.closing.wait(240)

    return act


def never_ends(site, answer):
    answer.begin(200, {})
    while not site.closing.is_set():
        answer.wfile.write(bytes(10_000))


def breaks_a_chunk(site, answer):
    answer.protocol_version = "HTTP/1.1"
    answer.begin(200, {"Transfer-Encoding": "chunked"})
    answer.wfile.write(b"20000\r\n" + site.content[:1000])
    answer.close_connection = True
