"""Downloads against a local server that misbehaves in every way: the file is whole in the end, or not there."""

import contextlib
import hashlib
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPMessage
from pathlib import Path
from urllib.request import Request

import misbehaving_site
import pytest
from misbehaving_site import CONTENT, breaks, breaks_a_chunk, fails, hangs, never_ends, redirects, rest, sends, well

from seqlab.data.datasets.imdb import ARCHIVE, Imdb
from seqlab.data.sources import download, locations
from seqlab.data.sources.download import RetryPolicy
from seqlab.data.splits import load_splits
from seqlab.errors import RequestError, SeqlabError
from seqlab.progress import Silent

QUICK = RetryPolicy(attempts=3, pause=0.001)
HASTY = RetryPolicy(timeout=0.1, attempts=3, pause=0.001)  # only where nothing will come: a busy machine is slow too
ONCE = RetryPolicy(attempts=1)


class RecordedProgress(Silent):
    """Everything that was said, and the steps with their units."""

    def __init__(self):
        self.said, self.steps = [], []

    def say(self, text):
        self.said.append(text)

    @contextlib.contextmanager
    def step(self, what, total=None, unit=""):
        step = [what, total, unit, 0]
        self.steps.append(step)
        yield self

    def advance(self, units=1, **_):
        self.steps[-1][3] += units


@pytest.fixture
def site():
    with misbehaving_site.running() as site:
        yield site


