"""Which hosts share a training, and which of them this process is: from a list, TF_CONFIG or the variables of SLURM."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seqlab.errors import RequestError
from seqlab.hosts.addresses import FROM_ENVIRONMENT, MOST_HOSTS, Address, refuse_twice

INDEX = "SEQLAB_HOST_INDEX"
"""Environment variable: which host of the list this process is, from 0."""
PORTS_OF_JOBS = range(20_000, 30_000)
"""SLURM names no port. Jobs that share a node must differ in it, and systems give these to no outgoing connection."""


@dataclass(frozen=True)
class Cluster:
    """The hosts of a training. `index`: which of them this process is; host 0 is the chief."""

    addresses: tuple[Address, ...]
    index: int

    def name(self, index: int) -> str:
        """A host in messages."""
        return f"host {index} ({self.addresses[index]})"


def find_cluster(hosts: str | Sequence[str] | None, environment: Mapping[str, str] = os.environ) -> Cluster | None:
    """The cluster that `runtime.hosts` asks for; None if that is a single host.

    Raises RequestError if the environment does not say which hosts there are, or which of them this one is.
    """
    if hosts is None:
        return None
    if hosts == FROM_ENVIRONMENT:
        cluster = _from_environment(environment)
        return cluster if len(cluster.addresses) > 1 else None
    addresses = tuple(map(Address.parse, hosts))
    return Cluster(addresses, _own_index(addresses, environment))


def _own_index(addresses: Sequence[Address], environment: Mapping[str, str]) -> int:
    if INDEX in environment:
        return _index(environment[INDEX], INDEX, len(addresses))
    local = [index for index, address in enumerate(addresses) if _is_local(address.host)]
    if len(local) == 1:
        return local[0]
    listed = ", ".join(map(str, addresses))
    found = "none is an address of this host" if not local else f"{len(local)} are addresses of this host"
    raise RequestError(
        f"runtime.hosts lists {listed}, of which {found}: set {INDEX}=0 for the first one, {INDEX}=1 for the next …"
    )


def _is_local(host: str) -> bool:
    """Whether a host is this one: only its own addresses can be bound."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as trial:
            trial.bind(address)
    except OSError:
        return False
    return True


def _from_environment(environment: Mapping[str, str]) -> Cluster:
    if "TF_CONFIG" in environment:
        return _from_tf_config(environment["TF_CONFIG"])
    if "SLURM_PROCID" in environment:
        return _from_slurm(environment)
    raise RequestError(
        "runtime.hosts is env, but neither TF_CONFIG nor SLURM_PROCID is set: start one process on each host with "
        "`srun --ntasks-per-node=1 seqlab train …`, set TF_CONFIG, or list the hosts: runtime.hosts=[a:12345, b:12345]"
    )


def _from_tf_config(text: str) -> Cluster:
    """{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 0}}; a `chief` precedes workers."""
    try:
        config = json.loads(text)
        jobs: dict[str, Any] = {name: _listed(name, listed) for name, listed in config["cluster"].items()}
        own, number = config["task"]["type"], _task_index(config["task"]["index"])
        tasks = [(job, index) for job in ("chief", "worker") for index in range(len(jobs.get(job, ())))]
        addresses = tuple(Address.parse(jobs[job][index]) for job, index in tasks)
        refuse_twice(addresses)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RequestError(
            f"TF_CONFIG cannot be read ({type(error).__name__}: {error}); it has the form "
            '{"cluster": {"worker": ["node1:12345", "node2:12345"]}, "task": {"type": "worker", "index": 0}}'
        ) from error
    if others := sorted(jobs.keys() - {"chief", "worker"}):
        raise RequestError(f"TF_CONFIG has the job '{others[0]}': seqlab trains on jobs named chief and worker alone")
    if (own, number) not in tasks:
        raise RequestError(f"TF_CONFIG says that this is {own} {number}, which its cluster does not list")
    return Cluster(addresses, tasks.index((own, number)))


def _listed(job: str, addresses: Any) -> list[str]:
    """The addresses of a job. Raises ValueError unless they are a list of texts."""
    if not isinstance(addresses, list) or not all(isinstance(each, str) for each in addresses):
        raise ValueError(f"the job '{job}' is no list of HOST:PORT")
    return addresses


def _task_index(value: Any) -> int:
    """Some programs write it as a text. Raises ValueError if it is no whole number."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"the index {json.dumps(value)} is no whole number")
    return int(value)


def _from_slurm(environment: Mapping[str, str]) -> Cluster:
    nodes = expand_nodes(environment.get("SLURM_STEP_NODELIST") or environment.get("SLURM_JOB_NODELIST", ""))
    if not nodes:
        raise RequestError("SLURM_PROCID is set, but not SLURM_JOB_NODELIST: start seqlab with srun in a job")
    count = environment.get("SLURM_STEP_NUM_TASKS") or environment.get("SLURM_NTASKS") or str(len(nodes))
    if count != str(len(nodes)):
        raise RequestError(
            f"SLURM runs {count} tasks on {len(nodes)} nodes; seqlab needs one a node, whose GPUs runtime.devices "
            "counts: srun --ntasks-per-node=1"
        )
    job = environment.get("SLURM_JOB_ID", "0")
    port = PORTS_OF_JOBS[int(job) % len(PORTS_OF_JOBS)] if job.isdecimal() else PORTS_OF_JOBS[0]
    index = _index(environment["SLURM_PROCID"], "SLURM_PROCID", len(nodes))
    return Cluster(tuple(Address(node, port) for node in nodes), index)


def _index(text: str, name: str, count: int) -> int:
    if not text.isdecimal() or int(text) >= count:
        raise RequestError(f"{name} is '{text}', but must be a number from 0 to {count - 1}: there are {count} hosts")
    return int(text)


def expand_nodes(text: str) -> list[str]:
    """SLURM's short form of a list of nodes, `gpu[01-03,7],login`, as `scontrol show hostnames` prints it.

    Raises RequestError for what is no such list.
    """
    pieces = re.findall(r"((?:[^,\[\]]|\[[^\[\]]*\])+)(?:,|$)", text)
    nodes = [node for piece in pieces for node in _nodes_of(piece, text)]
    if ",".join(pieces) != text or len(nodes) > MOST_HOSTS:
        raise RequestError(f"SLURM's list of nodes cannot be read, or is longer than {MOST_HOSTS:,}: '{text[:200]}'")
    return nodes


def _nodes_of(piece: str, whole: str) -> Iterator[str]:
    """One name, or the names of all numbers in brackets; of several brackets the last one varies fastest."""
    before, bracket, rest = piece.partition("[")
    if not bracket:
        yield piece
        return
    numbers, _, after = rest.partition("]")
    for each in numbers.split(","):
        found = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", each, re.ASCII)
        if found is None or int(found[2] or found[1]) - int(found[1]) > MOST_HOSTS:
            raise RequestError(f"SLURM's list of nodes cannot be read at '[{each}]': '{whole[:200]}'")
        for number in range(int(found[1]), int(found[2] or found[1]) + 1):
            for end in _nodes_of(after, whole) if after else ("",):
                yield f"{before}{number:0{len(found[1])}d}{end}"
