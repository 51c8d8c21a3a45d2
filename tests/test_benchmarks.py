"""The benchmarks, which nothing else runs: what they ask of seqlab is there, their ratios are right, they start."""

import ast
import importlib
import json
import subprocess
import sys

import pytest
from documents import ROOT

FOLDER = ROOT / "benchmarks"
FILES = sorted(FOLDER.rglob("*.py"))
COMMANDS = sorted(path.stem for path in FOLDER.glob("*.py") if "def main" in path.read_text(encoding="utf-8"))
ECHO = "from processes import answer\nanswer(lambda asked: {'asked': asked})\n"


@pytest.mark.slow
def test_all_names_imported_from_seqlab_exist():
    wanted = {
        (path.name, node.module, alias.name)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "seqlab"
        for alias in node.names
    }
    assert len(wanted) > 10
    assert sorted(each for each in wanted if not exists(*each[1:])) == []


def exists(module, name):
    try:
        return hasattr(importlib.import_module(module), name) or importlib.import_module(f"{module}.{name}")
    except ModuleNotFoundError:
        return False


@pytest.mark.parametrize("name", COMMANDS)
def test_it_starts_without_tensorflow_and_tells_its_command(name):
    code = f"import sys; sys.modules['tensorflow'] = None; sys.argv[1:] = ['--help']; import {name}; {name}.main()"
    done = subprocess.run([sys.executable, "-c", code], cwd=FOLDER, capture_output=True, text=True, check=True)
    assert f"python benchmarks/{name}.py" in done.stdout
    assert f"`{name}.py" in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_a_contender_answers_until_it_fails(benchmark, tmp_path):
    processes = benchmark("processes")
    (tmp_path / "echo.py").write_text(ECHO, encoding="utf-8")
    contender = processes.Contender([str(tmp_path / "echo.py")])
    assert contender.ask([1, "ä"]) == {"asked": [1, "ä"]}
    contender.end()
    assert contender.process.returncode == 0
    (tmp_path / "fails.py").write_text("raise ValueError('no such case')", encoding="utf-8")
    with pytest.raises(SystemExit, match="no such case"):
        processes.Contender([str(tmp_path / "fails.py")]).ask(1)
    with pytest.raises(SystemExit, match="no such case"):
        processes.carried_out([str(tmp_path / "fails.py")])


def test_what_was_measured_outlives_a_part_that_fails(benchmark, tmp_path, capsys):
    processes, record = benchmark("processes"), tmp_path / "results" / "a.json"

    def fails(chosen):
        raise ZeroDivisionError

    parts = {"first": (lambda chosen: {"s": chosen.rounds * 2.5}, lambda of: f"{of['s']} s"), "second": (fails, str)}
    options = processes.options_of("what it measures", parts, rounds=3)
    with pytest.raises(ZeroDivisionError):
        processes.carry_out(parts, options.parse_args(["--json", str(record)]))
    assert capsys.readouterr().out == "\n### first\n\n7.5 s\n"
    told = json.loads(record.read_text(encoding="utf-8"))
    assert (told["rounds"], told["first"]) == (3, {"s": 7.5})
    assert {"date", "machine", "versions"} <= told.keys()
    processes.carry_out(parts, options.parse_args(["--only", "first", "--rounds", "1"]))
    assert capsys.readouterr().out == "\n### first\n\n2.5 s\n"


def test_the_record_names_the_instructions_of_the_processor(benchmark, tmp_path):
    processes = benchmark("processes")
    processes.write_record(tmp_path / "a.json", [], {})
    assert "instructions" in json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["machine"]


def test_turns_alternate_and_the_median_counts(benchmark):
    taken = []
    values = {"a": iter([1.0, 9.0, 2.0]), "b": iter([5.0, 4.0, 6.0])}

    def turn(name):
        taken.append(name)
        return next(values[name])

    medians = benchmark("processes").in_turns(3, {name: lambda name=name: turn(name) for name in values})
    assert medians == {"a": 2.0, "b": 5.0}
    assert taken == ["a", "b"] * 3