@pytest.fixture(autouse=True)
def _network_of_this_machine(monkeypatch):
    monkeypatch.delenv("SEQLAB_OFFLINE", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")


def fetch(file, folder, policy=QUICK, progress=None):
    return download.fetch(file, folder, progress or RecordedProgress(), policy=policy)


def refusal(file, folder, policy=QUICK):
    """The message of a download that failed, after which there is no file."""
    with pytest.raises(SeqlabError) as failure:
        fetch(file, folder, policy)
    assert failure.value.exit_code == 1
    assert not (folder / file.name).exists()
    return str(failure.value)


def left(folder):
    return {path.name for path in folder.iterdir() if path.suffix != ".lock"}


def test_a_file_arrives_whole_and_is_requested_once(site, tmp_path):
    told = RecordedProgress()
    path = fetch(site.file(), tmp_path / "new", progress=told)
    assert path.read_bytes() == CONTENT
    assert left(tmp_path / "new") == {"reviews.bin"}
    assert told.steps == [["downloading reviews.bin", len(CONTENT), "bytes", len(CONTENT)]]
    assert fetch(site.file(), tmp_path / "new") == path
    assert len(site.asked) == 1


def test_a_broken_connection_is_resumed(site, tmp_path):
    site.script = [breaks(100_000), fails(503)]
    told = RecordedProgress()
    assert fetch(site.file(), tmp_path, progress=told).read_bytes() == CONTENT
    assert site.asked == [None, "bytes=100000-", "bytes=100000-"]
    assert "the connection closed after 100,000 of 300,000 bytes; retrying in 0.001 s" in told.said[0]
    assert told.steps[-1] == ["downloading reviews.bin from byte 100,000", 200_000, "bytes", 200_000]


@pytest.mark.parametrize("validator", ["etag", "date", "none", "weak"])
def test_the_next_download_resumes(site, tmp_path, validator):
    site.etag = {"etag": '"a"', "weak": 'W/"a"'}.get(validator)
    site.modified = "Wed, 21 Oct 2015 07:28:00 GMT" if validator == "date" else None
    site.script = [breaks(100_000)]
    assert "run the command again to resume" in refusal(site.file(), tmp_path, ONCE)
    assert fetch(site.file(), tmp_path, ONCE).read_bytes() == CONTENT
    assert site.asked[1] == ("bytes=100000-" if validator in {"etag", "date"} else None)


def test_a_server_without_ranges_starts_again(site, tmp_path):
    site.ranges, site.script = False, [breaks(100_000)]
    assert fetch(site.file(), tmp_path).read_bytes() == CONTENT


CHANGES = {
    "told by If-Range": (well, CONTENT[::-1], 2),
    "told by its tag": (rest(), CONTENT[::-1], 3),
    "told by its size": (rest(ETag=None), CONTENT[::-1] + b"more", 3),
    "the first part is longer": (fails(416), CONTENT[::-1], 3),
    "no total": (rest(**{"Content-Range": "bytes 100000-299999/*"}), CONTENT[::-1], 3),
    "another range": (rest(**{"Content-Range": "bytes 7-299999/300000", "ETag": '"first"'}), CONTENT[::-1], 3),
}


@pytest.mark.parametrize(("answer", "content", "requests"), CHANGES.values(), ids=CHANGES.keys())
def test_a_file_that_changed_meanwhile_starts_again(site, tmp_path, answer, content, requests):
    site.script = [breaks(100_000)]
    file = site.file(size=None, sha256=None)
    refusal(file, tmp_path, ONCE)
    site.content, site.etag, site.script = content, '"second"', [answer]
    assert fetch(file, tmp_path).read_bytes() == content
    assert len(site.asked) == requests


def test_a_damaged_first_part(site, tmp_path):
    site.script = [breaks(100_000)]
    refusal(site.file(), tmp_path, ONCE)
    part = tmp_path / "reviews.bin.part"
    part.write_bytes(bytes(100_000))
    assert fetch(site.file(), tmp_path).read_bytes() == CONTENT
    assert site.asked == [None, "bytes=100000-", None]


def test_a_download_killed_before_its_rename_needs_no_network(site, tmp_path):
    site.script = [breaks(100_000)]
    refusal(site.file(), tmp_path, ONCE)
    (tmp_path / "reviews.bin.part").write_bytes(CONTENT)
    assert fetch(site.file(), tmp_path).read_bytes() == CONTENT
    assert len(site.asked) == 1


def test_a_finished_part_is_verified_too(site, tmp_path):
    site.script = [breaks(100_000)]
    refusal(site.file(), tmp_path, ONCE)
    (tmp_path / "reviews.bin.part").write_bytes(CONTENT)
    assert "expected 299,999" in refusal(site.file(size=299_999, sha256=None), tmp_path)


SHA256, MD5 = hashlib.sha256(CONTENT).hexdigest(), hashlib.md5(CONTENT).hexdigest()
FAILURES = {
    "not there": (fails(404), {}, "the server returned 404 Not Found", 1),
    "not allowed": (fails(403), {}, "the server returned 403 Forbidden", 1),
    "in trouble": (fails(500), {}, "the server returned 500 Internal Server Error", 3),
    "no answer": (hangs(), {}, "no data for 0.1 s", 3),
    "stalled": (hangs(1000), {}, "no data for 0.1 s", 3),
    "truncated": (breaks(1000), {}, "the connection closed after 1,000 of 300,000 bytes", 3),
    "truncated chunk": (breaks_a_chunk, {}, "the connection failed (IncompleteRead", 3),
    "endless": (never_ends, {}, "it has more than the 300,000 bytes expected", 1),
    "another size": (well, {"size": 299_999}, "the file has 300,000 bytes, expected 299,999", 1),
    "another sha256": (well, {"sha256": "0" * 64}, f"its sha256 is {SHA256}, expected 000", 1),
    "another md5": (well, {"sha256": None, "md5": "0" * 32}, f"its md5 is {MD5}, expected 000", 1),
    "no content": (fails(204), {}, "the server returned 204 No Content, which is not valid here", 1),
}


@pytest.mark.parametrize(("act", "changes", "reason", "attempts"), FAILURES.values(), ids=FAILURES.keys())
def test_failures_of_the_server(site, tmp_path, act, changes, reason, attempts):
    """Each failure is reported with its address; temporary ones are retried; nothing bad is kept."""
    site.script, site.etag = [act] * 9, None
    file = site.file(**changes)
    message = refusal(file, tmp_path, HASTY if "no data" in reason else QUICK)
    assert message.startswith("reviews.bin could not be downloaded:\n")
    assert f"{file.address}: {reason}" in message
    assert f"get reviews.bin ({file.size:,} bytes) from {file.address} and put it at {tmp_path / file.name}" in message
    assert len(site.asked) == attempts
    if attempts == 1:
        assert left(tmp_path) == set()


def test_mirrors_are_tried_in_turn(site, tmp_path):
    file = site.file(mirrors=(f"{site.url}/mirror",))
    site.script = [fails(404)]
    assert fetch(file, tmp_path / "good").read_bytes() == CONTENT
    site.script = [fails(404), fails(403)]
    reasons = refusal(file, tmp_path / "bad").splitlines()[1:3]
    assert reasons == [
        f"  {file.address}: the server returned 404 Not Found",
        f"  {site.url}/mirror: the server returned 403 Forbidden",
    ]


def test_a_part_from_one_address_is_not_completed_from_another(site, tmp_path):
    site.script = [breaks(100_000), *[fails(500)] * 2]
    assert fetch(site.file(mirrors=(f"{site.url}/mirror",)), tmp_path).read_bytes() == CONTENT
    assert site.asked == [None, "bytes=100000-", "bytes=100000-", None]


def test_no_retries_without_a_network(site, tmp_path, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = f"http://127.0.0.1:{server.getsockname()[1]}/closed"
    file, told = site.file(mirrors=(closed,)), RecordedProgress()
    site.script = [fails(404)]
    with pytest.raises(SeqlabError, match=re.escape(f"{closed}: the connection failed")):
        fetch(file, tmp_path, RetryPolicy(), told)
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(SeqlabError, match=rf"{file.address}: .*name resolution\)\n.*{closed}: .*name resolution"):
        fetch(file, tmp_path, RetryPolicy(), told)
    assert told.said == []


def test_redirects(site, tmp_path):
    site.script = [redirects("/elsewhere")]
    assert fetch(site.file(), tmp_path).read_bytes() == CONTENT
    site.script = [redirects("/round")] * 30
    assert "infinite loop" in refusal(site.file("b.bin"), tmp_path)
    site.script = [redirects("ftp://127.0.0.1/b.bin")]
    assert "refused the redirect to ftp://127.0.0.1/b.bin" in refusal(site.file("b.bin"), tmp_path)


@pytest.mark.parametrize(("location", "followed"), [("https://b.org/x", True), ("http://b.org/x", False)])
def test_redirects_from_https_to_http_are_refused(location, followed, tmp_path):
    handler, headers = download._SafeRedirects(), HTTPMessage()
    headers["Location"] = location
    with (tmp_path / "body").open("wb+") as body:
        asked = (Request("https://a.org/x"), body, 302, "Found", headers, location)
        if followed:
            assert handler.redirect_request(*asked).full_url == location
        else:
            with pytest.raises(download._Failure, match=r"http://b\.org/x, which is not https"):
                handler.redirect_request(*asked)


def test_offline_nothing_is_requested(site, tmp_path, monkeypatch):
    monkeypatch.setenv("SEQLAB_OFFLINE", "1")
    with pytest.raises(RequestError, match=r"SEQLAB_OFFLINE.*put it at .*reviews\.bin"):
        fetch(site.file(), tmp_path)
    assert site.asked == []


def test_a_full_disk(site, tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(download.shutil, "disk_usage", lambda path: usage)
    message = refusal(site.file(), tmp_path)
    assert f"{tmp_path / 'reviews.bin.part'}: 300,000 bytes are needed, 1,000 are free" in message


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_that_fills_up(site, tmp_path):
    (tmp_path / "reviews.bin.part").symlink_to("/dev/full")
    assert "the disk is too full" in refusal(site.file(), tmp_path)


def test_an_unwritable_directory(site, tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert "cannot be written" in refusal(site.file(), tmp_path / "file" / "folder")


def test_eight_at_once_download_once(site, tmp_path):
    progress = [RecordedProgress() for _ in range(8)]

    def waiting():
        return [told for told in progress if any("by another process: waiting" in text for text in told.said)]

    def answers_when_seven_wait(site, answer):
        while len(waiting()) < 7 and not site.closing.wait(0.01):
            pass
        well(site, answer)

    site.script = [answers_when_seven_wait]
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda told: fetch(site.file(), tmp_path, progress=told), progress))
    assert {path.read_bytes() for path in paths} == {CONTENT}
    assert len(site.asked) == 1
    assert len(waiting()) == 7


@pytest.mark.process
def test_killed_and_resumed(site, tmp_path):
    site.script = [hangs(200_000)]
    code = (
        "import sys; from pathlib import Path\n"
        "from seqlab.data.sources import download; from seqlab.data.sources.locations import *\n"
        f"assert 'tensorflow' not in sys.modules; download.fetch({site.file()!r}, Path({str(tmp_path)!r}))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], env=dict(os.environ))
    part = tmp_path / "reviews.bin.part"
    deadline = time.monotonic() + 240
    while not (part.exists() and part.stat().st_size > 100_000) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    arrived = part.stat().st_size
    assert 100_000 < arrived <= 200_000
    assert fetch(site.file(), tmp_path).read_bytes() == CONTENT
    assert site.asked == [None, f"bytes={arrived}-"]


@pytest.mark.slow
def test_never_a_bad_file_in_a_hundred_downloads(site, tmp_path):
    """Faults at random, then good weather: the file is right or not there after the first, right after the second."""
    chance = random.Random(1)
    wrong = CONTENT[:-1] + b"?"
    problems = [fails(500), fails(404), fails(416), sends(wrong), rest(wrong), hangs(5000), never_ends, breaks_a_chunk]
    for number in range(100):
        breaks_at = [breaks(chance.randrange(len(CONTENT))) for _ in range(4)]
        site.script = [chance.choice([*problems, *breaks_at, well]) for _ in range(chance.randrange(4))]
        site.etag = chance.choice(['"x"', None])
        file = site.file(f"{number}.bin")
        with contextlib.suppress(SeqlabError):
            fetch(file, tmp_path, RetryPolicy(timeout=0.02, attempts=3, pause=0))
        assert not (tmp_path / file.name).exists() or (tmp_path / file.name).read_bytes() == CONTENT
        site.script = []
        assert fetch(file, tmp_path).read_bytes() == CONTENT
    assert left(tmp_path) == {f"{number}.bin" for number in range(100)}


REVIEWS = {
    f"aclImdb/{split}/{kind}/{number}_1.txt": f"{split} {kind} {number}"
    for split in ("train", "test")
    for kind in ("neg", "pos")
    for number in range(10)
}


def test_a_dataset_is_fetched_once_with_its_terms(site, cache, write_archive, tmp_path, monkeypatch):
    site.content = write_archive(REVIEWS).read_bytes()
    monkeypatch.setattr(Imdb, "published", (site.file(ARCHIVE),))
    told = RecordedProgress()
    sources = Imdb().locate(told)
    assert [(source.path, source.official) for source in sources] == [(str(cache / "datasets/imdb" / ARCHIVE), True)]
    assert "no licence stated" in told.said[0]
    assert "Learning Word Vectors for Sentiment Analysis" in told.said[0]
    assert len(load_splits.load(Imdb()).splits["train"]) == 16
    assert len(site.asked) == 1


def test_a_dataset_that_must_not_be_fetched(site, cache, tmp_path, monkeypatch):
    monkeypatch.setattr(Imdb, "published", (site.file(ARCHIVE),))
    with pytest.raises(RequestError, match="nowhere"):
        Imdb(path=str(tmp_path / "nowhere")).locate()
    monkeypatch.setenv("SEQLAB_OFFLINE", "1")
    with pytest.raises(locations.FilesMissing) as failure:
        Imdb().locate()
    assert "SEQLAB_OFFLINE" in str(failure.value)
    assert f"put it at {cache / 'datasets/imdb' / ARCHIVE}" in str(failure.value)
    assert site.asked == []
