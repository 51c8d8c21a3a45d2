"""The option `training.sinks`: read, described, and without secrets."""

import pytest
from quick import QUICK

from seqlab.config import ConfigError, dump, load
from seqlab.config.schema import json_schema
from seqlab.sinks.mlflow_sink import Mlflow
from seqlab.sinks.wandb_sink import WeightsAndBiases

SECRET = "hunter2"


def sinks(*overrides):
    return load(QUICK, overrides).experiment.training.sinks


def test_names_and_mappings():
    assert sinks() == ()
    assert sinks("training.sinks=[mlflow, {name: wandb, project: reviews}]") == (
        Mlflow(),
        WeightsAndBiases(project="reviews"),
    )


def test_the_dump_of_a_config_is_a_config():
    given = "training.sinks=[{name: mlflow, tracking_uri: 'http://host:5000'}]"
    dumped = dump(load(QUICK, [given]).experiment)
    assert load(dumped).experiment.training.sinks == (Mlflow(tracking_uri="http://host:5000"),)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("[mlfow]", "unknown sink 'mlfow'; did you mean 'mlflow'? available: mlflow, wandb"),
        ("[{name: wandb, projekt: x}]", "unknown key 'projekt'; did you mean 'project'? available: name, project, "),
        ("[{name: wandb, mode: off}]", "unknown value 'off'; "),
        ("[{name: mlflow, experiment: ''}]", "'' is too short"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(given, message):
    with pytest.raises(ConfigError) as error:
        sinks(f"training.sinks={given}")
    (problem,) = error.value.problems
    assert problem.message.startswith(message)
    assert problem.column is not None


@pytest.mark.parametrize(
    "address", [f"http://me:{SECRET}@host:5000", f"https://{SECRET}@host", f"http://a:b@{SECRET}@h"]
)
def test_an_address_with_a_password_is_refused_and_not_shown(tmp_path, address):
    file = tmp_path / "mine.yaml"
    file.write_text(
        "task: classification\ndata: synthetic\nvectorizer: words\nmodel: bag\n"
        f"training: {{sinks: [{{name: mlflow, tracking_uri: '{address}'}}]}}\n",
        encoding="utf-8",
    )
    for given in (
        lambda: load(file),
        lambda: load(QUICK, [f"training.sinks=[{{name: mlflow, tracking_uri: '{address}'}}]"]),
        lambda: load({**QUICK, "training": {"sinks": [{"name": "mlflow", "tracking_uri": address}]}}),
    ):
        with pytest.raises(ConfigError) as error:
            given()
        assert "which would be written into the run: leave them out" in " ".join(str(error.value).split())
        assert SECRET not in str(error.value)


def test_a_folder_of_mlflow_is_relative_to_the_config(tmp_path):
    file = tmp_path / "mine.yaml"
    for given, expected in {
        "./mlruns": str(tmp_path / "mlruns"),
        "databricks": "databricks",
        "databricks://profile": "databricks://profile",
        "sqlite:///mlflow.db": "sqlite:///mlflow.db",
    }.items():
        file.write_text(
            "task: classification\ndata: synthetic\nvectorizer: words\nmodel: bag\n"
            f"training: {{sinks: [{{name: mlflow, tracking_uri: '{given}'}}]}}\n",
            encoding="utf-8",
        )
        (sink,) = load(file).experiment.training.sinks
        assert sink.tracking_uri == expected


def test_the_schema_describes_the_sinks():
    schema = json_schema()["allOf"][0]["then"]["properties"]["training"]["properties"]["sinks"]
    assert schema["items"]["anyOf"][0] == {"enum": ["mlflow", "wandb"]}
    assert set(schema["items"]["anyOf"][2]["properties"]) == {"name", "project", "entity", "mode"}
