"""What a run reports while it is trained: to `tensorboard/` in its directory, and to the sinks of its config."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from seqlab.errors import SeqlabError
from seqlab.progress import Progress
from seqlab.runs import Run, lock
from seqlab.runs.run import json_safe
from seqlab.runs.selection import is_number
from seqlab.sinks.delivery import Delivery
from seqlab.sinks.sink import Epoch, Sink
from seqlab.sinks.tensorboard import TensorBoard
from seqlab.text_format import without_credentials
from seqlab.vectors import WordVectors

SECONDS_AT_END = 10.0
"""How long a run that has ended waits for all of its sinks together."""
NO_METRICS = {"step", "epochs"}
"""Of a line of `metrics.jsonl`."""
NAMES = {"seconds": "epoch_seconds"}
"""Of `metrics.jsonl` → here, where `seconds` are those of the run."""


@dataclass
class _Recipient:
    """A sink that receives the reports of a run. `name`: its key in `run.json`; `shown`: in messages."""

    name: str
    shown: str
    delivery: Delivery
    reference: str | None
    failed: bool = False
    recovered: bool = False

    def news(self, *, ended: bool) -> Iterator[str]:
        """What to say of its answers: that it failed, and that it works again; each once."""
        for answer in self.delivery.answers():
            self.reference = answer["reference"] or self.reference
            problem = answer["problem"]
            if problem is not None and not self.failed:
                self.failed = True
                what_next = "not sent again" if ended else "sent again with the next epoch"
                reason = without_credentials(problem).rstrip(".")
                yield f"{self.shown}: {reason}. The run goes on; what is missing there is {what_next}"
            elif problem is None and self.failed and not self.recovered:
                self.recovered = True
                yield f"{self.shown}: reached, nothing is missing there"

    def give_up(self, say: Callable[[str], None]) -> None:
        """The run has ended, and waited long enough."""
        if not self.failed:
            self.failed = True
            say(f"{self.shown}: no answer for {SECONDS_AT_END:.0f} seconds; the end of the run is missing there")


class Reports:
    """The reports of one process that writes a run. Nothing of it raises, or waits, because of a sink."""

    def __init__(self, run: Run, sinks: Sequence[Sink], progress: Progress, *, tensorboard: bool) -> None:
        self._run, self._sinks, self._progress = run, sinks, progress
        self._tensorboard = TensorBoard(run.tensorboard_directory, progress.say) if tensorboard else None
        self._recipients: list[_Recipient] = []
        self._recorded: dict[str, str] = {}
        self._step, self._known = 0, set[str]()

    def begin(self, config: Mapping[str, Any], as_yaml: str) -> None:
        """Training begins, or continues after the epochs in `metrics.jsonl`."""
        epochs = epochs_of(self._run.metrics(), time.time())
        for each in epochs:
            self._remember(each)
        if self._tensorboard is not None:
            self._tensorboard.begin(as_yaml, epochs)
        metadata = self._run.metadata()
        known = self._recorded = dict(metadata.get("sinks") or {})
        for name, sink in named(self._sinks).items():
            where = f" ({without_credentials(sink.address)})" if sink.address else ""
            recipient = _Recipient(name, f"{name}{where}", Delivery(), known.get(name))
            told = {"id": self._run.id, "config": config, "tags": tags_of(metadata), "reference": recipient.reference}
            recipient.delivery.send(
                {
                    "kind": "begin",
                    **module_of(sink),
                    "sink": sink.model_dump(mode="json"),
                    "run": told,
                    "epochs": list(map(asdict, epochs)),
                }
            )
            self._recipients.append(recipient)

    def epoch(self, line: Mapping[str, float], learning_rate: float) -> None:
        """An epoch ended; `line`: what `metrics.jsonl` has of it."""
        (epoch,) = epochs_of([{**line, "learning_rate": learning_rate}], time.time())
        self._remember(epoch)
        if self._tensorboard is not None:
            self._tensorboard.epoch(epoch)
        self._send(kind="epoch", **asdict(epoch))
        self.poll()

    def poll(self, *, ended: bool = False) -> None:
        """Say what is to be said of the sinks, and record what they call the run."""
        for line in [line for each in self._recipients for line in each.news(ended=ended)]:
            self._progress.say(line)
        new = {each.name: each.reference for each in self._recipients if each.reference is not None}
        references = {**self._recorded, **new}  # those of sinks that are left out now stay
        if references != self._recorded:
            with contextlib.suppress(OSError, SeqlabError):  # a full disk
                self._run.update(sinks=references)
                self._recorded = references

    def result(self, split: str, vectors: Callable[[], Mapping[str, WordVectors]]) -> None:
        """The run has its result and, of this split, samples. `vectors`: those of its tokens, by table."""
        scalars = {name: value for name, value in self._run.result().items() if is_number(value)}
        texts = {name: value for name, value in self._run.result().items() if isinstance(value, str)}
        named = {f"best.{name}" if name in self._known else name: value for name, value in (scalars | texts).items()}
        self._send(kind="result", result=named, step=self._step, time=time.time())
        if self._tensorboard is not None:
            self._tensorboard.result(scalars, split, self._run.samples_file, self._known)
            self._tensorboard.projector(vectors())
        self.poll()

    def end(self) -> None:
        """The run has ended, and its record says how. Waits a little for the sinks."""
        if self._tensorboard is not None:
            self._tensorboard.close()
        if not self._recipients:
            return
        status = "failed"
        with contextlib.suppress(SeqlabError):  # somebody damaged or took away the run
            status = self._run.status()
        self._send(kind="end", status=status)
        until = time.monotonic() + SECONDS_AT_END
        for each in self._recipients:
            if not each.delivery.close(max(until - time.monotonic(), 0.0)):
                each.give_up(self._progress.say)
        with contextlib.suppress(OSError, SeqlabError), lock.hold(self._run.lock_file):
            self.poll(ended=True)

    def _send(self, **message: Any) -> None:
        for each in self._recipients:
            each.delivery.send(message)

    def _remember(self, epoch: Epoch) -> None:
        self._step = epoch.step
        self._known |= epoch.metrics.keys()


@contextlib.contextmanager
def reporting(run: Run, sinks: Sequence[Sink], progress: Progress, *, tensorboard: bool) -> Iterator[Reports]:
    """The reports of the block; at its end, however it ends, the sinks are told the status of the run."""
    reports = Reports(run, sinks, progress, tensorboard=tensorboard)
    try:
        yield reports
    finally:
        reports.end()


def named(sinks: Sequence[Sink]) -> dict[str, Sink]:
    """Sinks by name; the second of a name is `name-2`."""
    found: dict[str, Sink] = {}
    for each in sinks:
        same = sum(other.name == each.name for other in found.values())
        found[f"{each.name}-{same + 1}" if same else each.name] = each
    return found


def module_of(sink: Sink) -> dict[str, str]:
    """The module of a sink, and the folder in which Python finds it: that of a plug-in is in no path any more."""
    module = type(sink).__module__
    file = Path(getattr(sys.modules[module.partition(".")[0]], "__file__", None) or "")
    return {"module": module, "folder": str((file.parent if file.stem == "__init__" else file).parent)}


def epochs_of(lines: Sequence[Mapping[str, Any]], now: float) -> list[Epoch]:
    """The epochs of lines of `metrics.jsonl`, whose last one ended `now`; when the others did, their seconds tell."""
    found = []
    for line in reversed(lines):
        if isinstance(line.get("step"), int):
            numbers = {NAMES.get(name, name): float(value) for name, value in line.items() if is_number(value)}
            found.append(Epoch(line["step"], now, {k: v for k, v in numbers.items() if k not in NO_METRICS}))
            now -= line.get("seconds") or 0.0
    return found[::-1]


def tags_of(metadata: Mapping[str, Any]) -> dict[str, str]:
    """What tells a run from others, besides its config."""
    known = {
        "run": metadata.get("id"),
        "task": (metadata.get("config") or {}).get("task"),
        "group": metadata.get("group"),
        "parent": metadata.get("parent"),
        "git_commit": (metadata.get("git") or {}).get("commit"),
        **{f"split_{name}": digest for name, digest in ((metadata.get("data") or {}).get("splits") or {}).items()},
    }
    return {name: str(value) for name, value in json_safe(known).items() if value is not None}
