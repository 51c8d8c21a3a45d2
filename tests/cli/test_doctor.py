"""`seqlab doctor`, without importing TensorFlow."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import Result

from seqlab import runtime
from seqlab.cli.doctor import missing_for_gpu
from seqlab.errors import SeqlabError

Invoke = Callable[..., Result]


def _tensorflow(*devices: str) -> SimpleNamespace:
    listed = [SimpleNamespace(name=name) for name in devices]
    config = SimpleNamespace(list_physical_devices=lambda: listed)
    return SimpleNamespace(config=config, test=SimpleNamespace(is_built_with_cuda=lambda: True))


def test_versions_devices_and_directories(invoke: Invoke, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(runtime, "tensorflow", lambda: _tensorflow("/physical_device:CPU:0"))
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path / "cache"))
    result = invoke("doctor", "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["devices"] == "/physical_device:CPU:0"
    assert found["no GPU"]
    assert str(tmp_path / "cache") in found["cache"]
    assert "does not exist yet" in found["cache"]
    assert found["data"] == "SEQLAB_DATA_DIR is not set"
    assert "GB free" in found["runs"]
    assert {"python", "seqlab", "platform", "network"} <= found.keys()


def test_a_gpu(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "tensorflow", lambda: _tensorflow("/physical_device:GPU:0"))
    shown = invoke("doctor").stdout
    assert "GPU:0" in shown
    assert "no GPU" not in shown


def test_a_broken_tensorflow_is_reported_and_no_failure(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise SeqlabError("cannot import TensorFlow: no wheel")

    monkeypatch.setattr(runtime, "tensorflow", fail)
    result = invoke("doctor")
    assert result.exit_code == 0
    assert "cannot import TensorFlow: no wheel" in result.stdout


@pytest.mark.parametrize(
    ("built", "system", "driver", "packages", "reason"),
    [
        (True, "Windows", False, (), "WSL2"),
        (True, "Darwin", False, (), "macOS"),
        (True, "Linux", False, (), "no NVIDIA driver"),
        (False, "Linux", True, (), "built without CUDA"),
        (True, "Linux", True, ("numpy",), "CUDA libraries are missing"),
        (True, "Linux", True, ("nvidia-cudnn-cu12",), "cannot use them"),
    ],
)
def test_what_is_missing_for_a_gpu(
    built: bool, system: str, driver: bool, packages: tuple[str, ...], reason: str
) -> None:
    found = missing_for_gpu(built_with_cuda=built, system=system, has_driver=driver, packages=packages)
    assert reason in found
