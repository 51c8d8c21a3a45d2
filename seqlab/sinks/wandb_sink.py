"""Weights & Biases: https://docs.wandb.ai."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from seqlab.sinks.sink import SINKS, Connection, ReportedRun, Sink

Name = Annotated[str, Field(min_length=1, max_length=128)]
INIT_SECONDS = 30.0
QUIET: Mapping[str, Any] = {
    "silent": True,
    "console": "off",
    "init_timeout": INIT_SECONDS,
    "login_timeout": INIT_SECONDS,
    "disable_code": True,
    "disable_git": True,
    "disable_job_creation": True,
    "save_code": False,
    "x_disable_stats": True,
    "x_disable_meta": True,
    "x_disable_machine_info": True,
    "x_save_requirements": False,
}
"""Nothing is sent of the code and of the machine; of the output, nothing is taken."""


@SINKS.add
class WeightsAndBiases(Sink):
    """Weights & Biases: the config, the metrics of each epoch, the result as the summary, and the status."""

    package: ClassVar[str] = "wandb"
    install: ClassVar[str] = 'pip install "seqlab[wandb]"'

    name: Literal["wandb"] = "wandb"
    project: Name = "seqlab"
    """Name of the project."""
    entity: Name | None = None
    """User or team that has the project; null: that of the login (`wandb login`, or WANDB_API_KEY)."""
    mode: Literal["online", "offline"] | None = None
    """`offline`: files in WANDB_DIR (by default `wandb/`) that `wandb sync` sends later; null: WANDB_MODE, else
    online."""

    def connect(self, run: ReportedRun) -> Connection:
        return _WandbRun(self, run)


class _WandbRun(Connection):
    def __init__(self, options: WeightsAndBiases, run: ReportedRun) -> None:
        import wandb

        self._run = wandb.init(
            project=options.project,
            entity=options.entity,
            mode=options.mode,
            id=run.reference,  # None: a new one; run ids of seqlab are unique in their folder alone
            name=run.id,
            group=run.tags.get("group"),
            resume=None if run.reference is None else "allow",
            config={**run.config, "seqlab": dict(run.tags)},
            allow_val_change=True,
            settings=wandb.Settings(**QUIET),
        )
        self.reference = self._run.id

    def steps(self) -> Collection[int]:
        return range(self._run.step)  # the next one that it takes

    def log(self, metrics: Mapping[str, float], *, step: int, time: float) -> None:
        self._run.log({**metrics, "time": time}, step=step)

    def summarize(self, result: Mapping[str, float | str], *, step: int, time: float) -> None:
        self._run.summary.update(dict(result))

    def finish(self, status: str) -> None:
        self._run.summary["status"] = status
        self._run.finish(exit_code=0 if status == "finished" else 1)
