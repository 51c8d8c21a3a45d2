"""The parts of gpu.py that compare results: what each measures, what it says of it, and its table."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
from gpu_verdicts import Failed, Machines, difference, each_of, relative
from processes import Measured, carried_out, markdown

SHAPES = {
    True: {"batch": 4, "time": 12, "inputs": 3, "units": 4},
    False: {"batch": 32, "time": 100, "inputs": 64, "units": 128},
}
"""Small or not → the shape of the layers."""
LAYER_TOLERANCE = 1e-4
"""Largest difference of two arrays, by the largest number in them. float32 rounds by 6e-8, and a gradient adds up some
thousands of terms in another order; a mask that is not obeyed changes some per cent."""
TRAINING_TOLERANCE = 1e-3
"""Of the losses of some ten steps, relative: rounding grows with every step."""
DEVICES_TOLERANCE = 2e-5
"""Of the losses on two devices and on one, relative: the same kernels, with sums in another order."""
PRECISION_TOLERANCE = 0.05
"""Of the loss of the last steps, relative to float32's: products in half precision err by 0.4 % at most, and thirty
steps carry it on. Training that fails in half precision stands still or grows."""
SAME_TEXTS = 0.9
"""The share of texts that must be the same: two ids may be so close that rounding decides."""
REPRESENTATIVES = (
    "shakespeare/char_gru", "imdb/masked_bilstm", "spa_eng/bahdanau", "multi30k/transformer", "imdb/skipgram",
    "imdb/document_vectors", "imdb/bigram", "tabular/synthetic_housing", "ag_news/simple_rnn_masked",
)  # fmt: skip
"""Recipes whose models have nothing in common, the most doubtful first."""
OF_TASKS = (
    "shakespeare/stateful_gru", "imdb/masked_bilstm", "spa_eng/luong", "imdb/transformer", "imdb/skipgram",
    "imdb/document_vectors", "tabular/synthetic_housing",
)  # fmt: skip
"""Of each task a training or more."""
UNDIVIDED = ("imdb/skipgram", "imdb/document_vectors")
"""Of `OF_TASKS`, those that several devices are refused: the words of a batch are context for each other."""
WRITERS = ("shakespeare/char_gru", "shakespeare/char_transformer")
TRANSLATORS = ("spa_eng/luong", "spa_eng/bahdanau", "multi30k/transformer")
SECONDS = {"precision": 50, "determinism": 35, "trainings": 45, "two_gpus": 45}
"""Part → how long it may begin with another recipe."""


def layers(machines: Machines) -> Measured:
    rows, problems = [], []
    for cell in ("simple_rnn", "gru", "lstm"):
        for bidirectional in (False, True):
            name = f"{cell}, {'both directions' if bidirectional else 'forward'}"
            case = {"cell": cell, "bidirectional": bidirectional, "shape": SHAPES[machines.small]}
            try:
                found = [_arrays(machines.of(device, "layer", **case)) for device in ("auto", machines.reference())]
            except Failed as error:
                problems.append(f"{name}: {error}")
                continue
            (masked, unpadded), (on_cpu, _) = found
            row = {"layer": name, "unpadded": difference(masked, unpadded), "cpu": difference(masked, on_cpu)}
            rows.append(row)
            for other, what in (("unpadded", "rows without padding"), ("cpu", "the CPU")):
                if row[other] > LAYER_TOLERANCE:
                    problems.append(f"{name}: differs from {what} by {row[other]:.1e}")
    return {"rows": rows, "tolerance": LAYER_TOLERANCE, "verdict": machines.judged(problems)}


def _arrays(path: str) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Those under the mask, and those of the rows without padding."""
    with np.load(path) as stored:
        both: dict[str, dict[str, np.ndarray]] = {"masked": {}, "unpadded": {}}
        for key in stored:
            kind, name = key.split("/", 1)
            both[kind][name] = stored[key]
    return both["masked"], both["unpadded"]


