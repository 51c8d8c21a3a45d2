"""Comparisons of recorded runs: what is compared, what is told of seeds and data, and what is refused."""

import json

import numpy as np
import pytest
from recorded_runs import SPLITS, predictions, recorded_run

from seqlab.comparison import compare, find_runs
from seqlab.comparison.compare import measured_of, name_of
from seqlab.errors import RequestError


def lines(share, seed, number=200):
    """Predictions of which so many are right."""
    random = np.random.default_rng(seed)
    targets = ["a", "b"] * (number // 2)
    rows = []
    for target in targets:
        of_target = 0.9 if random.random() < share else 0.2
        rows.append([of_target, 1 - of_target] if target == "a" else [1 - of_target, of_target])
    return predictions(["a", "b"], targets, rows)


def made(folder, name, share=0.7, seed=1, **settings):
    return recorded_run(folder, name, lines(share, seed + 50), lines(share, seed), **settings)


@pytest.fixture
def pair(tmp_path):
    result = {"test.accuracy": 0.5, "test.loss": 0.25, "test.f1.a": 0.5, "epochs": 3, "test.bleu_signature": "x"}
    one = made(tmp_path, "one", config={"training": {"epochs": 3}}, result=result, parameters=100)
    two = made(tmp_path, "two", 0.9, 2, config={"training": {"epochs": 5}}, result={**result, "epochs": 5})
    return one, two


def test_two_runs(pair):
    found = compare([[run] for run in pair])
    assert (found.split, found.size, found.noun) == ("test", 200, "items")
    assert found.names == tuple(run.id for run in pair)
    (difference,) = found.differences
    assert list(difference) == ["test.accuracy", "test.macro_f1", "test.log_loss"]
    assert difference["test.accuracy"].p < 0.001
    assert [(each.key, each.values) for each in found.config] == [("training.epochs", (3, 5))]
    assert found.metrics == {"test.loss": (0.25, 0.25), "parameters": (100, None), "epochs": (3, 5)}
    assert "One run each says nothing about seeds" in found.noise
    assert found.notes == ()


def test_json_has_the_fixed_names(pair):
    found = json.loads(json.dumps(compare([[run] for run in pair]).as_json()))
    difference = found["difference"]["test.accuracy"]
    assert {"a", "b", "delta", "interval", "p", "test", "verdict"} <= difference.keys()
    assert len(difference["interval"]) == 2
    assert found["config"] == {"training.epochs": [3, 5]}
    assert found["comparisons"] == [
        {"a": pair[0].id, "b": pair[1].id, "difference": found["difference"]},
    ]
    assert found["items"] == 200


def test_a_run_against_itself(pair):
    found = compare([[pair[0]], [pair[0]]])
    assert {each.p for each in found.differences[0].values()} == {1.0}
    assert found.config == ()


def test_few_items_are_said(tmp_path):
    runs = [recorded_run(tmp_path, "few", None, lines(share, 1, 20), result={}) for share in (0.5, 0.9)]
    assert compare([[run] for run in runs]).notes == (
        "there are only 20 items to draw from: the intervals are rough, and too narrow",
    )


def test_validation_is_compared_where_there_is_no_test_or_it_is_asked_for(tmp_path, pair):
    assert compare([[run] for run in pair], split="validation").split == "validation"
    splits = {name: SPLITS[name] for name in ("train", "validation")}
    runs = [made(tmp_path, "short", splits=splits), made(tmp_path, "short", splits=splits)]
    assert compare([[run] for run in runs]).split == "validation"
    with pytest.raises(RequestError, match=r"-short has no test split; its splits are train, validation"):
        compare([[run] for run in runs], split="test")
    with pytest.raises(RequestError, match="record predictions for test and validation, not for 'train'"):
        compare([[run] for run in pair], split="train")


class TestGroups:
    @pytest.fixture
    def group(self, tmp_path):
        return [
            made(
                tmp_path,
                f"many-seed{seed}",
                0.8,
                seed,
                group="20260101-000000-many",
                config={"runtime": {"seed": seed}},
                result={"test.loss": float(seed)},
            )
            for seed in (1, 2, 3)
        ]

    def test_all_seeds_are_used(self, group, pair):
        found = compare([group, [pair[1]]])
        assert found.names == ("20260101-000000-many", pair[1].id)
        difference = found.differences[0]["test.accuracy"]
        assert difference.test == "hierarchical bootstrap"
        assert difference.a == pytest.approx(
            np.mean([measured_of([run], "test").measures[0].value(0) for run in group])
        )
        assert found.metrics["test.loss"] == (2.0, 0.25)
        assert "runtime.seed" not in [each.key for each in found.config]
        assert "The noise of the seed of B, a single run, is unknown" in found.noise
        assert "With fewer than 5 seeds" in found.noise
        noise = found.as_json()["difference"]["test.accuracy"]["seeds"]
        assert noise["variance_of_seeds"] + noise["variance_of_items"] > 0
        assert noise["deviations"][1] is None

    def test_a_group_is_found_by_its_name(self, tmp_path, group):
        assert find_runs("many", tmp_path) == tuple(group)
        assert find_runs(group[1].id, tmp_path) == (group[1],)
        assert name_of(group[:1]) == group[0].id


class TestRefusals:
    def test_one_run(self, pair):
        with pytest.raises(RequestError, match="needs two runs or more, and got 1 run"):
            compare([[pair[0]]])

    def test_too_many(self, pair):
        with pytest.raises(RequestError, match="27 runs are given, and 26 can be compared at once"):
            compare([[pair[0]]] * 27)

    def test_an_unfinished_run(self, tmp_path, pair):
        with pytest.raises(RequestError, match="is killed: finish it"):
            compare([[pair[0]], [made(tmp_path, "other", finished=False)]])

    @pytest.mark.parametrize("task", ["word_vectors", "of_a_plugin"])
    def test_a_task_without_comparable_predictions(self, tmp_path, pair, task):
        with pytest.raises(RequestError, match=f"is of the task '{task}': runs of .* can be compared"):
            compare([[pair[0]], [made(tmp_path, "other", task=task)]])

    def test_another_task(self, tmp_path, pair):
        with pytest.raises(RequestError, match=r"of the task classification and run .* of regression"):
            compare([[pair[0]], [made(tmp_path, "other", task="regression")]])

    def test_another_test_split(self, tmp_path, pair):
        other = made(tmp_path, "other", splits={**SPLITS, "test": "4" * 64})
        for anyway in (False, True):
            with pytest.raises(RequestError, match=r"different data in test, .* data\.split_seed$"):
                compare([[pair[0]], [other]], other_training_data=anyway)

    def test_other_training_data_only_if_asked(self, tmp_path, pair):
        other = made(tmp_path, "other", splits={**SPLITS, "train": "4" * 64})
        with pytest.raises(RequestError, match=r"have the same test split: .* add --other-training-data$"):
            compare([[pair[0]], [other]])
        found = compare([[pair[0]], [other]], other_training_data=True)
        assert found.notes == (
            f"{pair[0].id} and {other.id} have different data in train: a difference may come from them",
        )
