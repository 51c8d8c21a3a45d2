"""What reaches the application, and what ends there: bodies, hosts, hang-ups, requests without progress."""

import asyncio

import pytest
from asgi_exchange import Exchange

from seqlab.serving.guard import SECURITY_HEADERS, Guard
from seqlab.serving.limits import MOST_BODY_BYTES, Limits
from seqlab.serving.measurements import Measurements
from seqlab.serving.origins import Origins

OK = {"type": "http.response.start", "status": 200, "headers": []}


class Application:
    """Answers with the size of the body; or does what `then` says first."""

    def __init__(self, then=None):
        self.then, self.bodies, self.cancelled = then, [], False

    async def __call__(self, scope, receive, send):
        self.bodies.append((await receive())["body"])
        try:
            if self.then is not None:
                await self.then(receive, send)
            await send(OK)
            await send({"type": "http.response.body", "body": b"done"})
        except asyncio.CancelledError:
            self.cancelled = True
            raise


def guarded(then=None, **limits):
    app, bugs, counts = Application(then), [], Measurements()
    guard = Guard(
        app, origins=Origins("127.0.0.1"), limits=Limits(**limits), measurements=counts,
        paths=frozenset({"/health"}), posts=frozenset({"/health"}), report_bug=bugs.append,
    )  # fmt: skip
    return guard, app, bugs


def through(exchange, guard):
    async def scenario():
        return await exchange().through(guard)

    return asyncio.run(scenario())


def test_a_body_arrives_whole_and_the_answer_has_headers_that_protect():
    guard, app, bugs = guarded()
    done = through(lambda: Exchange("POST", parts=[b"ab", b"", b"c"]), guard)
    assert (done.status, app.bodies, bugs) == (200, [b"abc"], [])
    assert {name.lower(): value for name, value in SECURITY_HEADERS.items()}.items() <= done.headers.items()
    policy = done.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize("header", ["host", "origin"])
def test_other_hosts_and_pages_are_refused(header):
    guard, app, _ = guarded()
    done = through(lambda: Exchange(headers={header: "evil.example"}), guard)
    assert (done.status, app.bodies) == (403, [])
    assert "evil.example" in done.error["message"]
    assert "access-control-allow-origin" not in done.headers


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_a_form_of_another_page_can_send_is_refused(kind):
    guard, app, _ = guarded()
    done = through(lambda: Exchange("POST", headers={"content-type": kind}), guard)
    assert (done.status, app.bodies) == (415, [])


def test_a_body_that_is_too_large_is_read_to_its_end_and_refused():
    """Else the client is cut off while it sends, and hears nothing."""
    guard, app, _ = guarded()
    part = b"x" * 2**20
    done = through(lambda: Exchange("POST", parts=[part] * 10), guard)
    assert (done.status, app.bodies) == (413, [])
    assert done.error["limit"] == MOST_BODY_BYTES
    assert done.headers["connection"] == "close"


def test_bodies_of_all_requests_have_a_bound(monkeypatch):
    async def scenario():
        monkeypatch.setattr("seqlab.serving.guard.MOST_HELD_BYTES", 100)
        released = asyncio.Event()

        async def wait(receive, send):
            await released.wait()

        guard, _, _ = guarded(wait)
        first = asyncio.ensure_future(Exchange("POST", parts=[b"x" * 60]).through(guard))
        await asyncio.sleep(0.05)
        refused = await Exchange("POST", parts=[b"x" * 60]).through(guard)
        released.set()
        first = await first
        again = await Exchange("POST", parts=[b"x" * 60]).through(guard)
        return refused.status, refused.error["limit"], first.status, again.status, guard.held

    assert asyncio.run(scenario()) == (429, 100, 200, 200, 0)


def test_a_body_that_is_far_too_large_is_not_read():
    guard, app, _ = guarded()
    made = []

    def exchange():
        made.append(Exchange("POST", parts=[b"x"] * 3, headers={"content-length": str(10**9)}))
        return made[0]

    done = through(exchange, guard)
    assert (done.status, app.bodies, len(made[0].parts)) == (413, [], 3)


