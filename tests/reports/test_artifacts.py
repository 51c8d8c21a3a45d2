"""The files of a run's reports."""

import json

import numpy as np

from seqlab.reports.artifacts import write_plots, write_predictions, write_samples
from seqlab.tasks.evaluation import Matrix


class OddEvaluation:
    """Its texts hold what a terminal would execute, its scores what JSON cannot write."""

    def predictions(self):
        yield {"id": "a", "target": "ü\u2028", "scores": {"loss": float("inf")}}
        yield {"id": "b", "target": "\n", "scores": {"loss": 0.5}}

    def samples(self):
        return "first\tline\n\x1b[31mred\n"


def test_predictions_are_one_valid_json_object_per_line(tmp_path):
    write_predictions(OddEvaluation(), tmp_path / "predictions" / "test.jsonl")
    lines = (tmp_path / "predictions" / "test.jsonl").read_bytes().decode("utf-8").removesuffix("\n").split("\n")
    first, second = map(json.loads, lines)
    assert (first["target"], second["target"], second["scores"]["loss"]) == ("ü\u2028", "\n", 0.5)
    assert "Infinity" not in lines[0]


def test_samples_keep_their_lines_and_nothing_that_a_terminal_executes(tmp_path):
    write_samples(OddEvaluation(), tmp_path / "samples.txt")
    assert (tmp_path / "samples.txt").read_text("utf-8") == "first\tline\n\\x1b[31mred\n"


def test_plots_are_written_under_their_names(tmp_path, pictures):
    matrix = Matrix("t", "r", "c", ("a$", "\x1b"), np.array([[1, 0], [0, 0]]))
    write_plots([{"epoch": 1, "train.loss": 0.5}], 1, {"confusion": matrix}, "test", tmp_path / "plots")
    assert {path.name for path in (tmp_path / "plots").iterdir()} == {"curves.png", "confusion.png"}
    write_plots([], 1, {}, "test", tmp_path / "none")
    assert not (tmp_path / "none").exists()
