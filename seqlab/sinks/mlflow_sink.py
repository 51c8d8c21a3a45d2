"""MLflow: https://mlflow.org/docs/latest/ml/tracking."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from seqlab.registry import absolute
from seqlab.runs.selection import flattened, shown
from seqlab.sinks.sink import SINKS, Address, Connection, ReportedRun, Sink

STATUS = {"finished": "FINISHED", "failed": "FAILED", "diverged": "FAILED", "stopped": "KILLED", "killed": "KILLED"}
"""Of a run → of MLflow."""
NO_NAME = re.compile(r"[^\w\-. :/]", re.ASCII)
"""What MLflow refuses in the names of metrics, parameters and tags."""
LONGEST_NAME, LONGEST_VALUE = 250, 5000
"""Characters that MLflow takes."""
OF_EPOCHS = "epoch"
"""The metric that tells which epochs a run in MLflow has."""
SETTINGS = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",  # what failed is sent again after the next epoch
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
"""Settings of MLflow's client, unless the user has others: seconds for a request, instead of minutes."""


def _absolute_path(value: str, info: ValidationInfo) -> str:
    """A path is relative to the config's file, like all others; an address and a name such as `databricks` stay."""
    return value if re.match(r"\w[\w+.-]*:", value) or value.isidentifier() else absolute(value, info)


@SINKS.add
class Mlflow(Sink):
    """MLflow: the config as parameters, the metrics of each epoch, the result and the status."""

    package: ClassVar[str] = "mlflow"
    install: ClassVar[str] = 'pip install "seqlab[mlflow]"'

    name: Literal["mlflow"] = "mlflow"
    tracking_uri: Annotated[Address, AfterValidator(_absolute_path)] | None = None
    """Address of the tracking server, or a folder; null: MLFLOW_TRACKING_URI, else what MLflow takes without it. User
    name and password: MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD."""
    experiment: Annotated[str, Field(min_length=1, max_length=500)] = "seqlab"
    """Name of MLflow's experiment; it is created if there is none."""

    @property
    def address(self) -> str | None:
        return self.tracking_uri or os.environ.get("MLFLOW_TRACKING_URI")

    def connect(self, run: ReportedRun) -> Connection:
        for name, value in SETTINGS.items():
            os.environ.setdefault(name, value)
        from mlflow import MlflowClient

        return _MlflowRun(MlflowClient(tracking_uri=self.tracking_uri), self.experiment, run)


class _MlflowRun(Connection):
    def __init__(self, client: Any, experiment: str, run: ReportedRun) -> None:
        self._client = client
        known = self._continued(run.reference) or client.create_run(
            self._experiment_id(experiment), run_name=run.id, tags=_tags(run.tags)
        )
        self.reference: str = known.info.run_id
        if run.reference == self.reference:
            client.update_run(self.reference, status="RUNNING")
        self._log_config(run.config, known.data.params)

    def _continued(self, reference: str | None) -> Any:
        """The run of an earlier process; None if this server does not have it."""
        from mlflow.exceptions import MlflowException

        try:
            return None if reference is None else self._client.get_run(reference)
        except MlflowException as error:
            if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
                return None
            raise

    def _experiment_id(self, name: str) -> str:
        from mlflow.exceptions import MlflowException

        found = self._client.get_experiment_by_name(name)
        if found is None:
            try:
                return str(self._client.create_experiment(name))
            except MlflowException:  # another run created it at the same time
                found = self._client.get_experiment_by_name(name)
                if found is None:
                    raise
        return str(found.experiment_id)

    def _log_config(self, config: Mapping[str, Any], known: Mapping[str, str]) -> None:
        """MLflow's parameters cannot change: what a resumed run changed is a tag `resumed.KEY`."""
        from mlflow.entities import Param, RunTag

        given = {_name(key): shown(value)[:LONGEST_VALUE] for key, value in flattened(config)}
        new = [Param(key, value) for key, value in given.items() if key not in known]
        changed = [RunTag(f"resumed.{key}", value) for key, value in given.items() if known.get(key, value) != value]
        self._client.log_batch(self.reference, params=new, tags=changed)

    def steps(self) -> Collection[int]:
        return {metric.step for metric in self._client.get_metric_history(self.reference, OF_EPOCHS)}

    def log(self, metrics: Mapping[str, float], *, step: int, time: float) -> None:
        from mlflow.entities import Metric

        named = [Metric(_name(name), value, int(time * 1000), step) for name, value in metrics.items()]
        self._client.log_batch(self.reference, metrics=named)

    def summarize(self, result: Mapping[str, float | str], *, step: int, time: float) -> None:
        from mlflow.entities import RunTag

        texts = {name: value for name, value in result.items() if isinstance(value, str)}
        self.log({name: value for name, value in result.items() if not isinstance(value, str)}, step=step, time=time)
        self._client.log_batch(self.reference, tags=[RunTag(_name(key), value) for key, value in texts.items()])

    def finish(self, status: str) -> None:
        self._client.set_tag(self.reference, "status", status)
        self._client.set_terminated(self.reference, STATUS[status])


def _tags(tags: Mapping[str, str]) -> dict[str, str]:
    """With those that MLflow's own pages show."""
    commit = {"mlflow.source.git.commit": tags["git_commit"]} if "git_commit" in tags else {}
    return {_name(key): value[:LONGEST_VALUE] for key, value in {**tags, **commit}.items()}


def _name(key: str) -> str:
    return NO_NAME.sub("_", key)[:LONGEST_NAME]
