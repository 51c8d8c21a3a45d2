"""Short names for the runs of a report."""

from __future__ import annotations

import itertools
import string


def letters(count: int) -> list[str]:
    """A, B, …, Z, AA, AB, …"""
    longer = map("".join, itertools.product(string.ascii_uppercase, repeat=2))
    return list(itertools.islice(itertools.chain(string.ascii_uppercase, longer), count))
