"""The directory of a sweep, which all its workers share: its record, its locks, and the time that it took."""

from __future__ import annotations

import shlex
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from seqlab import files, runs
from seqlab.errors import RequestError
from seqlab.runs.records import read_record
from seqlab.runs.run import now
from seqlab.runs.runs_directory import sanitized
from seqlab.runs.selection import flattened
from seqlab.runs.sweeps import ENDING, RECORD, is_sweep
from seqlab.sweeps.locks import MomentaryLock
from seqlab.sweeps.options import as_json
from seqlab.sweeps.read_sweep import FREE, Sweep
from seqlab.text_format import CREDENTIALS

FORMAT = 1
LONGEST_GAP = 60.0
"""Seconds between two ticks of the clock that count: a computer that slept did not work."""
SHORTEST_GAP = 2.0
"""Seconds that are worth a write."""


@dataclass(frozen=True)
class SweepDirectory:
    """The directory `<id>-sweep` below the folder of runs."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name.removesuffix(ENDING)

    @property
    def runs_dir(self) -> Path:
        return self.path.parent

    @property
    def record_file(self) -> Path:
        return self.path / RECORD

    @property
    def journal_file(self) -> Path:
        return self.path / "study.journal"

    @property
    def best_file(self) -> Path:
        """The config of the best trial."""
        return self.path / "best.yaml"

    @property
    def lock(self) -> MomentaryLock:
        """Held while a trial is chosen: one worker at a time."""
        return MomentaryLock(self.path / "sweep.lock")

    def trial_lock(self, number: int) -> FileLock:
        """Held by the worker that trains a trial. The operating system releases it when that process ends."""
        return FileLock(self.path / "locks" / f"trial-{number}.lock")

    def record(self) -> dict[str, Any]:
        """The content of `sweep.json`. Raises RequestError if it is damaged, or of a newer version."""
        content = read_record(self.record_file)
        files.refuse_newer(self.record_file, content, FORMAT)
        if not isinstance(content, dict) or not isinstance(content.get("sweep"), dict):
            raise RequestError(f"{self.record_file} is damaged: restore it from a copy, or delete {self.path}")
        return content

    def remove(self) -> None:
        """Remove the directory of a sweep that could not begin."""
        shutil.rmtree(self.path, ignore_errors=True)

    def refuse_changes(self, sweep: Sweep) -> None:
        """Raises RequestError, with the differences, if it began with other values than its file has now."""
        before, after = (dict(_flat(each)) for each in (self.record()["sweep"], sweep.record()))
        changed = [key for key in {**before, **after} if before.get(key) != after.get(key) and key not in FREE]
        if changed:
            lines = "\n".join(f"  {key}: {_shown(before, key)} → {_shown(after, key)}" for key in changed)
            of_base = [key.startswith("base.") for key in changed]
            sources = [*([] if all(of_base) else [sweep.file]), *([sweep.base] if any(of_base) else [])]
            free = " and ".join(FREE)
            raise RequestError(
                f"{' and '.join(map(str, sources))} changed since sweep {self.id} began:\n{lines}\nundo that to "
                f"continue it, or give {sweep.file.name} another name to begin a new sweep (only {free} may change)"
            )

    def update(self, **record: Any) -> None:
        """Add to `sweep.json`."""
        with self.lock:
            files.write_json(self.record_file, {**self.record(), **record})


def join_or_create(
    sweep: Sweep, runs_dir: Path, storage: str | None, details: Mapping[str, Any]
) -> tuple[SweepDirectory, bool]:
    """The newest sweep of this name in the folder of runs, or a new one; and whether it is new.

    `details`: what a new one records of its search. Raises RequestError if the one that is there began differently.
    """
    runs.refuse_unwritable(runs_dir)
    runs_dir.mkdir(parents=True, exist_ok=True)
    with MomentaryLock(runs_dir / ".sweeps.lock"):
        found = newest(sweep.name, runs_dir)
        if found is None:
            return _created(sweep, runs_dir, storage, details), True
        found.refuse_changes(sweep)
        _refuse_other_storage(found, storage)
        if found.record()["sweep"] != sweep.record():
            found.update(sweep=sweep.record())
        return found, False


def newest(name: str, runs_dir: Path) -> SweepDirectory | None:
    """The newest sweep of a name. Raises RequestError if its record cannot be read."""
    paths = sorted(runs_dir.absolute().glob(f"*-{sanitized(name)}*{ENDING}"), reverse=True)
    found = (SweepDirectory(path) for path in paths if is_sweep(path))
    return next((each for each in found if each.record().get("name") == name), None)


def _created(sweep: Sweep, runs_dir: Path, storage: str | None, details: Mapping[str, Any]) -> SweepDirectory:
    """A directory that appears with its record in it."""
    stem = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{sanitized(sweep.name)}"
    number = 1
    while (path := runs_dir.absolute() / f"{stem}{'' if number == 1 else f'-{number}'}{ENDING}").exists():
        number += 1
    with files.new_directory(path) as temporary:
        (temporary / "locks").mkdir()
        record = {
            "format": FORMAT,
            "id": SweepDirectory(path).id,
            "name": sweep.name,
            "file": str(sweep.file.absolute()),
            "base": str(sweep.base),
            "created": now(),
            "command": sys.argv,
            "direction": "maximize" if sweep.maximize else "minimize",
            "storage": masked(storage),
            "plugins": list(sweep.plugins),
            **details,
            "sweep": sweep.record(),
        }
        files.write_json(temporary / RECORD, record)
    return SweepDirectory(path)


def masked(storage: str | None) -> str:
    """The storage as it is recorded: without a password."""
    return "study.journal" if storage is None else CREDENTIALS.sub("…@", storage)


def _refuse_other_storage(directory: SweepDirectory, storage: str | None) -> None:
    """Raises RequestError if the trials of a sweep are kept elsewhere."""
    kept = str(directory.record().get("storage"))
    if kept != masked(storage):
        without = "leave --storage and SEQLAB_STORAGE out"
        wanted = without if kept == masked(None) else f"give --storage {shlex.quote(kept)}"
        raise RequestError(f"sweep {directory.id} keeps its trials in {kept}: {wanted}")


def _flat(record: Mapping[str, Any]) -> Any:
    """Dotted key → value, but values of a space as one."""
    space = record.get("space", {})
    yield from flattened({key: value for key, value in record.items() if key != "space"})
    for key, value in space.items():
        yield f"space.{key}", {name: each for name, each in value.items() if each is not None and each is not False}


def _shown(values: Mapping[str, Any], key: str) -> str:
    return as_json(values[key]) if key in values else "(absent)"


class Clock:
    """The seconds that commands worked on a sweep, for `search.minutes`. Of several commands at once, one counts."""

    def __init__(self, directory: SweepDirectory) -> None:
        self._file = directory.path / "clock.json"
        self._lock = FileLock(directory.path / "locks" / "clock.lock")
        self._last: float | None = None

    def spent(self) -> float:
        """Of all commands so far."""
        try:
            content = files.read_json(self._file)
        except (OSError, ValueError):
            return 0.0
        seconds = content.get("seconds") if isinstance(content, dict) else None
        return float(seconds) if isinstance(seconds, int | float) else 0.0

    def tick(self) -> None:
        """Count the time since the last tick of this process, if it is the one that counts. Nothing if the sweep was
        deleted: locks would make its directory again."""
        if not self._file.parent.is_dir():
            return
        if not self._lock.is_locked:
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                return
            self._last = time.monotonic()
        before = self._last or 0.0
        if (passed := time.monotonic() - before) >= SHORTEST_GAP:
            self._last = before + passed
            files.write_json(self._file, {"seconds": self.spent() + min(passed, LONGEST_GAP)})

    def close(self) -> None:
        self._lock.release()
