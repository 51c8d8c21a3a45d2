"""One run directory: where each file lies, what is read from it, and how one process at a time writes it."""

from __future__ import annotations

import contextlib
import json
import math
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seqlab import files
from seqlab.errors import DataError, DivergedError, RequestError, SeqlabError, machine_error
from seqlab.runs import lock

FORMAT = 1
"""Of `run.json` and the files beside it. A reader for every format that was ever released stays for good."""

RESTORE = "restore it from a copy, or train again"


@dataclass(frozen=True)
class Run:
    """A run, by its directory. Complete in itself: it can be moved, and every path below moves with it."""

    directory: Path

    @property
    def id(self) -> str:
        return self.directory.name

    @property
    def config_file(self) -> Path:
        """The resolved config; trains again as it is."""
        return self.directory / "config.yaml"

    @property
    def metadata_file(self) -> Path:
        return self.directory / "run.json"

    @property
    def metrics_file(self) -> Path:
        return self.directory / "metrics.jsonl"

    @property
    def result_file(self) -> Path:
        return self.directory / "result.json"

    def predictions_file(self, split: str) -> Path:
        return self.directory / "predictions" / f"{split}.jsonl"

    @property
    def vocabulary_file(self) -> Path:
        return self.directory / "vocabulary.json"

    @property
    def model_directory(self) -> Path:
        return self.directory / "model"

    @property
    def weights_file(self) -> Path:
        """The best weights by validation."""
        return self.model_directory / "weights.safetensors"

    @property
    def checkpoints_directory(self) -> Path:
        return self.directory / "checkpoints"

    @property
    def samples_file(self) -> Path:
        return self.directory / "samples.txt"

    @property
    def plots_directory(self) -> Path:
        return self.directory / "plots"

    @property
    def log_file(self) -> Path:
        return self.directory / "run.log"

    @property
    def lock_file(self) -> Path:
        return self.directory / "run.lock"

    def metadata(self) -> dict[str, Any]:
        """What `run.json` says. Raises RequestError for a directory that is not a run this version can read."""
        if not self.directory.is_dir():
            raise RequestError(f"there is no run directory {self.directory}")
        metadata = _read_mapping(self.metadata_file)
        if metadata is None:
            raise RequestError(f"{self.directory} is not a run, or only the beginning of one: it has no run.json")
        version = metadata.get("format")
        if type(version) is not int:
            raise RequestError(f"{self.metadata_file} is damaged: it does not say its 'format'; {RESTORE}")
        if version > FORMAT:
            raise RequestError(
                f"{self.directory} was written by a newer seqlab (format {version}; this one reads up to {FORMAT}): "
                "upgrade seqlab to read it"
            )
        return metadata

    def section(self, *names: str) -> dict[str, Any]:
        """A mapping that `run.json` holds. Raises RequestError where it does not."""
        found: Any = self.metadata()
        for name in names:
            found = found.get(name) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            raise RequestError(f"{self.metadata_file} is damaged: it does not say its '{'.'.join(names)}'; {RESTORE}")
        return found

    def status(self) -> str:
        """`running`, `finished`, `stopped`, `failed` or `diverged`; a dead `running` is `killed`."""
        return self.status_in(self.metadata())

    def status_in(self, metadata: Mapping[str, Any]) -> str:
        """The status by metadata that were read already; `damaged` where they tell none."""
        told = metadata.get("status")
        if not isinstance(told, str):
            return "damaged"
        return "killed" if told == "running" and not lock.is_held(self.lock_file) else told

    def metrics(self) -> list[dict[str, Any]]:
        """The lines of `metrics.jsonl`; a last line that a kill cut short is left out."""
        try:
            lines = self.metrics_file.read_text(encoding="utf-8", errors="replace").split("\n")
        except FileNotFoundError:
            return []
        found = []
        for line in lines:
            with contextlib.suppress(ValueError, RecursionError):
                found.append(json.loads(line))
        return [line for line in found if isinstance(line, dict)]

    def result(self) -> dict[str, Any]:
        """The final figures; empty as long as there are none."""
        return _read_mapping(self.result_file) or {}

    @contextlib.contextmanager
    def writing(self, spent: float = 0.0) -> Iterator[Callable[[], float]]:
        """Be the run's one writer while the block runs, and record truthfully how it ends.

        The status is `running` inside and `finished`, `stopped` (Ctrl-C), `diverged` or `failed` afterwards; a
        process that dies without a word leaves a `running` that is shown as `killed`. Where it is refused to go on with
        a run (RequestError), its metadata and its config stay as they were. Raises SeqlabError when another process
        writes the run.

        Gives a clock: the seconds of all processes that wrote the run. `spent`: those that a checkpoint knows of, for a
        process that was killed could not record them here.
        """
        with lock.hold(self.lock_file):
            for directory in (self.directory, self.model_directory, self.predictions_file("test").parent):
                files.sweep(directory)
            metadata, started = self.metadata(), time.perf_counter()
            before = {path: path.read_bytes() for path in (self.metadata_file, self.config_file) if path.exists()}
            spent = max(spent, metadata.get("seconds") or 0.0)

            def seconds() -> float:
                return spent + time.perf_counter() - started

            self.update(status="running", reason=None, ended=None, files=None, seconds=spent)
            try:
                yield seconds
            except BaseException as error:
                # The error at hand matters more than a disk too full to record it.
                with contextlib.suppress(OSError):
                    if isinstance(error, RequestError) and "ended" in metadata:
                        for path, content in before.items():
                            files.write_bytes(path, content)
                    else:
                        self._record_failure(error, seconds())
                raise
            self.update(status="finished", ended=now(), seconds=seconds())

    def update(self, **metadata: Any) -> None:
        """Add metadata to `run.json`, or change them."""
        files.write_json(self.metadata_file, finite({**self.metadata(), **metadata}))

    def append_metrics(self, figures: Mapping[str, Any]) -> None:
        """Add a line to `metrics.jsonl`, in one write, so that no reader and no crash sees half of it."""
        _append(self.metrics_file, json.dumps(finite(figures), ensure_ascii=False, allow_nan=False))

    def metrics_size(self) -> int:
        """Bytes of `metrics.jsonl` so far."""
        return self.metrics_file.stat().st_size if self.metrics_file.exists() else 0

    def cut_metrics(self, size: int) -> None:
        """Cut `metrics.jsonl` back to its first bytes: what came after the place where training goes on."""
        if self.metrics_file.exists():
            with self.metrics_file.open("r+b") as file:
                file.truncate(min(size, self.metrics_size()))

    def write_result(self, result: Mapping[str, Any]) -> None:
        """Write the final figures: the last file of a run."""
        files.write_json(self.result_file, finite(result))

    def seal(self) -> None:
        """Record the checksum of every file that answering needs: a run that was trained does not change any more."""
        self.update(files=files.checksums(self.directory, self._needed_to_answer()))

    def refuse_changes(self) -> None:
        """Raises DataError when a file is not what training wrote: damaged, edited, or of another run.

        A run that did not finish, or was written before runs were sealed, has nothing to compare with.
        """
        if self.metadata().get("files") is None:
            return
        for name in files.changed(self.directory, self._needed_to_answer(), self.section("files")):
            hint = " (a change for once is typed: data.path=…)" if name == self.config_file.name else ""
            raise DataError(f"{self.directory / name} is not the file that training wrote: {RESTORE}{hint}")

    def _needed_to_answer(self) -> list[Path]:
        """Every file but those about the run, and what a crash left unfinished."""
        about_it = {self.metadata_file, self.result_file}
        found = [path for pattern in ("config.yaml", "*.json", "model/*") for path in self.directory.glob(pattern)]
        return [path for path in found if path.is_file() and path not in about_it and ".tmp-" not in path.name]

    def log(self, text: str) -> None:
        """Add a line to `run.log`. A log that cannot be written stops no training."""
        with contextlib.suppress(OSError):
            _append(self.log_file, f"{now()} {text}")

    def _record_failure(self, error: BaseException, seconds: float) -> None:
        status, reason = _outcome(error)
        if not isinstance(error, SeqlabError | KeyboardInterrupt):
            self.log("".join(traceback.format_exception(error)).rstrip())
        self.update(status=status, reason=reason, ended=now(), seconds=seconds)


def now() -> str:
    """The time in UTC, as it stands in every file of a run."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def finite(value: Any) -> Any:
    """The same value with None for every number that JSON has no word for: NaN and the infinities."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def _outcome(error: BaseException) -> tuple[str, str]:
    """Status and reason."""
    if isinstance(error, DivergedError):
        return "diverged", str(error)
    if isinstance(error, SeqlabError):
        return "failed", str(error)
    if isinstance(error, KeyboardInterrupt):
        return "stopped", str(error) or "interrupted"
    return "failed", machine_error(error) or f"{type(error).__name__}: {error}"


def _append(path: Path, line: str) -> None:
    with path.open("ab", buffering=0) as file:
        file.write(f"{line}\n".encode(errors="backslashreplace"))


def _read_mapping(path: Path) -> dict[str, Any] | None:
    """A JSON file that holds a mapping; None where there is no file."""
    try:
        content = files.read_json(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RequestError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise RequestError(f"{path} is damaged ({error}); {RESTORE}") from error
    if not isinstance(content, dict):
        raise RequestError(f"{path} is damaged: it should hold a mapping; {RESTORE}")
    return content
