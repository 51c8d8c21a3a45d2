"""Sinks: places outside a run, such as servers, that receive its config and its metrics while it is trained.

To add one, write its options and what they connect to, and add it to the registry:

    @SINKS.add
    class Mailbox(Sink):
        '''A mail after each epoch.'''

        name: Literal["mailbox"] = "mailbox"
        address: str
        '''Who receives it.'''

        def connect(self, run: ReportedRun) -> Connection: ...

`connect` and what it returns run in a process of their own (`delivery.py`): they may be slow, block, raise, print or
crash, and change nothing about the run. The data, the samples and the model of a run are not sent.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, SerializeAsAny, WithJsonSchema
from pydantic_core import PydanticCustomError

from seqlab.errors import RequestError
from seqlab.registry import Component, Registry
from seqlab.text_format import CREDENTIALS


@dataclass(frozen=True)
class ReportedRun:
    """What a sink is told of a run when it begins or continues."""

    id: str
    config: Mapping[str, Any]
    """The resolved config, as in `run.json`."""
    tags: Mapping[str, str]
    """`run`, `task`, `git_commit`, `split_train` …"""
    reference: str | None = None
    """The `reference` of the connection that it had before: it continues there."""


@dataclass(frozen=True)
class Epoch:
    """The metrics of an epoch: `train.loss`, `validation.loss`, `learning_rate`, `examples_per_second` …"""

    step: int
    """The training steps until its end."""
    time: float
    """Its end, in seconds since 1970."""
    metrics: Mapping[str, float]


class Connection(ABC):
    """A run in a sink. Each method may raise: it is called again, with the same arguments, after the next epoch."""

    reference: str
    """What the sink calls the run; `run.json` records it."""

    @abstractmethod
    def steps(self) -> Collection[int]:
        """The steps that the sink has metrics of, from before it was continued."""

    @abstractmethod
    def log(self, metrics: Mapping[str, float], *, step: int, time: float) -> None:
        """The metrics of an epoch that ended after this training step; `time`: then, in seconds since 1970."""

    @abstractmethod
    def summarize(self, result: Mapping[str, float | str], *, step: int, time: float) -> None:
        """The metrics of `result.json`; those that the epochs have too are named `best.…`."""

    @abstractmethod
    def finish(self, status: str) -> None:
        """The run ended: `finished`, `stopped`, `failed`, `diverged`, or `killed` if its process is gone."""


class Sink(Component):
    """A place outside the run that receives its config and metrics."""

    package: ClassVar[str]
    """The Python package that it needs."""
    install: ClassVar[str]
    """What installs it."""

    @property
    def address(self) -> str | None:
        """Where it is, for messages; None: its name says enough."""
        return None

    @abstractmethod
    def connect(self, run: ReportedRun) -> Connection:
        """Begin the run in the sink, or continue it if it has a reference. May raise: it is called again later."""


SINKS: Registry[Sink] = Registry("sink")


def refuse_missing_packages(sinks: Collection[Sink]) -> None:
    """Raises RequestError for a sink whose package is not installed."""
    for sink in sinks:
        if find_spec(sink.package) is None:
            raise RequestError(
                f"training.sinks: '{sink.name}' needs the package {sink.package}: {sink.install}, or train without it: "
                "training.sinks=[]"
            )


def _refuse_credentials(address: str) -> str:
    if CREDENTIALS.search(address):
        raise PydanticCustomError(
            "credentials",
            "the address holds a user name or a password, which would be written into the run: leave them out, and set "
            "the environment variables that hold them",
        )
    return address


def _read(value: Any, info: Any) -> Any:
    return SINKS.read(value, info.context)


Address = Annotated[str, Field(min_length=1), AfterValidator(_refuse_credentials)]
"""Of a server; without a user name and password, because a config is recorded and shown."""
Sinks = Annotated[
    tuple[
        Annotated[SerializeAsAny[Sink], BeforeValidator(_read), WithJsonSchema({"registry": SINKS.kind})],
        ...,
    ],
    Field(strict=False),
]
"""The type of the option `training.sinks`; where its JSON schema belongs: config/schema.py."""
