"""The wheel is complete: installed elsewhere it trains the quick start, recipes included."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(PROJECT)]
    subprocess.run(command, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


@pytest.mark.process
def test_every_recipe_and_no_test_is_in_the_wheel(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    recipes = {f"seqlab/recipes/{path.relative_to(PROJECT / 'configs')}" for path in PROJECT.glob("configs/**/*.yaml")}
    assert recipes <= set(names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"seqlab"}
    assert any(name.endswith("licenses/LICENSE") for name in names)


@pytest.mark.process
def test_the_installed_wheel_trains_the_quick_start(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed"), "SEQLAB_RUNS_DIR": str(tmp_path / "runs")}
    where = [sys.executable, "-c", "import seqlab; print(seqlab.__file__)"]
    train = [sys.executable, "-m", "seqlab", "train", "quickstart", "--json"]
    found, trained = (
        subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
        for command in (where, train)
    )
    assert Path(found.stdout.strip()).is_relative_to(tmp_path / "installed")
    assert json.loads(trained.stdout)["result"]["test.accuracy"] > 0.9