@pytest.mark.parametrize("length", ["-1", "x", "9" * 5000, "1e9", "٣"])
def test_an_announced_length_that_is_no_number_is_not_believed(length):
    guard, app, _ = guarded()

    async def receive_ascii():
        return await Exchange("POST", parts=[b"ab"], headers={"content-length": length}).through(guard)

    assert asyncio.run(receive_ascii()).status == 200
    assert app.bodies == [b"ab"]


def test_a_body_that_does_not_arrive():
    guard, app, _ = guarded(seconds=0.1)
    done = through(lambda: Exchange("POST", parts=[]), guard)
    assert (done.status, app.bodies) == (408, [])
    assert "0.1 seconds" in done.error["message"]


def test_an_answer_that_does_not_come():
    async def never(receive, send):
        await asyncio.sleep(60)

    guard, app, bugs = guarded(never, seconds=0.1)
    done = through(Exchange, guard)
    assert (done.status, app.cancelled, bugs) == (504, True, [])
    assert done.error["limit"] == 0.1


def test_an_answer_that_makes_progress_is_not_late():
    async def slowly(receive, send):
        await send(OK)
        for _ in range(8):
            await asyncio.sleep(0.1)
            await send({"type": "http.response.body", "body": b".", "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def only_that(receive, send):
        await slowly(receive, send)
        raise asyncio.CancelledError

    guard, _, _ = guarded(only_that, seconds=0.4)
    done = through(Exchange, guard)
    assert done.status == 200
    assert [each.get("body") for each in done.sent].count(b".") == 8


def test_a_client_that_does_not_read_ends_its_request():
    """What it is sent does not leave the server: `send` waits."""

    async def scenario():
        guard, app, bugs = guarded(seconds=0.1)
        exchange = Exchange()

        async def stuck(message):
            exchange.sent.append(message)
            if message["type"] == "http.response.body":
                await asyncio.sleep(60)

        exchange.send = stuck
        await exchange.through(guard)
        return app.cancelled, len(exchange.sent), bugs

    assert asyncio.run(scenario()) == (True, 2, [])


def test_a_client_that_hangs_up_ends_its_request():
    async def scenario():
        began = asyncio.Event()

        async def wait(receive, send):
            began.set()
            await asyncio.sleep(60)

        guard, app, bugs = guarded(wait)
        exchange = Exchange("POST", parts=[b"{}"])
        answered = asyncio.ensure_future(exchange.through(guard))
        await began.wait()
        exchange.gone.set()
        await answered
        return app.cancelled, exchange.sent, bugs

    assert asyncio.run(scenario()) == (True, [], [])


def test_an_application_that_looks_for_a_hang_up_hears_of_it():
    async def scenario():
        heard = []

        async def look(receive, send):
            heard.append(await receive())

        guard, _, _ = guarded(look)
        exchange = Exchange()
        answered = asyncio.ensure_future(exchange.through(guard))
        await asyncio.sleep(0.05)
        exchange.gone.set()
        await answered
        return heard

    assert asyncio.run(scenario()) in ([], [{"type": "http.disconnect"}])  # or it was cancelled before


def test_a_bug_is_reported_and_does_not_end_the_server():
    async def fail(receive, send):
        raise ValueError("secret")

    guard, _, bugs = guarded(fail)
    done = through(Exchange, guard)
    assert [str(each) for each in bugs] == ["secret"]
    assert done.status == 500
    assert "secret" not in str(done.sent)


def test_paths_of_others_are_counted_as_one():
    guard, _, _ = guarded()
    for path in ("/health", "/a", "/b", "/\x1b[2J"):
        through(lambda path=path: Exchange(path=path), guard)
    assert guard.measurements.requests == {("/health", 200): 1, ("other", 200): 3}


def test_a_websocket_is_not_answered():
    guard, app, _ = guarded()
    done = through(lambda: Exchange(type="websocket"), guard)
    assert (done.sent, app.bodies) == ([], [])
