"""The received part of a download, which a later attempt can resume."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path

from seqlab import files


@dataclass(frozen=True)
class Origin:
    """The response that the bytes of a partial file belong to.

    `validator`: a strong ETag or a date, empty if there is none; `size`: of the whole file.
    """

    address: str
    validator: str
    size: int | None

    def agrees_with(self, later: Origin) -> bool:
        """Whether a later response is about the same bytes. It may omit the validator, and a size may be new in it."""
        return later.validator in {"", self.validator} and self.size in {None, later.size}


class PartialFile:
    """`NAME.part`, with the origin of its bytes in `NAME.part.json`."""

    def __init__(self, target: Path) -> None:
        self.name = target.name
        self.path = target.with_name(f"{target.name}.part")
        self._origin_path = target.with_name(f"{target.name}.part.json")

    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def resumable(self, address: str) -> tuple[Origin | None, int]:
        """The origin and number of the received bytes, if `address` can send the rest."""
        try:
            origin = Origin(**files.read_json(self._origin_path))
        except (OSError, ValueError, TypeError):
            return None, 0
        received = self.size()
        return (origin, received) if received and origin.validator and origin.address == address else (None, 0)

    def start(self, origin: Origin) -> None:
        """Emptied before the origin is written, so that after a crash no bytes have the origin of others."""
        self.path.write_bytes(b"")
        files.write_json(self._origin_path, asdict(origin))

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)
        self._origin_path.unlink(missing_ok=True)

    def move_to(self, target: Path) -> None:
        with self.path.open("r+b") as file:
            os.fsync(file.fileno())
        self.path.replace(target)
        self._origin_path.unlink(missing_ok=True)
        files.sync_directory(target.parent)