def table_of_layers(measured: Measured) -> str:
    rows = [[row["layer"], f"{row['unpadded']:.1e}", f"{row['cpu']:.1e}"] for row in measured["rows"]]
    return markdown(["layer under a mask", "from rows without padding", "from the CPU"], rows)


def precision(machines: Machines) -> Measured:
    """The loss of the last of several calls, beside float32's. float16 needs kernels that only a GPU has."""
    policies = ["mixed_bfloat16", *([] if machines.without_gpu else ["mixed_float16"])]

    def ask(name: str) -> dict[str, list[float]]:
        options = {**machines.shaped(name), "steps": 10, "calls": 3}
        return {
            policy: machines.of("auto", "losses", runtime={"precision": policy}, **options)
            for policy in ("float32", *policies)
        }

    found, problems, left = each_of(machines.chosen(REPRESENTATIVES), SECONDS["precision"], ask)
    for name, losses in found.items():
        for policy in policies:
            gap = relative(losses[policy][-1:], losses["float32"][-1:])
            if gap > PRECISION_TOLERANCE:
                problems.append(f"{name}: in {policy} the loss differs by {gap:.1%}")
    return {"rows": found, "left": left, "verdict": machines.judged(problems, left=left)}


def table_of_precision(measured: Measured) -> str:
    rows = [
        [name, policy, *(f"{loss:.4f}" for loss in losses), f"{relative(losses[-1:], row['float32'][-1:]):.2%}"]
        for name, row in measured["rows"].items()
        for policy, losses in row.items()
    ]
    return markdown(
        ["recipe", "precision", "loss of steps 1 to 10", "11 to 20", "21 to 30", "difference"], rows, texts=2
    )


def determinism(machines: Machines) -> Measured:
    def ask(name: str) -> list[str]:
        options = {"runtime": {"deterministic": True}, **machines.shaped(name), "steps": 20}
        return [machines.of("auto", "hash_of_weights", **options) for _ in range(2)]

    found, problems, left = each_of(machines.chosen(REPRESENTATIVES), SECONDS["determinism"], ask)
    problems += [f"{name}: two trainings gave two weights" for name, (one, two) in found.items() if one != two]
    return {"rows": found, "left": left, "verdict": machines.judged(problems, left=left)}


def table_of_determinism(measured: Measured) -> str:
    rows = [[name, *(value[:12] for value in hashes)] for name, hashes in measured["rows"].items()]
    return markdown(["recipe", "sha256 of the weights", "of the second training"], rows, texts=3)


def decoding(machines: Machines) -> Measured:
    small = machines.small
    texts = {"samples": 4, "length": 10} if small else {"samples": 32, "length": 300}
    sentences = {"sentences": 6, "length": 8} if small else {"sentences": 128, "length": 24}
    cases = [(name, "written", texts) for name in machines.chosen(WRITERS)]
    cases += [
        (name, "translated", {**sentences, "width": width}) for name in machines.chosen(TRANSLATORS) for width in (1, 4)
    ]
    rows, problems = [], []
    for name, measure, sizes in cases:
        label = f"{name}, {sizes['width']} beams" if "width" in sizes else name
        try:
            ours, theirs = (
                machines.of(device, measure, **machines.shaped(name), **sizes)
                for device in ("auto", machines.reference())
            )
        except Failed as error:
            problems.append(f"{label}: {error}")
            continue
        same = sum(a == b for a, b in zip(ours["texts"], theirs["texts"], strict=True)) / len(ours["texts"])
        rows.append({"search": label, "rate": ours["rate"], "cpu": theirs["rate"], "same": same})
        if same < SAME_TEXTS:
            problems.append(f"{label}: only {same:.0%} of the texts are those of the CPU")
    equals = machines.of("auto", "lowest_of_equals")
    problems += [f"{case}: not the lowest place of equals" for case, lowest in equals.items() if not lowest]
    return {"rows": rows, "lowest_of_equals": equals, "verdict": machines.judged(problems)}


