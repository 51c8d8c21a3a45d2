"""Trainings on one host and on two, what a model of a step foretells of them, and what it says of 64 hosts.

    python benchmarks/hosts.py [--json FILE]

Both hosts are processes of this machine with a thread each. That measures what sums over hosts cost, and no network:
how well real hosts scale, only real hosts can tell.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from processes import HERE, markdown, write_record
from safetensors import safe_open
from scaling_model import Model, Network, Step, seconds_of_step

ROWS = 64
"""Of a batch, on all hosts together."""
CONFIG = {
    "task": "classification",
    "data": {"name": "synthetic", "size": 1280},
    "vectorizer": {"name": "words", "max_length": 60},
    "model": {"name": "transformer", "layers": 2, "heads": 4, "width": 64, "feed_forward": 256, "dropout": 0.0},
    "training": {"epochs": 15, "patience": None, "buckets": False, "checkpoint": {"every_seconds": None}},
    "runtime": {"threads": 1},
    "metrics": ["accuracy"],
}
NETWORKS = {"10 Gbit/s": Network(50e-6, 1.25e9), "100 Gbit/s": Network(20e-6, 12.5e9)}
TRANSLATOR = Model(tables=2 * 15_000 * 256, width=256, dense=6_000_000, sums=25)
ROWS_OF_A_HOST, TOKENS_OF_A_HOST, STEP_OF_A_HOST = 64, 64 * 40, Step(0.01, 0.0015)
"""A translator on 64 pairs of sentences a host, with a step of 106 ms."""
HOSTS = (1, 2, 4, 8, 16, 32, 64)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write what was measured to this file")
    parser.add_argument("--model-only", action="store_true", help="measure nothing: the table of 64 hosts alone")
    chosen = parser.parse_args()
    if not chosen.model_only:
        with tempfile.TemporaryDirectory() as folder:
            measured = _measured(Path(folder))
        print(comparison(measured))
        if chosen.json is not None:
            write_record(chosen.json, ("tensorflow", "keras"), measured)
    print(table_of_hosts())


def _measured(folder: Path) -> dict[str, Any]:
    """Seconds of sums, and of steps: `one` by the rows of a batch, `two` of all rows on two hosts."""
    one: dict[int, float] = {}
    for rows in (ROWS // 2, ROWS, 2 * ROWS):
        one[rows], size = _trained(folder / f"one-{rows}", rows, 1)
    two, _ = _trained(folder / "two", ROWS, 2)
    probe = [str(HERE / "hosts" / "all_reduce.py")]
    said = _on_hosts(lambda index, addresses: [*probe, str(index), *addresses], 2)
    return {"rows": ROWS, **size, "sums": json.loads(said[0]), "one": one, "two": two}


def _trained(folder: Path, rows: int, hosts: int) -> tuple[float, dict[str, int]]:
    """Seconds of a step in the fastest epoch after the first one; parameters, and the tensors that hold them."""
    folder.mkdir()
    config = folder / "config.yaml"
    config.write_text(json.dumps(CONFIG), encoding="utf-8")

    def command(_: int, addresses: list[str]) -> list[str]:
        together = [f"runtime.hosts=[{','.join(addresses)}]"] if hosts > 1 else []
        named = [str(config), f"training.batch_size={rows}", *together]
        return ["-m", "seqlab", "train", *named, "--runs-dir", str(folder / "runs")]

    _on_hosts(command, hosts)
    (run,) = (folder / "runs").iterdir()
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text("utf-8").splitlines()]
    steps = lines[0]["step"]
    seconds = min(line["seconds"] for line in lines[1:]) / steps
    with safe_open(run / "model" / "weights.safetensors", "numpy") as weights:
        tensors = len(weights.keys())
    return seconds, {"parameters": json.loads((run / "run.json").read_text("utf-8"))["parameters"], "tensors": tensors}


def _on_hosts(command: Any, count: int) -> list[str]:
    """What one process a host prints."""
    addresses = _free_addresses(count)
    processes = [
        subprocess.Popen(
            [sys.executable, *command(index, addresses)],
            env={**os.environ, "SEQLAB_HOST_INDEX": str(index)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for index in range(count)
    ]
    said = [each.communicate() for each in processes]
    if any(each.returncode for each in processes):
        raise SystemExit("\n".join(error for _, error in said))
    return [printed for printed, _ in said]


def _free_addresses(count: int) -> list[str]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    return addresses


def comparison(measured: dict[str, Any]) -> str:
    """What was measured beside what the model says, as a table in Markdown."""
    rows, one = measured["rows"], {int(size): seconds for size, seconds in measured["one"].items()}
    step = Step.of({size: one[size] for size in (rows // 2, 2 * rows)})
    network = Network.of_two(measured["sums"]["small"], measured["sums"]["large"], 4 * (1 << 21))
    # Gradients, the count of the loss on both hosts, sums and counts of loss and accuracy.
    model = Model(0, 1, measured["parameters"], sums=measured["tensors"] + 5)
    rows_of_table = []
    for hosts, seconds in ((1, one[rows]), (2, measured["two"])):
        foretold = seconds_of_step(step, network, model, rows, hosts)
        rows_of_table.append([str(hosts), str(rows // hosts), f"{1e3 * seconds:.1f}", f"{1e3 * foretold:.1f}"])
    return "\n".join(
        [
            f"one host: {1e3 * step.fixed:.2f} ms a step and {1e3 * step.row:.3f} ms a row; a sum over two hosts: "
            f"{1e3 * measured['sums']['small']:.2f} ms, and {network.bandwidth / 1e6:.0f} MB/s",
            "",
            markdown(["hosts", "rows of each", "measured, ms a step", "the model, ms a step"], rows_of_table, 0),
            "",
        ]
    )


def table_of_hosts() -> str:
    """The model for hosts that each have the same rows, as a table in Markdown."""
    model, alone = TRANSLATOR, STEP_OF_A_HOST.seconds(ROWS_OF_A_HOST)
    rows_of_table = []
    for hosts in HOSTS:
        sent = (model.sent(hosts), model.sent_by_rows(hosts, TOKENS_OF_A_HOST))
        cells = [str(hosts), *(f"{each / 1e6:.0f}" for each in sent)]
        for network in NETWORKS.values():
            whole = seconds_of_step(STEP_OF_A_HOST, network, model, ROWS_OF_A_HOST * hosts, hosts)
            cells += [f"{1e3 * (whole - alone):.0f}", f"{alone / whole:.2f}", f"{ROWS_OF_A_HOST * hosts / whole:,.0f}"]
        rows_of_table.append(cells)
    of_networks = [f"{name}: {what}" for name in NETWORKS for what in ("sums, ms", "efficiency", "rows/s")]
    columns = ["hosts", "MB sent", "MB sent, tables by rows", *of_networks]
    return "\n".join(
        [
            f"{(model.tables + model.dense) / 1e6:.1f} million weights, {model.gradient / 1e6:.1f} MB of gradients, "
            f"{ROWS_OF_A_HOST} rows a host, {1e3 * alone:.0f} ms for them:",
            "",
            markdown(columns, rows_of_table, 0),
        ]
    )


if __name__ == "__main__":
    main()
