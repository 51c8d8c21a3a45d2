"""A run directory: the paths of its files, reading them, and writing them from one process at a time."""

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
from typing import TYPE_CHECKING, Any

from seqlab import files
from seqlab.errors import DataError, RequestError, SeqlabError, describe_system_error
from seqlab.runs import contents, lock
from seqlab.runs.contents import RESTORE

if TYPE_CHECKING:
    from seqlab.runs.records import RunRecord

FORMAT = 1
"""Version of `run.json` and the files beside it. Every released format stays readable."""


@dataclass(frozen=True)
class Run:
    """A run, identified by its directory. Runs are self-contained and can be moved."""

    directory: Path

    @property
    def id(self) -> str:
        return self.directory.name

    @property
    def config_file(self) -> Path:
        """The resolved config, which can be trained again as is."""
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
    def tensorboard_directory(self) -> Path:
        return self.directory / "tensorboard"

    @property
    def log_file(self) -> Path:
        return self.directory / "run.log"

    @property
    def notes_file(self) -> Path:
        """What the user says of the run: no part of what was trained."""
        return self.directory / "annotations.json"

    @property
    def lock_file(self) -> Path:
        return self.directory / lock.FILE

    @property
    def speed_unit(self) -> str:
        """What is counted in the speeds of its metrics. Older versions did not record it."""
        return self.metadata().get("speed_unit", "examples")

    def refuse_unsafe_contents(self) -> None:
        """Raises RequestError unless the directory contains only regular files and folders; see `contents`."""
        contents.refuse_unsafe(self.directory)

    def metadata(self) -> RunRecord:
        """The content of `run.json`. Raises RequestError if the directory is not a run that this version can read."""
        from seqlab.runs.records import read_run

        return read_run(self.metadata_file, FORMAT)

    def section(self, *names: str) -> dict[str, Any]:
        """A nested mapping of `run.json`. Raises RequestError if it is missing."""
        found: object = self.metadata()
        for name in names:
            found = found.get(name) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            raise RequestError(f"{self.metadata_file} is damaged ('{'.'.join(names)}' is missing): {RESTORE}")
        return found

    def status(self) -> str:
        """`running`, `finished`, `stopped`, `failed` or `diverged`; `killed` for `running` without a live process."""
        return self.status_from(self.metadata())

    def status_from(self, metadata: RunRecord) -> str:
        """The status according to metadata read earlier; `damaged` if it contains none."""
        status = metadata.get("status", "damaged")
        return "killed" if status == "running" and not lock.is_held(self.lock_file) else status

    def metrics(self) -> list[dict[str, Any]]:
        """The lines of `metrics.jsonl`. Incomplete ones (the process was killed) are skipped."""
        from seqlab.runs.records import read_metrics

        return read_metrics(self.metrics_file)

    def result(self) -> dict[str, Any]:
        """The content of `result.json`; empty if it does not exist yet."""
        from seqlab.runs.records import read_result

        return read_result(self.result_file, FORMAT)

    @contextlib.contextmanager
    def writing(self, spent: float = 0.0) -> Iterator[Callable[[], float]]:
        """Hold the run's lock while the block runs, and record how it ends.

        The status is `running` inside and `finished`, `stopped` (Ctrl-C, pruned), `diverged` or `failed` after. If its
        process is killed, it stays `running`, which is displayed as `killed`. If resuming is refused (RequestError),
        metadata and config are restored. Raises SeqlabError if another process writes the run, and RequestError if it
        contains what could lead writes out of it.

        Yields a function that returns the total seconds of all processes that wrote the run. `spent` are the seconds
        recorded by the last checkpoint, because a killed process cannot record them in `run.json`.
        """
        self.refuse_unsafe_contents()
        with lock.hold(self.lock_file):
            for directory in (self.directory, self.model_directory, self.predictions_file("test").parent):
                files.sweep(directory)
            metadata, started = self.metadata(), time.perf_counter()
            for path in (self.metrics_file, self.log_file):
                files.unshare(path)
            before = {path: files.read_bytes(path) for path in (self.metadata_file, self.config_file) if path.exists()}
            spent = max(spent, metadata.get("seconds") or 0.0)

            def seconds() -> float:
                return spent + time.perf_counter() - started

            self.update(status="running", reason=None, ended=None, files=None, seconds=spent)
            try:
                yield seconds
            except BaseException as error:
                # The original error matters more than a failure to record it (a full disk).
                with contextlib.suppress(OSError):
                    if isinstance(error, RequestError) and "ended" in metadata:
                        for path, content in before.items():
                            files.write_bytes(path, content)
                    else:
                        self._record_failure(error, seconds())
                raise
            self.update(status="finished", ended=now(), seconds=seconds())

    def update(self, **metadata: Any) -> None:
        """Add metadata to `run.json`, or replace it."""
        files.write_json(self.metadata_file, json_safe({**self.metadata(), **metadata}))

    def _update_in_place(self, **metadata: Any) -> None:
        """The same where no new file can be made (no inodes or blocks are left): not atomic, but the file exists."""
        content = json.dumps(json_safe({**self.metadata(), **metadata}), ensure_ascii=False, indent=2)
        with self.metadata_file.open("r+", encoding="utf-8", newline="\n") as file:
            file.write(f"{content}\n")
            file.truncate()

    def append_metrics(self, metrics: Mapping[str, Any]) -> None:
        """Append a line to `metrics.jsonl` in a single write, so that readers never see half a line."""
        _append(self.metrics_file, json.dumps(json_safe(metrics), ensure_ascii=False, allow_nan=False))

    def metrics_size(self) -> int:
        """Current size of `metrics.jsonl` in bytes."""
        return self.metrics_file.stat().st_size if self.metrics_file.exists() else 0

    def cut_metrics(self, size: int) -> None:
        """Truncate `metrics.jsonl` to `size` bytes, dropping the lines written after a checkpoint."""
        if self.metrics_file.exists():
            with self.metrics_file.open("r+b") as file:
                file.truncate(min(size, self.metrics_size()))

    def write_result(self, result: Mapping[str, Any]) -> None:
        """Write `result.json`, the last file of a run."""
        files.write_json(self.result_file, json_safe(result))

    def seal(self) -> None:
        """Record the checksum of every file needed for prediction, and the names of the plots; a trained run no longer
        changes."""
        plots = sorted(path.relative_to(self.directory).as_posix() for path in self.plots_directory.glob("*.png"))
        self.update(files=files.checksums(self.directory, self._files_for_prediction()), plots=plots)

    def recorded_files(self) -> set[str] | None:
        """The files that training wrote by its own record: paths in the run. None: it has none yet."""
        metadata = self.metadata()
        recorded = metadata.get("files")
        return None if recorded is None else {*recorded, *metadata.get("plots", ())}

    def refuse_changes(self) -> None:
        """Raises DataError if a file differs from what training wrote: damaged, edited, or from another run.

        Unfinished runs and runs older than the checksums are not checked.
        """
        if self.metadata().get("files") is None:
            return
        for name in files.changed(self.directory, self._files_for_prediction(), self.section("files")):
            hint = (
                " (to change a value for one command, pass an override such as data.path=…)"
                if name == self.config_file.name
                else ""
            )
            lost = "was changed after training" if (self.directory / name).exists() else "is missing"
            raise DataError(f"{self.directory / name} {lost}: {RESTORE}{hint}")

    def _files_for_prediction(self) -> list[Path]:
        """Config, vocabularies and model: no metadata, no results, no notes, no temporary files."""
        records = {self.metadata_file, self.result_file, self.notes_file}
        found = [path for pattern in ("config.yaml", "*.json", "model/*") for path in self.directory.glob(pattern)]
        return [path for path in found if path.is_file() and path not in records and not files.is_temporary(path)]

    def log(self, text: str) -> None:
        """Append a line to `run.log`. Errors are ignored: a failed write must not stop training."""
        with contextlib.suppress(OSError):
            _append(self.log_file, f"{now()} {text}")

    def _record_failure(self, error: BaseException, seconds: float) -> None:
        status, reason = _outcome(error)
        if not isinstance(error, SeqlabError | KeyboardInterrupt):
            self.log("".join(traceback.format_exception(error)).rstrip())
        ended = {"status": status, "reason": reason, "ended": now(), "seconds": seconds}
        try:
            self.update(**ended)
        except OSError:
            self._update_in_place(**ended)


def now() -> str:
    """The current time in UTC, in the format used by every file of a run."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def json_safe(value: Any) -> Any:
    """Replace NaN and infinities, which JSON cannot represent, with None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: json_safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_safe(item) for item in value]
    return value


def _outcome(error: BaseException) -> tuple[str, str]:
    """Status and reason of a run that ended with `error`."""
    if isinstance(error, SeqlabError):
        return error.status, str(error)
    if isinstance(error, KeyboardInterrupt):
        return "stopped", str(error) or "interrupted"
    return "failed", describe_system_error(error) or f"{type(error).__name__}: {error}"


def _append(path: Path, line: str) -> None:
    with path.open("ab", buffering=0) as file:
        file.write(f"{line}\n".encode(errors="backslashreplace"))
