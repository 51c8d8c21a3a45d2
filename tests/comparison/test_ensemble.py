"""Ensembles of hand-made predictions: weights and metrics by hand and by scikit-learn, and what cannot be combined."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded_runs import SPLITS, predictions, recorded_run, write_predictions
from sklearn.metrics import accuracy_score, f1_score, log_loss, roc_auc_score

from seqlab.comparison import combine
from seqlab.errors import RequestError

LABELS = ["ham", "spam"]
RIGHT, WRONG = [0.2, 0.8], [0.8, 0.2]
"""Of a text whose label is spam."""


def spam(rows):
    return predictions(LABELS, ["spam"] * len(rows), rows)


@pytest.fixture
def pair(tmp_path):
    """On 3/4 of validation the first is right and the second wrong, on the rest the other way round."""
    first = recorded_run(tmp_path, "first", spam([RIGHT] * 75 + [WRONG] * 25), spam([[0.45, 0.55], [0.9, 0.1]]))
    second = recorded_run(tmp_path, "second", spam([WRONG] * 75 + [RIGHT] * 25), spam([[0.95, 0.05], [0.1, 0.9]]))
    return first, second


def test_by_hand(pair):
    first, second = pair
    result = combine(pair)
    assert result.chosen_by == "validation"
    assert result.weights == pytest.approx({first.id: 11 / 12, second.id: 1 / 12}, abs=1e-4)  # see test_mixture.py
    assert result.ensemble["validation.loss"] == pytest.approx(-0.75 * np.log(0.75) - 0.25 * np.log(0.25), abs=1e-6)
    # 11/12 of the first and 1/12 of the second give spam 0.5083 and 0.1667, equal parts 0.3 and 0.5.
    assert result.ensemble["test.accuracy"] == 0.5
    assert result.ensemble["test.loss"] == pytest.approx(-np.log([6.1 / 12, 2 / 12]).mean(), abs=1e-4)
    assert result.equal_weights["test.loss"] == pytest.approx(-np.log([0.3, 0.5]).mean())
    assert result.runs[first.id]["validation.accuracy"] == 0.75
    assert result.runs[second.id]["test.loss"] == pytest.approx(-np.log([0.05, 0.9]).mean())


def test_few_validation_items_choose_nothing(tmp_path):
    pair = [
        recorded_run(tmp_path, "good", spam([RIGHT] * 99), spam([RIGHT])),
        recorded_run(tmp_path, "bad", spam([WRONG] * 99), spam([WRONG])),
    ]
    result = combine(pair)
    assert (result.chosen_by, list(result.weights.values())) == ("equal", [0.5, 0.5])
    assert result.ensemble == result.equal_weights


def test_metrics_are_those_of_scikit_learn(tmp_path):
    """Three classes, three runs, rows in another order in each file."""
    labels, random = ["a", "b", "c"], np.random.default_rng(7)
    targets = {split: random.integers(0, 3, size) for split, size in (("validation", 300), ("test", 400))}
    folder, scores, runs = tmp_path, {"validation": [], "test": []}, []
    for number in range(3):
        lines = {}
        for split, classes in targets.items():
            probabilities = random.dirichlet([1, 1, 1], len(classes))
            probabilities = 0.6 * probabilities + 0.4 * np.eye(3)[classes]
            scores[split].append(probabilities)
            names = [labels[each] for each in classes]
            lines[split] = list(random.permutation(predictions(labels, names, probabilities.tolist())))
        runs.append(recorded_run(folder, f"run-{number}", lines["validation"], lines["test"]))
    result = combine(runs)
    weights = np.array([result.weights[run.id] for run in runs])
    mixed = np.einsum("r,ric->ic", weights, np.stack(scores["test"]))
    assert result.ensemble["test.loss"] == pytest.approx(log_loss(targets["test"], mixed))
    assert result.ensemble["test.accuracy"] == accuracy_score(targets["test"], mixed.argmax(axis=1))
    assert result.ensemble["test.macro_f1"] == pytest.approx(
        f1_score(targets["test"], mixed.argmax(axis=1), average="macro")
    )
    assert result.ensemble["test.roc_auc"] == pytest.approx(roc_auc_score(targets["test"], mixed, multi_class="ovr"))
    for other in (*np.eye(3), np.full(3, 1 / 3), [0.5, 0.3, 0.2]):
        mixed = np.einsum("r,ric->ic", other, np.stack(scores["validation"]))
        assert result.ensemble["validation.loss"] <= log_loss(targets["validation"], mixed) + 1e-7


@pytest.fixture(scope="module")
def equal_runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("equal")
    return [recorded_run(folder, "same", None, None) for _ in range(4)]


@settings(max_examples=15)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=30), st.integers(2, 4), st.sampled_from([1, 100]))
def test_equal_runs_are_the_run(equal_runs, scores, several, copies):
    pairs = [[score, 1 - score] for score in scores]
    for run in equal_runs[:several]:
        write_predictions(run, predictions(LABELS, LABELS * copies, pairs[:2] * copies), spam(pairs))
    result = combine(equal_runs[:several])
    for metrics in result.runs.values():
        assert result.ensemble == pytest.approx(metrics)
    assert result.equal_weights == pytest.approx(result.ensemble)


def test_a_probability_recorded_as_zero_is_small(tmp_path):
    """Six digits: it was less than 5e-7, and the loss is finite."""
    pair = [recorded_run(tmp_path, "sure", spam([[1, 0]] * 100), spam([[1, 0]])) for _ in range(2)]
    assert combine(pair).ensemble["test.loss"] == pytest.approx(-np.log(5e-7), abs=1e-5)


class TestRefusals:
    def test_one_run_and_a_run_twice(self, pair):
        with pytest.raises(RequestError, match="needs two runs or more, and there is 1 run"):
            combine(pair[:1])
        with pytest.raises(RequestError, match=rf"{pair[0].id} is given twice"):
            combine([*pair, pair[0]])

    def test_another_task(self, tmp_path, pair):
        other = recorded_run(tmp_path, "other", [], [], task="translation")
        with pytest.raises(RequestError, match=rf"{other.id} is of the task 'translation': .* only runs of classif"):
            combine([pair[0], other])

    def test_an_unfinished_run(self, tmp_path, pair):
        other = recorded_run(tmp_path, "other", [], [], finished=False)
        with pytest.raises(
            RequestError, match=rf"{other.id} is killed: finish it with `seqlab train --resume {other.id}`"
        ):
            combine([pair[0], other])

    def test_other_splits(self, tmp_path, pair):
        other = recorded_run(tmp_path, "other", [], [], splits=SPLITS | {"validation": "0", "train": "9"})
        with pytest.raises(RequestError, match=rf"{pair[0].id} and {other.id} have different data in train and valida"):
            combine([*pair, other])

    def test_a_missing_split(self, tmp_path, pair):
        other = recorded_run(tmp_path, "other", [], [], splits={"train": SPLITS["train"], "test": SPLITS["test"]})
        with pytest.raises(RequestError, match="have different data in validation, by"):
            combine([pair[0], other])

    def test_other_labels(self, tmp_path, pair):
        lines = predictions(["eggs", "spam"], ["spam"] * 100, [RIGHT] * 100)
        other = recorded_run(tmp_path, "other", lines, lines[:2])
        with pytest.raises(RequestError, match="different labels: 'ham' and 'spam' and 'eggs' and 'spam'"):
            combine([pair[0], other])

    def test_other_items(self, tmp_path, pair):
        other = recorded_run(tmp_path, "other", spam([RIGHT] * 100), spam([RIGHT] * 3))
        with pytest.raises(RequestError, match=rf"test predictions of run {other.id} are for other items"):
            combine([pair[0], other])