def table_of_decoding(measured: Measured) -> str:
    rows = [
        [row["search"], f"{row['rate']:,.0f}", f"{row['cpu']:,.0f}", f"{row['same']:.0%}"] for row in measured["rows"]
    ]
    return markdown(["recipe", "tokens/s", "tokens/s on the CPU", "same texts"], rows)


def trainings(machines: Machines) -> Measured:
    overrides = ["training.epochs=2", "runtime.deterministic=true"]

    def ask(name: str) -> list[list[float]]:
        devices = ("auto", machines.reference())
        return [machines.of(device, "trained", recipe=name, overrides=overrides) for device in devices]

    found, problems, left = each_of(machines.chosen(OF_TASKS), SECONDS["trainings"], ask)
    rows = {name: {"losses": ours, "difference": relative(ours, cpu)} for name, (ours, cpu) in found.items()}
    problems += [
        f"{name}: the losses differ from the CPU's by {row['difference']:.1e}"
        for name, row in rows.items()
        if row["difference"] > TRAINING_TOLERANCE
    ]
    return {"rows": rows, "tolerance": TRAINING_TOLERANCE, "verdict": machines.judged(problems, left=left)}


def table_of_trainings(measured: Measured) -> str:
    rows = [[name, *_losses(row), f"{row['difference']:.1e}"] for name, row in measured["rows"].items()]
    return markdown(["recipe", "losses of training", "of validation", "largest difference"], rows, texts=3)


def _losses(row: Measured) -> list[str]:
    half = len(row["losses"]) // 2
    return [", ".join(f"{loss:.4f}" for loss in part) for part in (row["losses"][:half], row["losses"][half:])]


def two_gpus(machines: Machines) -> Measured:
    """Two halves of the CPU where there are no two GPUs."""
    kind = "auto" if machines.gpu["gpus"] > 1 else "cpu"
    overrides = ["training.epochs=2", "runtime.deterministic=true", "training.batch_size=31"]

    def ask(name: str) -> list[list[float]]:
        return [machines.of(kind, "trained", devices=count, recipe=name, overrides=overrides) for count in (2, 1)]

    names = [name for name in machines.chosen(OF_TASKS) if name not in UNDIVIDED]
    found, problems, left = each_of(names, SECONDS["two_gpus"], ask)
    rows = {name: {"losses": two, "difference": relative(two, one)} for name, (two, one) in found.items()}
    problems += [
        f"{name}: the losses differ from one device's by {row['difference']:.1e}"
        for name, row in rows.items()
        if row["difference"] > DEVICES_TOLERANCE
    ]
    lacking = "" if kind == "auto" else "there are no two GPUs; two halves of the CPU agree with the whole"
    verdict = machines.judged(problems, left=left, lacking=lacking)
    return {"rows": rows, "tolerance": DEVICES_TOLERANCE, "verdict": verdict}


def resume(machines: Machines) -> Measured:
    """`seqlab selftest resume` with a character model: whole processes, killed."""
    config = {
        "task": "language_model",
        "data": {"name": "synthetic", "size": 60_000},
        "vectorizer": "characters",
        "model": {"name": "recurrent", "cell": "gru", "units": 32 if machines.small else 256, "dropout": 0.2},
        "training": {"epochs": 12, "batch_size": 16, "window": 50},
        "runtime": {"deterministic": True},
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        path.write_text(json.dumps(config), encoding="utf-8")
        try:
            ended = carried_out(["-m", "seqlab", "selftest", "resume", str(path), "--kills", "1", "--json"])
        except SystemExit as error:
            found: Measured = {"kills": 0, "differences": [" ".join(str(error).split())[-300:]]}
        else:
            found = json.loads(ended.output)
    return {**found, "verdict": machines.judged([f"differs: {each}" for each in found["differences"]])}


def table_of_resume(measured: Measured) -> str:
    return markdown(["kills", "differences"], [[str(measured["kills"]), ", ".join(measured["differences"]) or "none"]])
