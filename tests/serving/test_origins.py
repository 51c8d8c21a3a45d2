"""Hosts and origins: what a page from elsewhere sends is refused, what a person types is not."""

import pytest

from seqlab.serving.origins import Origins, is_loopback

HERE = Origins("127.0.0.1")
EVERYWHERE = Origins("0.0.0.0", hosts=["box.example"])


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "LOCALHOST", "[::1]:8000", "127.8.8.8"])
def test_names_of_this_machine(host):
    assert HERE.refuse(host, None) is None


@pytest.mark.parametrize(
    "host",
    [
        None, "", "evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example",
        "192.168.1.7", "127.0.0.1@evil.example", "[::1", "[::1]x", "a b", "127.0.0.1:8000:1", "localhost/",
        "0x7f000001", "2130706433", "localhost\n", "ｌocalhost",
    ],
)  # fmt: skip
def test_other_names_are_refused(host):
    """A name that an attacker made resolve to 127.0.0.1 is still that name."""
    assert "not this server" in HERE.refuse(host, None)


@pytest.mark.parametrize("host", ["192.168.1.7:8000", "box.example", "BOX.example:8000", "[fe80::1]:8000", "127.0.0.1"])
def test_on_all_addresses_any_address_is_this_server(host):
    assert EVERYWHERE.refuse(host, None) is None


def test_on_all_addresses_a_name_is_to_be_allowed():
    assert "--allow-host" in EVERYWHERE.refuse("evil.example", None)


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8000", "https://127.0.0.1:8000"])
def test_its_own_page_may_ask(origin):
    assert HERE.refuse("127.0.0.1:8000", origin) is None


@pytest.mark.parametrize(
    "origin",
    ["null", "http://evil.example", "http://127.0.0.1:9000", "http://localhost:8000", "file://", "http://[", ""],
)
def test_other_pages_may_not(origin):
    assert "--allow-origin" in HERE.refuse("127.0.0.1:8000", origin)


def test_a_page_that_is_allowed_may_ask():
    origins = Origins("127.0.0.1", origins=["https://example.org"])
    assert origins.refuse("localhost", "https://example.org") is None
    assert origins.refuse("localhost", "https://example.org.evil.example") is not None


def test_loopback():
    assert [is_loopback(each) for each in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "box")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip
