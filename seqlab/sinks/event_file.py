"""Event files, as TensorBoard reads them: records of TensorFlow's `Event`.

Written here, because `tf.summary` needs the package tensorboard, which TensorFlow does not install any more.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqlab import runtime

NAME = re.compile(r"events\.out\.tfevents\.(\d{10})\.seqlab")
VERSION = "brain.Event:2"
TENSOR = 2
"""`DATA_CLASS_TENSOR` of TensorFlow's `DataClass`: what a text is."""


class EventFile:
    """A new event file in a directory, which continues those that are there. Each call writes it to the end.

    TensorBoard forgets what earlier files have from `first_step` on: a resumed training does those steps again. Every
    method raises OSError or TensorFlow's OpError if the file cannot be written.
    """

    def __init__(self, directory: Path, first_step: int) -> None:
        tf = runtime.tensorflow()
        directory.mkdir(parents=True, exist_ok=True)
        self._event = tf.compat.v1.Event
        self._writer = tf.io.TFRecordWriter(str(directory / _next_name(directory)))
        log = tf.compat.v1.SessionLog
        self._write(time.time(), file_version=VERSION)
        self._write(time.time(), step=first_step, session_log=log(status=log.START))

    def scalars(self, values: Mapping[str, float], *, step: int, time: float) -> None:
        """Numbers by tag; `time`: in seconds since 1970."""
        summary = runtime.tensorflow().compat.v1.Summary()
        for tag, value in values.items():
            summary.value.add(tag=tag, simple_value=value)
        self._write(time, step=step, summary=summary)

    def text(self, tag: str, markdown: str, *, step: int, time: float) -> None:
        """A text, which TensorBoard shows as Markdown."""
        tf = runtime.tensorflow()
        metadata = tf.compat.v1.SummaryMetadata(data_class=TENSOR)
        metadata.plugin_data.plugin_name = "text"
        tensor = tf.make_tensor_proto(markdown.encode("utf-8", errors="backslashreplace"))
        summary = tf.compat.v1.Summary()
        summary.value.add(tag=tag, metadata=metadata, tensor=tensor)
        self._write(time, step=step, summary=summary)

    def close(self) -> None:
        """The file is complete without it."""
        self._writer.close()

    def _write(self, wall_time: float, **event: Any) -> None:
        self._writer.write(self._event(wall_time=wall_time, **event).SerializeToString())
        self._writer.flush()


def event_files(directory: Path) -> list[Path]:
    """The event files in a directory, from the oldest to the newest."""
    return sorted(path for path in directory.glob("events.out.tfevents.*") if NAME.fullmatch(path.name))


def _next_name(directory: Path) -> str:
    """TensorBoard reads files in the order of their names, which is that of their times, and no clock may change it."""
    before = [int(found[1]) for path in event_files(directory) if (found := NAME.fullmatch(path.name))]
    return f"events.out.tfevents.{max(int(time.time()), *(each + 1 for each in before), 0):010d}.seqlab"
