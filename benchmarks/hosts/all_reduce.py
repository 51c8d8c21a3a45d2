"""One of two hosts: how long a sum over both takes, of few bytes and of many. Prints seconds as JSON.

python benchmarks/hosts/all_reduce.py INDEX ADDRESS ADDRESS
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Any

from seqlab.hosts.addresses import Address
from seqlab.hosts.cluster import Cluster
from seqlab.hosts.meeting import meet
from seqlab.progress import SILENT

SIZES = {"small": 1, "large": 1 << 21}
"""Floats."""
ROUNDS = 30


def main() -> None:
    index, *addresses = sys.argv[1:]
    with meet(Cluster(tuple(map(Address.parse, addresses)), int(index)), SILENT) as group:
        from seqlab import runtime
        from seqlab.hosts.strategy import connect, strategy_of

        tf = runtime.tensorflow()
        connect(group, 1)
        strategy = strategy_of(group.servers, group.index)
        print(json.dumps({name: _seconds(tf, strategy, size) for name, size in SIZES.items()}))
        group.finish(None)


def _seconds(tf: Any, strategy: Any, size: int) -> float:
    """The median of several sums."""

    @tf.function(autograph=False)
    def total(values: Any) -> Any:
        return strategy.reduce("SUM", strategy.run(tf.identity, args=(values,)), axis=None)

    values, seconds = tf.ones((size,)), []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        total(values).numpy()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
