"""Addresses of hosts."""

import pytest

from seqlab.hosts.addresses import Address, parse_hosts


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("node1:12345", "node1", 12345), ("10.0.0.1:1", "10.0.0.1", 1), ("[fe80::1%eth0]:65535", "fe80::1%eth0", 65535)],
)
def test_an_address_is_a_host_and_a_port(text, host, port):
    assert Address.parse(text) == Address(host, port)
    assert str(Address.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "node1", "node1:", ":1", "node1:0", "node1:65536", "::1:80", "a b:1", "é:1", "a:١"]
)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="is not HOST:PORT with a port from 1 to 65535"):
        Address.parse(text)


def test_hosts_are_none_those_of_the_environment_or_a_list():
    assert parse_hosts(None) is None
    assert parse_hosts("env") == "env"
    assert parse_hosts(["a:1", "b:1"]) == ("a:1", "b:1")


@pytest.mark.parametrize("host", ["a..b", ".a", "a" * 64, f"a.{'b' * 64}", "."])
def test_a_name_that_no_host_can_have_is_refused(host):
    """Python raises UnicodeError when it looks such a name up, and not OSError as for others."""
    with pytest.raises(ValueError, match="is no name of a host"):
        Address.parse(f"{host}:1")


def test_the_longest_label_and_a_name_that_ends_with_a_dot_are_names():
    assert Address.parse(f"{'a' * 63}.b.:1").host == f"{'a' * 63}.b."


@pytest.mark.parametrize("text", ["::1", "::1:80", "fe80::1"])
def test_an_ipv6_address_without_brackets_is_told_that_it_needs_them(text):
    with pytest.raises(ValueError, match=r"such as \[::1\]:12345, an IPv6 address in brackets"):
        Address.parse(text)


def test_an_ipv6_address_that_is_written_in_two_ways_is_listed_twice():
    with pytest.raises(ValueError, match=r"lists \[::1\]:1 twice"):
        parse_hosts(["[::1]:1", "[0:0:0:0:0:0:0:1]:1"])


@pytest.mark.parametrize("inside", [":::::", "12.3", "::1::", "1"])
def test_what_is_in_brackets_and_no_ipv6_address_is_refused(inside):
    with pytest.raises(ValueError, match="has no IPv6 address in its brackets"):
        Address.parse(f"[{inside}]:1")
