"""What may differ between a training and its continuation."""

import pytest

from seqlab.training.resume_compatibility import ABSENT, differences, refused

BEFORE = {"data": {"name": "csv", "path": "/a"}, "training": {"epochs": 3, "batch_size": 8}, "runtime": {"seed": 1}}


def changed(section, **options):
    return {**BEFORE, section: {**BEFORE.get(section, {}), **options}}


def test_differences_by_dotted_key():
    after = {"data": {"name": "csv"}, "training": {"epochs": 4, "batch_size": 8}, "runtime": {"seed": 1}, "new": {}}
    assert differences(BEFORE, after) == {
        "data.path": ("/a", "(absent)"),
        "training.epochs": (3, 4),
        "new": ("(absent)", {}),
    }
    assert differences(BEFORE, BEFORE) == {}


@pytest.mark.parametrize(
    "after",
    [
        changed("training", epochs=9),
        changed("training", checkpoint={"every_seconds": 1}),
        changed("runtime", device="gpu"),
        changed("expected", accuracy=[0, 1]),
        {**BEFORE, "model": {"decoding": {"unknown_penalty": 6.0}}},
    ],
)
def test_free_changes(after):
    assert refused(BEFORE, after) == {}


@pytest.mark.parametrize(
    ("after", "key", "values"),
    [
        (changed("training", batch_size=16), "training.batch_size", (8, 16)),
        (changed("runtime", seed=2), "runtime.seed", (1, 2)),
        (changed("data", path="/b"), "data.path", ("/a", "/b")),
    ],
)
def test_refused_changes(after, key, values):
    assert refused(BEFORE, after) == {key: values}


def test_epochs_are_free_only_without_a_schedule():
    before = changed("training", schedule={"name": "cosine_decay"})
    after = {**before, "training": {**before["training"], "epochs": 9}}
    assert refused(before, after) == {"training.epochs": (3, 9)}


def test_more_keys_may_be_free():
    after = changed("data", path="/b", validation="/c")
    assert refused(BEFORE, after, free=["data.path"]) == {"data.validation": (ABSENT, "/c")}
    assert refused(BEFORE, after, free=["data.path", "data.validation"]) == {}
    assert refused(BEFORE, changed("data", paths="/b"), free=["data.path"]) == {"data.paths": (ABSENT, "/b")}
