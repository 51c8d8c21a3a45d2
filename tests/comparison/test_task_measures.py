"""What runs of each task are compared by: metrics of the recorded predictions, by hand."""

import numpy as np
import pytest
from recorded_runs import predictions, recorded_run

from seqlab.comparison.task_measures import (
    measured_classes,
    measured_numbers,
    measured_tokens,
    measured_translations,
)
from seqlab.errors import RequestError


def values(measured, run=0):
    return {measure.name: measure.value(run) for measure in measured.measures}


def test_classes(tmp_path):
    lines = predictions(["a", "b"], ["a", "a", "b", "b"], [[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0, 1]])
    run = recorded_run(tmp_path, "run", None, lines)
    measured = measured_classes([run, run], "test")
    # a: precision 1, recall 1/2; b: precision 2/3, recall 1
    assert values(measured) == pytest.approx(
        {"accuracy": 0.75, "macro_f1": (2 / 3 + 4 / 5) / 2, "log_loss": -np.log([0.9, 0.4, 0.8, 1]).mean()}
    )
    assert (measured.items, measured.size, measured.noun) == (4, 4, "items")


def test_the_recorded_prediction_counts_where_probabilities_are_rounded_to_a_tie(tmp_path):
    lines = [{"id": "1", "target": "b", "prediction": "b", "scores": {"a": 0.5, "b": 0.5}}]
    assert values(measured_classes([recorded_run(tmp_path, "run", None, lines)], "test"))["accuracy"] == 1


def test_numbers(tmp_path):
    lines = [{"id": "1", "target": 1.0, "prediction": 3.0}, {"id": "2", "target": 2.0, "prediction": 1.0}]
    assert values(measured_numbers([recorded_run(tmp_path, "run", None, lines)], "test")) == {"mse": 2.5, "mae": 1.5}


def segments(log_probabilities, tokens, **more):
    """Lines of a language model; `more`: lists of further scores."""
    lines, start = [], 1
    for number, (log_probability, count) in enumerate(zip(log_probabilities, tokens, strict=True)):
        scores = {"start": start, "tokens": count, "log_probability": log_probability}
        scores |= {name: values[number] for name, values in more.items()}
        lines.append({"id": f"{count}-{number}", "scores": scores})
        start += count
    return lines


def language_model(folder, *arguments, config=None, result=None, **more):
    lines = segments(*arguments, **more)
    return recorded_run(folder, "run", None, lines, task="language_model", config=config, result=result)


def test_tokens(tmp_path):
    run = language_model(tmp_path, [-20.0, -4.0], [10, 2], correct=[5, 1], characters=[30, 6])
    measured = measured_tokens([run], "test")
    assert values(measured) == pytest.approx(
        {"loss": 2.0, "perplexity": np.exp(2), "accuracy": 0.5, "bits_per_character": 24 / np.log(2) / 36}
    )
    assert (measured.items, measured.size, measured.noun) == (2, 12, "tokens")


def test_what_a_run_did_not_record_is_not_compared(tmp_path):
    runs = [language_model(tmp_path, [-2.0], [4], correct=[1]), language_model(tmp_path, [-2.0], [4])]
    assert list(values(measured_tokens(runs, "test"))) == ["loss", "perplexity"]


def test_a_perplexity_that_no_float_can_hold(tmp_path):
    assert np.isfinite(values(measured_tokens([language_model(tmp_path, [-1e6], [1])], "test"))["perplexity"])


class TestOtherTokens:
    def test_bits_per_character_are_compared_on_stretches_of_the_text(self, tmp_path):
        """Of 9 characters, the first model scores 8, one by one, the second 6, two by two: the last 6 are compared."""
        one = language_model(tmp_path, [-4.0, -2.0], [4, 4], characters=[4, 4])
        two = language_model(tmp_path, [-1.5, -3.0, -1.0], [1, 1, 1], characters=[2, 2, 2])
        measured = measured_tokens([one, two], "test")
        assert (measured.items, measured.size, measured.noun) == (2, 6, "characters")
        assert values(measured) == pytest.approx({"bits_per_character": (2 + 4 / 2) / np.log(2) / 6})
        assert values(measured, 1) == pytest.approx({"bits_per_character": 5.5 / np.log(2) / 6})
        # From the end: 3 characters of each, in nats 1.5 and 0.5 + 2, and 1 + 1.5 and 1.5 + 1.5.
        (measure,) = measured.measures
        assert measure.statistics[0][:, 0] * np.log(2) == pytest.approx([1.5, 2.5])
        assert measure.statistics[1][:, 0] * np.log(2) == pytest.approx([2.5, 3.0])
        assert "bits per character alone" in measured.notes[0]

    def test_without_characters_they_are_refused(self, tmp_path):
        bits = "test.bits_per_character"
        one = language_model(tmp_path, [-4.0], [4], result={bits: 1.5})
        two = language_model(tmp_path, [-4.0], [3], result={bits: 1.25})
        with pytest.raises(
            RequestError, match=r"have different tokens: .*can be compared: 1.5000 and 1.2500\. Compare"
        ):
            measured_tokens([one, two], "test")
        with pytest.raises(RequestError, match=r"did not either\)\. Compare models with the same vectorizer"):
            measured_tokens([one, language_model(tmp_path, [-4.0], [3])], "test")

    def test_text_without_capitals_is_another_text(self, tmp_path):
        runs = [
            language_model(tmp_path, [-4.0], [n], characters=[4], config={"vectorizer": {"lowercase": n == 3}})
            for n in (3, 4)
        ]
        with pytest.raises(RequestError, match=r"only one of them distinguishes capitals \(vectorizer.lowercase\)"):
            measured_tokens(runs, "test")


def test_translations(tmp_path):
    lines = [{"id": "1", "target": ["the cat sees a house"], "prediction": "the cat sees a house"}]
    run = recorded_run(tmp_path, "run", None, lines, task="translation", result={})
    measured = measured_translations([run, run], "test")
    assert values(measured) == pytest.approx({"bleu": 100, "chrf": 100})
    assert (measured.items, measured.noun) == (1, "sentences")


@pytest.mark.parametrize(
    ("measure", "line"),
    [
        (measured_classes, {"target": "a", "prediction": "a", "scores": {"a": 1, "b": 0}}),
        (measured_numbers, {"target": 1, "prediction": 1}),
        (measured_translations, {"target": ["a"], "prediction": "a"}),
    ],
)
def test_other_items_are_refused(tmp_path, measure, line):
    runs = [recorded_run(tmp_path, "run", None, [{"id": name, **line}]) for name in "ab"]
    with pytest.raises(RequestError, match="are for other items"):
        measure(runs, "test")


def test_other_labels_are_refused(tmp_path):
    runs = [
        recorded_run(tmp_path, "run", None, predictions(labels, [labels[0]], [[1, 0]]))
        for labels in (["a", "b"], ["a", "c"])
    ]
    with pytest.raises(RequestError, match="different labels: 'a' and 'b' and 'a' and 'c'"):
        measured_classes(runs, "test")
