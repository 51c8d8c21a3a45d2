"""Whether a request may be answered: by the host that it names, and by the page that sent it.

A page from elsewhere can have its own name resolve to 127.0.0.1, and then read what a server on this machine answers
(DNS rebinding). It cannot choose the header `Host`, which holds that name, nor `Origin`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", re.ASCII)


@dataclass(frozen=True)
class Origins:
    """Which hosts and origins are allowed.

    `bound`: the address that the server listens at. On a loopback address only loopback addresses and `localhost` may
    be named; on others any address too, because an attacker's page has a name. `hosts`: further names. `origins`: pages
    of other servers that may ask (CORS), as `https://example.org`.
    """

    bound: str
    hosts: Collection[str] = ()
    origins: Collection[str] = ()

    def refuse(self, host: str | None, origin: str | None) -> str | None:
        """Why a request with these headers is not answered; None: it is."""
        name = _name_of(host or "")
        if name is None or not self._allowed(name):
            return (
                f"the header Host names {'nothing' if not host else repr(host[:100])}, which is not this server; "
                "start it with --allow-host NAME to use another name"
            )
        if origin is None or origin in self.origins:
            return None
        if _is_same(origin, host or ""):
            return None
        return f"pages of {origin[:100]!r} may not ask this server; start it with --allow-origin to allow that"

    def _allowed(self, name: str) -> bool:
        if name in {each.lower() for each in self.hosts} or name == "localhost":
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or not is_loopback(self.bound)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _name_of(host: str) -> str | None:
    """The name or address in a header `Host`, in lower case; None if it is none."""
    found = re.fullmatch(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::\d{1,5})?", host.lower(), re.ASCII)
    if found is None:
        return None
    name = found[1]
    if name.startswith("["):
        return name[1:-1]
    return name if NAME.fullmatch(name) else None


def _is_same(origin: str, host: str) -> bool:
    """Whether a page of this server sent the request."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.netloc.lower() == host.lower()
