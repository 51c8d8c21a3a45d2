"""Checkpoints: everything that training needs to continue as if it had never stopped.

A checkpoint is a directory with the arrays of all variables (weights, optimizer slots, generator states), the best
weights so far, the training state, and a manifest of sizes and sha256 sums, which is written last. The directory is
renamed into place when it is complete. Two are kept: if the newest fails verification, the older one is used.
"""

from __future__ import annotations

import contextlib
import errno
import math
import os
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from seqlab import files
from seqlab.errors import DataError, SeqlabError, system_remedy
from seqlab.training.state import TrainingState
from seqlab.training.weights import refuse_damaged_arrays, restore_arrays, save_arrays

if TYPE_CHECKING:
    import keras

FORMAT = 1
KEPT = 2
ARRAYS, BEST, STATE, MANIFEST = "arrays.safetensors", "best.safetensors", "state.json", "manifest.json"
CONTENTS = {ARRAYS, BEST, STATE}
"""What a manifest may list. `best.safetensors` is missing until validation has chosen an epoch."""
NAME = re.compile(r"[0-9]{9,}-[0-9]{5,}", re.ASCII)
"""Step and epoch. Other folders beside the checkpoints are not ours."""
LARGEST_SHARE = 0.05
"""Largest share of the training time that saves after an epoch may take; a save that would take more is skipped."""


def training_variables(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, carried: Sequence[keras.Variable] = ()
) -> dict[str, keras.Variable]:
    """Every variable that training changes, named by its position, because Keras numbers its names per process."""
    owners = {"model": model.variables, "optimizer": optimizer.variables, "carried": carried}
    return {
        f"{owner}/{place:03d}.{variable.name}": variable
        for owner, variables in owners.items()
        for place, variable in enumerate(variables)
    }


@dataclass
class Checkpoints:
    """The checkpoints of one run.

    `best_weights`: the run's file with the best weights so far. Each checkpoint has its own copy (a hard link, so it
    costs nothing), because a run that resumes from it must not use weights of a later epoch. `facts()`: metadata of
    the run at the time of a save.
    """

    directory: Path
    variables: Mapping[str, keras.Variable]
    best_weights: Path
    facts: Callable[[], Mapping[str, Any]]
    say: Callable[[str], None]
    every_seconds: float | None
    every_epochs: int | None
    saves: int = 0
    seconds: float = 0.0
    _last: float = field(default_factory=time.monotonic)
    _cost: float = 0.0

    @property
    def costs(self) -> dict[str, float]:
        """The number of saves and the seconds they took, as metrics of the run."""
        return {"checkpoint.saves": self.saves, "checkpoint.seconds": self.seconds}

    def after_call(self, state: TrainingState) -> None:
        """Save if `every_seconds` have passed. Called between the compiled calls of an epoch."""
        if self.every_seconds is not None and time.monotonic() - self._last >= self.every_seconds:
            self.save(state)

    def after_epoch(self, state: TrainingState) -> None:
        """Save if `every_epochs` says so and the save is cheap compared with the training since the last one."""
        due = self.every_epochs is not None and (state.epoch - 1) % self.every_epochs == 0
        if due and self._cost <= LARGEST_SHARE * (time.monotonic() - self._last):
            self.save(state)

    def save(self, state: TrainingState) -> None:
        """Write a checkpoint, then delete the oldest."""
        started = time.monotonic()
        target = self.directory / _name(state)
        try:
            if not target.exists():
                with files.new_directory(target) as directory:
                    self._write(directory, state)
        except OSError as error:
            raise self._unwritten(error) from error
        self.prune(KEPT)
        self._last = time.monotonic()
        self._cost = self._last - started
        self.saves, self.seconds = self.saves + 1, self.seconds + self._cost

    def _write(self, directory: Path, state: TrainingState) -> None:
        save_arrays(self.variables, directory / ARRAYS)
        if self.best_weights.exists():
            _link_or_copy(self.best_weights, directory / BEST)
        content = {"format": FORMAT, "position": state.to_json(), "facts": dict(self.facts())}
        files.write_json(directory / STATE, content)
        files.write_json(directory / MANIFEST, _manifest(directory))

    def _unwritten(self, error: OSError) -> SeqlabError:
        size = sum(math.prod(variable.shape) * 4 for variable in self.variables.values()) / 1e6
        why = "the disk is full" if error.errno == errno.ENOSPC else f"{error.strerror or error}"
        kept = "the previous one is intact" if saved(self.directory) else "there is no earlier one"
        remedy = system_remedy(error) or "Free some space (or inodes)"
        return SeqlabError(
            f"{why}: cannot write a checkpoint of {size:,.1f} MB to {self.directory}; "
            f"{kept}. {remedy} and continue with --resume"
        )

    def restore(self) -> TrainingState | None:
        """Load the newest valid checkpoint into the variables and the file of the best weights. None if there is none.

        Raises DataError if a checkpoint is valid but belongs to another model.
        """
        files.sweep(self.directory)
        found = saved(self.directory)
        for directory in reversed(found):
            try:
                state = _verified_state(directory)
            except (OSError, ValueError) as error:  # all that a damaged file can lead to
                self.say(f"checkpoint {directory.name} is damaged ({_reason(error)})")
                continue
            if directory != found[-1]:
                self.say(f"using checkpoint {directory.name} instead")
            restore_arrays(self.variables, directory / ARRAYS)
            self.best_weights.unlink(missing_ok=True)
            if (directory / BEST).exists():
                _link_or_copy(directory / BEST, self.best_weights)
            return state
        if found:
            self.say("no checkpoint is left: training starts again from its beginning")
        return None

    def prune(self, kept: int) -> None:
        """Delete all but the newest `kept` checkpoints. A folder that contains anything else is left as it is."""
        ours = [each for each in saved(self.directory) if _is_ours(each)]
        for directory in ours[: max(len(ours) - kept, 0)]:
            shutil.rmtree(directory, ignore_errors=True)


