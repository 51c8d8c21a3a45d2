"""Evaluating a run: metrics, predictions, the same again."""

import json

import numpy as np
import pytest

from seqlab import experiment


def test_results_are_flat_numbers_under_stable_names(quick_run):
    result = quick_run.result()
    wanted = {"test.accuracy", "test.loss", "test.macro_f1", "test.f1.positive", "test.calibration_error"}
    wanted |= {"validation.accuracy", "train.loss", "train.seconds", "best_epoch", "peak_memory_mb", "seconds"}
    assert result.keys() >= wanted
    assert all(isinstance(value, int | float) for value in result.values())


def test_predictions_add_up_to_the_figures(quick_run):
    for split in ("validation", "test"):
        lines = [json.loads(line) for line in quick_run.predictions_file(split).read_text("utf-8").splitlines()]
        assert len(lines) == quick_run.metadata()["data"]["sizes"][split]["examples"]
        right = np.mean([line["target"] == line["prediction"] for line in lines])
        assert right == pytest.approx(quick_run.result()[f"{split}.accuracy"])
        loss = -np.mean([np.log(line["scores"][line["target"]]) for line in lines])
        assert loss == pytest.approx(quick_run.result()[f"{split}.loss"], rel=1e-4)
        assert all(max(line["scores"], key=line["scores"].get) == line["prediction"] for line in lines)


def test_evaluate_repeats_the_figures_to_the_last_digit(quick_run):
    loaded = experiment.load(quick_run)
    for split in ("validation", "test"):
        figures = loaded.evaluate(split)
        assert figures == {name: quick_run.result()[name] for name in figures}
