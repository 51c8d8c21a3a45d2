"""The keys in which configs differ, with the origin of each value."""

from recorded_runs import recorded_run

from seqlab.comparison.configs import ConfigDifference, differing_keys


def made(folder, config, **record):
    return recorded_run(folder, "run", None, None, config=config, **record)


def test_values_and_origins(tmp_path):
    one = made(
        tmp_path,
        {"model": {"name": "bag", "hidden": 16, "dropout": 0.5}, "training": {"epochs": 3, "patience": None}},
        origins={"model.hidden": "mine.yaml:4", "training.epochs": "command line"},
    )
    two = made(
        tmp_path,
        {"model": {"name": "recurrent", "units": 8, "dropout": 0.5}, "training": {"epochs": 6, "patience": None}},
        origins={"model.name": "other.yaml:4"},
    )
    assert differing_keys([one, two]) == [
        ConfigDifference("model.name", ("bag", "recurrent"), ("default", "other.yaml:4")),
        ConfigDifference("model.hidden", (16, None), ("mine.yaml:4", "")),
        ConfigDifference("training.epochs", (3, 6), ("command line", "default")),
        ConfigDifference("model.units", (None, 8), ("", "default")),
    ]


def test_older_runs_recorded_the_command_alone(tmp_path):
    command = ["seqlab", "train", "imdb/bigram", "data.take={train: 100}", "training.epochs=1"]
    first = {"data": {"take": {"train": 100}}, "training": {"epochs": 1, "patience": 2}}
    one = made(tmp_path, first, command=command)
    two = made(tmp_path, {"data": {"take": None}, "training": {"epochs": 2, "patience": 3}}, command=["seqlab"])
    assert {each.key: each.origins for each in differing_keys([one, two])} == {
        "data.take.train": ("command line", ""),
        "training.epochs": ("command line", ""),
        "training.patience": ("", ""),
    }


def test_what_is_expected_changes_no_experiment(tmp_path):
    one = made(tmp_path, {"expected": {"test.accuracy": [0.9, 1]}, "runtime": {"seed": 1, "threads": 1}})
    two = made(tmp_path, {"expected": {}, "runtime": {"seed": 2, "threads": 2}})
    assert [each.key for each in differing_keys([one, two])] == ["runtime.seed", "runtime.threads"]
    assert [each.key for each in differing_keys([one, two], ignored=("runtime.seed",))] == ["runtime.threads"]
    assert [each.key for each in differing_keys([one, two], only=("runtime.seed",))] == ["runtime.seed"]
    assert differing_keys([one, one]) == []
