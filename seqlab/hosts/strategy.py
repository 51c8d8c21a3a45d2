"""TensorFlow on several hosts: one server a host, and the strategy that adds up values over all of them.

`MultiWorkerMirroredStrategy` with our own loop. Keras' `fit` fails on it (keras#20585); `strategy.run`, `reduce` and
`optimizer.apply` work, and the sums have the same bits on all hosts and in each training of as many hosts.
"""

from __future__ import annotations

import functools
import signal
import threading
from typing import Any

from seqlab.errors import RequestError, SeqlabError
from seqlab.hosts.connection import SILENCE_SECONDS
from seqlab.hosts.group import CLOSING_SECONDS, Group
from seqlab.runtime import tensorflow

CONNECT_SECONDS = 60
"""How long the servers wait for one another. All hosts begin at the same moment."""


def connect(group: Group, devices: int) -> tuple[str, ...]:
    """Start this host's server, join the others, and return the names of the devices here.

    Raises RequestError if TensorFlow has been used before in this process, or if there are not so many `devices`.
    """
    group.exchange("connecting")
    try:
        strategy = strategy_of(group.servers, group.index)
    except RuntimeError as error:  # "Collective ops must be configured at program startup"
        raise RequestError(
            f"runtime.hosts cannot be used: TensorFlow is already initialized; start a new process ({error})"
        ) from error
    except Exception as error:
        # TensorFlow says only that it waited in vain. It lets no other thread run meanwhile: what came is read now.
        group.raise_if_one_ended(CLOSING_SECONDS)
        first = str(error).strip().partition("\n")[0]
        raise SeqlabError(f"TensorFlow cannot connect {', '.join(group.servers)}: {first}") from error
    _handle_sigterm_as_before()
    names: tuple[str, ...] = strategy.extended.worker_devices
    if len(names) != devices:
        raise RequestError(
            f"runtime.devices is {devices}, but each step would use {', '.join(names)} of this host: without a GPU a "
            "host has one device, with GPUs those that its process may see"
        )
    group.when_one_ends(_wake)
    return names


@functools.cache
def strategy_of(servers: tuple[str, ...], index: int) -> Any:
    """One per process: TensorFlow starts its server once."""
    tf = tensorflow()
    from tensorflow.python.eager import context

    job = context.coordination_config_pb2.CoordinatedJob(name="worker", num_tasks=len(servers))
    context.context().configure_coordination_service(
        "standalone",
        service_leader="/job:worker/replica:0/task:0",
        cluster_register_timeout_in_ms=CONNECT_SECONDS * 1000,
        heartbeat_timeout_in_ms=int(SILENCE_SECONDS * 1000),
        coordinated_jobs=[job],
    )
    cluster = tf.train.ClusterSpec({"worker": list(servers)})
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        cluster, task_type="worker", task_id=index, rpc_layer="grpc"
    )
    return tf.distribute.MultiWorkerMirroredStrategy(cluster_resolver=resolver)


def _handle_sigterm_as_before() -> None:
    """TensorFlow's server replaces the handler of SIGTERM by one that nobody asks."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGTERM))


def _wake() -> None:
    """What waits in a sum for a host that is gone fails, and so does every later one."""
    from tensorflow.python.eager import context

    context.context().abort_collective_ops(14, "a host is gone")  # tf.errors.UNAVAILABLE
