"""Hosts as threads of this process, for what they tell one another."""

import threading
from concurrent.futures import ThreadPoolExecutor

from several_hosts import free_addresses

from seqlab.hosts.addresses import Address
from seqlab.hosts.cluster import Cluster
from seqlab.hosts.meeting import meet
from seqlab.progress import SILENT


def on_hosts(count, function, addresses=None):
    """What `function(group)` returns or raises on each of so many hosts, by host."""
    addresses = tuple(map(Address.parse, addresses or free_addresses(count)))
    together = threading.Barrier(count)

    def host(index):
        together.wait()
        try:
            with meet(Cluster(addresses, index), SILENT) as group:
                return function(group)
        except BaseException as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(host, range(count)))