def test_the_notebook_that_was_stopped_gives_a_lower_bound(benchmark):
    models = benchmark("language_models")
    runs = {
        "seqlab": {"reached": 30.0, "steps": 400, "history": [[20.0, 1.8], [30.0, 1.59]]},
        "notebook": {"reached": None, "steps": 9000, "history": [[600.0, 1.93]]},
        "seqlab again": {"reached": 40.0, "steps": 400, "history": [[40.0, 1.59]]},
    }
    measured = {
        "target": 1.6,
        "seconds": {"seqlab": 40.0, "notebook": 600.0},
        "notebook_reached_it": False,
        "runs": runs,
    }
    table = models.table_of_time({**measured, "megabytes": {"seqlab": 900.0, "notebook": 1000.0}})
    assert "| notebook | stopped at 600 | 1.930 | 9,000 | 1,000 | > 15.0 |" in table
    assert "15.0 times as long or more" in table


def test_ratios_of_speeds_are_ours_over_theirs(benchmark):
    models = benchmark("language_models")
    shape = {"layers": 1, "cell": "gru", "units": 128, "batch": 64, "window": 100}
    rates = ({"seqlab": 400.0, "Keras": 200.0, "PyTorch": 100.0}, {"seqlab": 400.0, "Keras": 50.0})
    rows = [{"recipe": "r", "shape": shape, "characters_per_second": rate} for rate in rates]
    table = models.table_of_steps({"rows": rows})
    assert "| 400 | 200 | 100 | 2.00 | 4.00 |" in table
    assert "ours / Keras: geometric mean 4.00; ours / PyTorch: geometric mean 4.00." in table
    assert models.better({"seqlab": 1.0, "PyTorch": 2.0, "PyTorch, one thread": 3.0}) == {"seqlab": 1.0, "PyTorch": 3.0}


def test_loading_is_compared_with_the_notebook(benchmark):
    seconds = {"the notebook's loop": 3.0, "seqlab, the text": 1.0, "seqlab, its cache": 0.15}
    measured = {"seconds": seconds, "megabytes": dict.fromkeys(seconds, 100.0)}
    table = benchmark("word_vectors").table_of_loading(measured)
    assert "| seqlab, the text | 1.00 | 3.0 | 100 |" in table
    assert "| seqlab, its cache | 0.15 | 20.0 | 100 |" in table


def test_skip_gram_is_compared_with_gensim_and_the_lab_is_extrapolated(benchmark):
    judged = {"spearman": 0.4612, "coverage": 0.946}
    measured = {
        "words_per_second": {"seqlab": 300_000.0, "gensim": 200_000.0},
        "wordsim353": {"seqlab": judged, "gensim": {**judged, "spearman": 0.46}},
        "megabytes": {"seqlab": 900.0, "gensim": 1200.0},
    }
    words = benchmark("word_vectors")
    table = words.table_of_skip_gram(measured)
    assert "| seqlab | 300,000 | 1.50 | 0.461 | 94.6% | 900 |" in table
    assert "| gensim | 200,000 | 1.00 | 0.460 | 94.6% | 1,200 |" in table
    lab = {"seconds": {"seqlab": 20.0, "one by one": 3000.0}, "timed_pairs": 2000, "pairs": 2_500_000}
    table = words.table_of_lab(lab)
    assert "| seqlab | 20 | 150.0 |" in table
    assert table.endswith("extrapolated from 2,000 of 2,500,000 pairs.")


def test_shares_and_padding(benchmark):
    sequences = benchmark("sequences")
    row = {"tokens": 75, "padded": 100, "steps": 10, "seconds_a_step": 0.1, "seconds_an_epoch": 1.0}
    slower = {**row, "padded": 150, "seconds_an_epoch": 2.5}
    table = sequences.table_of_buckets({"buckets": row, "no buckets": slower})
    assert "| no buckets | 50% | 10 | 100 | 2 | 2.50 |" in table
    rows = [
        {"optimizer": "adam", "program": "seqlab", "update": 0.01, "step": 0.1},
        {"optimizer": "adam", "program": "Keras", "update": 0.04, "step": 0.16},
    ]
    assert "| adam | Keras | 40.0 | 160.0 | 25% | 4.00 | 1.60 |" in sequences.table_of_optimizer({"rows": rows})
