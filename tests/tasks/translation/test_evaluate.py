"""Evaluating a translator: predictions, the same metrics again, what several references of one source mean."""

import pytest

from seqlab.data.splits import load_splits


def test_predictions_hold_references_and_how_probable_they_were(translator, predictions):
    assert len(predictions) == translator.section("data", "sizes")["test"]["examples"]
    tokens = sum(pair["scores"]["tokens"] for pair in predictions)
    log_probability = sum(pair["scores"]["log_probability"] for pair in predictions)
    assert -log_probability / tokens == pytest.approx(translator.result()["test.loss"], abs=1e-3)
    right = sum(pair["prediction"] in pair["target"] for pair in predictions) / len(predictions)
    assert right == pytest.approx(translator.result()["test.exact_match"], abs=0.02)
    assert "reference" in translator.samples_file.read_text(encoding="utf-8")


def test_evaluating_again_gives_the_figures_of_the_run(loaded, translator):
    again, result = loaded.evaluate("test"), translator.result()
    assert set(again) == {name for name in result if name.startswith("test.")}
    for name, value in again.items():
        assert result[name] == (pytest.approx(value, rel=1e-5) if isinstance(value, float) else value)


def test_evaluation_scores_the_translations_of_translate(loaded, predictions):
    sources = load_splits.load(loaded.experiment.data).splits["test"]["source"][:40]
    assert loaded.translate(sources) == [pair["prediction"] for pair in predictions[:40]]
