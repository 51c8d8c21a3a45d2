"""Addresses of hosts: `host:port`, where the host is a name, an IPv4 address or an IPv6 address in brackets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

FROM_ENVIRONMENT = "env"
MOST_HOSTS = 1024
ADDRESS = r"(\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?\]|[A-Za-z0-9_.-]+):([0-9]{1,5})"


@dataclass(frozen=True)
class Address:
    """Where a process can be reached. `host` without brackets."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError unless it is `host:port`."""
        found = re.fullmatch(ADDRESS, text, re.ASCII)
        if found is None or not 0 < int(found[2]) < 65536:
            such_as = "[::1]:12345, an IPv6 address in brackets" if text.count(":") > 1 else "node1:12345"
            raise ValueError(f"'{text}' is not HOST:PORT with a port from 1 to 65535, such as {such_as}")
        if found[1].startswith("["):
            return cls(_ipv6(found[1][1:-1], text), int(found[2]))
        if not all(0 < len(label) < 64 for label in found[1].removesuffix(".").split(".")):
            raise ValueError(f"'{text}' is no name of a host: between its dots are 1 to 63 characters")
        return cls(found[1], int(found[2]))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _ipv6(host: str, text: str) -> str:
    """An IPv6 address in its shortest form: the same one may be written in several."""
    import ipaddress

    try:
        return str(ipaddress.IPv6Address(host))
    except ValueError:
        raise ValueError(f"'{text}' has no IPv6 address in its brackets") from None


def parse_hosts(value: Any) -> str | tuple[str, ...] | None:
    """The value of `runtime.hosts`: null, `env`, or a list of addresses. Raises ValueError that says what is wrong."""
    if value is None or value == FROM_ENVIRONMENT:
        return value
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise ValueError("must be null, `env`, or a list of HOST:PORT such as [node1:12345, node2:12345]")
    if not 2 <= len(value) <= MOST_HOSTS:
        raise ValueError(f"lists {len(value)}; several hosts are 2 to {MOST_HOSTS:,}. Leave it out for one host")
    addresses = tuple(str(Address.parse(each)) for each in value)
    refuse_twice(addresses)
    return addresses


def refuse_twice(addresses: Sequence[Address | str]) -> None:
    """Raises ValueError that names the first address which is listed a second time."""
    if twice := [each for number, each in enumerate(addresses) if each in addresses[:number]]:
        raise ValueError(f"lists {twice[0]} twice: every host needs an address of its own")
