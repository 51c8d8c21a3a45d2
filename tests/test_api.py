"""seqlab from Python: what it offers, what it shows, and that the examples of its docstrings are true."""

import doctest
import subprocess
import sys
from types import ModuleType

import pytest
from quick import QUICK

import seqlab
from seqlab import api
from seqlab.config import ConfigError
from seqlab.errors import RequestError
from seqlab.experiment import loaded_run

SHORT = {"training.epochs": 1, "data.size": 200}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEQLAB_RUNS_DIR", raising=False)


def test_completion_offers_the_public_names_and_nothing_else():
    assert sorted(dir(seqlab)) == ["__version__", "compare", "evaluate", "load", "plan", "train"]
    assert [name for name in seqlab.__all__ if not getattr(seqlab, name).__doc__] == []


@pytest.mark.process
def test_importing_it_imports_nothing_heavy():
    code = (
        "import sys, seqlab; print([name for name in ('tensorflow', 'numpy', 'typer', 'rich') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.slow
def test_the_examples_of_the_docstrings():
    """In this order: one trains, the others use the run."""
    finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    run = loaded_run.LoadedRun
    documented = [api.plan, api.train, api.load, api.evaluate, run, run.history, run.predict]
    for item in documented:
        (example,) = finder.find(item, name=str(item), globs={"seqlab": seqlab})
        assert example.examples
        runner.run(example)
    assert runner.failures == 0


def test_overrides_are_strings_and_mappings(tmp_path):
    run = seqlab.train(QUICK, "training.epochs=2", {**SHORT, "model.hidden": 4}, runs_dir=tmp_path, progress=False)
    assert run.metrics["epochs"] == 1  # the last one counts, as on the command line
    assert run.experiment.model.hidden == 4
    assert run.run.directory.parent == tmp_path
    with pytest.raises(ConfigError, match="did you mean 'epochs'"):
        seqlab.train(QUICK, {"training.epoch": 3})


@pytest.mark.slow
def test_progress_is_shown_on_stderr_unless_it_is_not_wanted(capsys):
    run = seqlab.train(QUICK, SHORT)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "epoch 1/1  loss " in shown.err
    run.evaluate()
    silent = seqlab.load(progress=False)
    silent.evaluate()
    seqlab.train(QUICK, SHORT, progress=False)
    shown = capsys.readouterr()
    assert shown.out + shown.err == ""
    assert repr(silent) == f"<seqlab run {run.run.id}: classification>"


def test_progress_in_a_notebook_is_output_of_the_cell(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipykernel", ModuleType("ipykernel"))
    seqlab.train(QUICK, SHORT)
    shown = capsys.readouterr()
    assert shown.err == ""
    assert "epoch 1/1  loss " in shown.out


def test_the_history_is_a_table_of_the_epochs(quick_run, monkeypatch):
    history = seqlab.load(quick_run.directory, progress=False).history
    assert history == quick_run.metrics()
    assert [epoch["epoch"] for epoch in history] == [1, 2, 3]
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(RequestError, match="pip install pandas"):
        history.to_pandas()


def test_the_history_as_a_data_frame(quick_run):
    pytest.importorskip("pandas")
    frame = seqlab.load(quick_run.directory, progress=False).history.to_pandas()
    assert list(frame["epoch"]) == [1, 2, 3]
    assert list(frame["train.loss"]) == [epoch["train.loss"] for epoch in quick_run.metrics()]
