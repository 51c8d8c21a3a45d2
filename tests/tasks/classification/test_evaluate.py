"""The evaluation of a classifier, from given logits."""

import numpy as np
import pytest

from seqlab.data.ragged import Ragged
from seqlab.data.store import Store
from seqlab.metrics.classification import CLASSIFICATION_METRICS, ClassificationOutputs
from seqlab.tasks.classification.evaluate import SHOWN_MISTAKES, ClassificationEvaluation

LABELS = ("no", "perhaps", "yes")


def evaluation(logits, targets):
    outputs = ClassificationOutputs(LABELS, np.array(targets), np.array(logits, np.float32))
    names = [f"text {number}" for number in range(len(targets))]
    store = Store({"text": Ragged.from_texts(names), "content_ids": np.array([name.encode() for name in names])})
    return ClassificationEvaluation(outputs, store, (CLASSIFICATION_METRICS.read("accuracy"),))


def test_one_record_per_text_and_the_confusion_matrix():
    made = evaluation([[0, np.log(2), 0], [9, 0, 0]], [1, 2])
    first, second = made.predictions()
    assert (first["id"], first["target"], first["prediction"]) == ("text 0", "perhaps", "perhaps")
    assert first["scores"] == pytest.approx({"no": 0.25, "perhaps": 0.5, "yes": 0.25})
    assert (second["target"], second["prediction"]) == ("yes", "no")
    assert made.metrics()["accuracy"] == 0.5
    assert made.plots()["confusion"].values.tolist() == [[0, 0, 0], [0, 1, 0], [1, 0, 0]]


def test_scores_below_a_millionth_keep_their_order_and_give_the_log_loss_again():
    made = evaluation([[0, 40, 20], [0, 40, 19], [0, 40, 39.123456]], [2, 2, 2])
    scores = [record["scores"]["yes"] for record in made.predictions()]
    assert scores[:2] == [float(f"{np.exp(-20):.6g}"), float(f"{np.exp(-21):.6g}")]
    assert scores == pytest.approx(made.outputs.probabilities[:, 2].tolist(), rel=1e-5, abs=0)
    assert len(str(scores[2])) == len("0.293875")
    assert np.mean(-np.log(scores)) == pytest.approx(made.metrics()["loss"], rel=1e-5)


def test_samples_are_the_most_confident_mistakes_the_first_of_equal_ones_first():
    logits = [[0, 0, 2], [0, 0, 5], [0, 0, 5], [9, 0, 0], *[[0, 0, 1]] * 20]
    lines = evaluation(logits, [0] * 24).samples().splitlines()
    assert lines[0] == "23 of 24 texts are wrong; the most confident of them:"
    texts = [line for line in lines if line.startswith("text ")]
    assert texts[:4] == ["text 1", "text 2", "text 0", "text 4"]
    assert len(texts) == SHOWN_MISTAKES