def saved(directory: Path) -> list[Path]:
    """The checkpoints in a directory, oldest first. Incomplete ones still have a temporary name and are not listed."""
    return sorted(path for path in directory.glob("*-*") if NAME.fullmatch(path.name) and _is_folder(path))


def restorable(directory: Path) -> bool:
    """Whether a checkpoint in a directory can be restored."""
    for checkpoint in reversed(saved(directory)):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            _verified_state(checkpoint)
            return True
    return False


def epochs_done(directory: Path) -> int:
    """The whole epochs before the newest checkpoint in a directory, by its name; 0 if there is none."""
    ours = [path for path in saved(directory) if _is_ours(path)]
    return max((int(path.name.rpartition("-")[2]) - 1 for path in ours[-1:]), default=0)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _name(state: TrainingState) -> str:
    return f"{state.step:09d}-{state.epoch:05d}"


def _is_ours(checkpoint: Path) -> bool:
    """Whether a folder contains a checkpoint of its name, with a manifest of the files there are, and nothing else."""
    try:
        listed = _read_manifest(checkpoint).keys()
        complete = {each.name for each in checkpoint.iterdir()} == {*listed, MANIFEST}
        return complete and _name(_read_state(checkpoint)) == checkpoint.name
    except (DataError, OSError, ValueError, KeyError, TypeError):
        return False


def seconds_spent(directory: Path) -> float:
    """Training time up to the newest readable checkpoint, summed over all processes; 0 if there is none."""
    for checkpoint in reversed(saved(directory)):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            seconds = float(files.read_json(checkpoint / STATE)["facts"]["seconds"])
            return seconds if math.isfinite(seconds) and seconds >= 0 else 0.0
    return 0.0


def _reason(error: Exception) -> str:
    """The first line of what is wrong; of a schema, the first field that does not fit."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{STATE}: '{'.'.join(map(str, first['loc']))}' {first['msg'].replace('Input should be', 'must be')}"
    return str(error).partition("\n")[0]


def _verified_state(directory: Path) -> TrainingState:
    for name, expected in _read_manifest(directory).items():
        file = directory / name
        if file.stat().st_size != expected["size"] or files.sha256_of_file(file) != expected["sha256"]:
            raise ValueError(f"{name} is not what was written")
    refuse_damaged_arrays(directory / ARRAYS)
    state = _read_state(directory)
    if _name(state) != directory.name:
        raise ValueError(f"it is a copy of {_name(state)}")
    return state


def _read_state(directory: Path) -> TrainingState:
    """Raises what a damaged file can lead to, and DataError for a checkpoint of a later version."""
    content = files.read_json(directory / STATE)
    if not isinstance(content, dict) or not isinstance(content.get("format"), int) or "position" not in content:
        raise ValueError(f"{STATE} is not what seqlab writes")
    if content["format"] > FORMAT:
        raise DataError(f"{directory} was written by a newer seqlab (format {content['format']}): upgrade seqlab")
    return TrainingState.from_json(content["position"])


def _read_manifest(directory: Path) -> dict[str, dict[str, Any]]:
    """File name → `size` and `sha256`. Raises OSError or ValueError if the manifest is missing or damaged."""
    manifest = files.read_json(directory / MANIFEST)
    if not isinstance(manifest, dict) or not {ARRAYS, STATE} <= manifest.keys() <= CONTENTS:
        raise ValueError(f"{MANIFEST} does not list the files of a checkpoint")
    if any(not isinstance(expected, dict) or expected.keys() != {"size", "sha256"} for expected in manifest.values()):
        raise ValueError(f"{MANIFEST} does not record the size and sha256 of each file")
    return manifest


def _manifest(directory: Path) -> dict[str, Any]:
    return {
        file.name: {"size": file.stat().st_size, "sha256": files.sha256_of_file(file)}
        for file in sorted(directory.iterdir())
    }


def _link_or_copy(source: Path, target: Path) -> None:
    """Hard link if possible: weight files are replaced and never written in place, so both names stay valid."""
    with contextlib.suppress(OSError):
        os.link(source, target)
        return
    shutil.copyfile(source, target)
