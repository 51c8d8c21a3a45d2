"""The task as a whole: trained, resumed, loaded, and compared with scikit-learn."""

import json

import numpy as np
import pytest
from quick import changed_config, comparable, trained, weights_of
from scipy import stats
from sklearn.linear_model import LinearRegression, Ridge

from seqlab import config, experiment
from seqlab.config import ConfigError
from seqlab.data.splits.load_splits import load
from seqlab.errors import RequestError
from seqlab.experiment.load import example_command, refuse_texts

HOUSING = {
    "task": "regression",
    "data": {"name": "synthetic", "size": 700},
    "model": {"name": "tabular", "hidden": 0},
    "training": {"epochs": 2, "optimizer": "adam", "learning_rate": 0.02},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory, pictures):
    return trained(tmp_path_factory.mktemp("runs"), given=HOUSING)


def test_a_run_has_what_a_run_has(run):
    result = run.result()
    names = ("mse", "mae", "r2", "spearman", "baseline_mse", "baseline_mae", "loss")
    assert {f"test.{name}" for name in names} <= set(result)
    assert run.metadata()["parameters"] == 7 * 2 + 10 + 1
    assert (run.directory / "plots" / "predicted.png").is_file()
    lines = [json.loads(line) for line in run.predictions_file("test").read_text("utf-8").splitlines()]
    targets, predictions = (np.array([line[name] for line in lines]) for name in ("target", "prediction"))
    assert result["test.mse"] == pytest.approx(np.mean((targets - predictions) ** 2))
    assert result["test.spearman"] == pytest.approx(stats.spearmanr(targets, predictions).statistic)
    assert "district " in run.samples_file.read_text("utf-8")


def test_loss_is_that_of_standardized_targets_and_the_baseline_is_the_mean_of_training(run):
    result, scale = run.result(), json.loads((run.directory / "target.json").read_text("utf-8"))
    assert result["test.loss"] == pytest.approx(result["test.mse"] / scale["deviation"] ** 2, rel=1e-4)
    lines = run.predictions_file("test").read_text("utf-8").splitlines()
    targets = np.array([json.loads(line)["target"] for line in lines])
    assert result["test.baseline_mse"] == pytest.approx(np.mean((targets - scale["mean"]) ** 2))


def test_a_loaded_run_gives_the_same_figures_and_answers_rows(run):
    loaded = experiment.load(run)
    assert loaded.evaluate("test") == {name: run.result()[name] for name in loaded.evaluate("test")}
    row = {"district": "hills", "area": 60, "rooms": 2, "age": 1, "floor": 0, "distance": 3.5, "balcony": 0}
    row |= {"noise": 50, "energy": 100}
    answer = loaded.predict(row)
    assert [answer] == loaded.predict([row])
    larger, *others = loaded.predict([{**row, "area": 120}, {**row, "district": "moon"}, {**row, "area": None}])
    assert larger.prediction > answer.prediction
    assert all(np.isfinite(other.prediction) for other in others)
    with pytest.raises(RequestError, match="this run reads the columns 'district', 'area'"):
        loaded.predict("a flat")
    with pytest.raises(RequestError, match=r"'district', 'area', .*: give another run"):
        refuse_texts(run, "give another run")
    with pytest.raises(RequestError, match=r'to_dict\("records"\)'):
        loaded.predict(type("DataFrame", (), {})())
    with pytest.raises(RequestError, match="is a regression run and cannot predict with a threshold"):
        loaded.predict([row], threshold=0.5)
    assert example_command(run, "latest") == "seqlab predict latest --file new.csv -o answers.csv"


def linear_table(tmp_path, rows=160):
    """Three numbers, of which the target is a sum with noise: what least squares finds is known."""
    random = np.random.default_rng(5)
    numbers = random.normal(size=(rows, 3)) * [1, 10, 0.1] + [0, 5, -3]
    target = numbers @ [2, -0.3, 15] + 40 + random.normal(size=rows)
    lines = [",".join(map(repr, map(float, (*row, y)))) for row, y in zip(numbers, target, strict=True)]
    path = tmp_path / "linear.csv"
    path.write_text("a,b,c,y\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_model_without_a_hidden_layer_finds_what_least_squares_finds(tmp_path):
    path = linear_table(tmp_path)
    run = trained(
        tmp_path / "runs",
        given={
            "task": "regression",
            "data": {"name": "csv", "path": str(path), "label": "y", "features": {"numbers": ["a", "b", "c"]}},
            "model": {"name": "tabular", "hidden": 0},
            "training": {"epochs": 40, "optimizer": "sgd", "learning_rate": 0.05, "monitor": "train.loss"},
        },
    )
    loaded = experiment.load(run)
    parts = load(loaded.experiment.data).splits
    arrays = {name: np.array([list(map(float, row)) for row in parts[name]["features"]]) for name in ("train", "test")}
    peer = LinearRegression().fit(arrays["train"], parts["train"]["number"])
    answers = loaded.predict([dict(zip("abc", row, strict=True)) for row in arrays["test"].tolist()])
    found = np.array([answer.prediction for answer in answers])
    spread = np.std(parts["train"]["number"])
    assert np.abs(found - peer.predict(arrays["test"])).max() < 0.05 * spread


def numbers_of(tmp_path, rows, offset=0.0, scale=1.0):
    """Three tables with two numbers, of which the target is a sum with noise, and the config of a model that begins
    with least squares."""
    random, paths = np.random.default_rng(3), {}
    for key, count in zip(("path", "validation", "test"), rows, strict=True):
        numbers = random.normal(size=(count, 2))
        values = offset + scale * (numbers @ [3, -2] + random.normal(size=count))
        lines = [f"{a!r},{b!r},{y!r}" for (a, b), y in zip(numbers.tolist(), values.tolist(), strict=True)]
        paths[key] = str(tmp_path / f"{key}.csv")
        (tmp_path / f"{key}.csv").write_text("a,b,y\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return {
        "task": "regression",
        "data": {"name": "csv", **paths, "label": "y", "features": {"numbers": ["a", "b"]}},
        "model": {"name": "tabular", "hidden": 4},
        "training": {"epochs": 2},
    }


def rows_of(run, *splits):
    """Of the data of a run: numbers (rows, 2) and targets (rows,)."""
    parts = load(config.load(run.config_file).experiment.data).splits
    numbers = [np.array([list(map(float, row)) for row in parts[name]["features"]]) for name in splits]
    return np.concatenate(numbers), np.concatenate([np.array(parts[name]["number"], float) for name in splits])


@pytest.mark.parametrize("refit", [False, True])
def test_least_squares_are_those_of_what_the_model_trains_on(tmp_path, refit):
    """With the validation split too in a refit."""
    given = numbers_of(tmp_path, (60, 40, 20), offset=7.0)
    run = trained(tmp_path / "runs", f"training.refit={json.dumps(refit)}", given=given)
    numbers, targets = (stats.zscore(each) for each in rows_of(run, "train", *["validation"] * refit))
    peer = Ridge(alpha=1.0, fit_intercept=False).fit(numbers, targets)
    found = experiment.load(run).model.get_layer("linear").kernel.numpy()[:, 0]
    np.testing.assert_allclose(found, peer.coef_, atol=1e-5)


def test_a_run_beside_least_squares_gives_the_same_figures_and_answers(tmp_path):
    run = trained(tmp_path, "model.hidden=4", "training.learning_rate=0.002", given=HOUSING)
    loaded = experiment.load(run)
    for split in ("validation", "test"):
        assert loaded.evaluate(split) == {name: run.result()[name] for name in loaded.evaluate(split)}
    rows = load(loaded.experiment.data).splits["test"]["features"][:5]
    columns = loaded.task.examples.data.feature_columns.names
    answers = loaded.predict([dict(zip(columns, row, strict=True)) for row in rows])
    lines = [json.loads(line) for line in run.predictions_file("test").read_text("utf-8").splitlines()]
    assert [answer.prediction for answer in answers] == pytest.approx([line["prediction"] for line in lines[:5]])
    assert run.metadata()["parameters"] - run.metadata()["trained_parameters"] == 7 + 8


@pytest.mark.parametrize(("offset", "scale"), [(1e9, 1e3), (-1e-6, 1e-9)])
def test_targets_of_any_scale_are_predicted_as_by_a_linear_model(tmp_path, offset, scale):
    given = numbers_of(tmp_path, (200, 50, 200), offset, scale)
    run = trained(tmp_path / "runs", given=given)
    peer = LinearRegression().fit(*rows_of(run, "train")).score(*rows_of(run, "test"))
    assert peer > 0.9
    assert run.result()["test.r2"] > peer - 0.01


def test_a_run_without_the_option_is_of_an_older_version_and_answers_as_it_did(tmp_path):
    run = trained(tmp_path, "model.hidden=4", "model.linear=false", given=HOUSING)
    changed_config(run, "  linear: false\n", "")
    loaded = experiment.load(run)
    assert [layer.name for layer in loaded.model.layers if layer.weights] == ["category_embedding", "hidden", "logits"]
    assert loaded.evaluate("test") == {name: run.result()[name] for name in loaded.evaluate("test")}


TEXTS = "".join(f"{'warm' if n % 2 else 'cold'} soup {n % 5},{(n % 2) * 4 + n % 5}\n" for n in range(200))


@pytest.mark.slow
def test_a_number_from_a_text_alone(tmp_path):
    (tmp_path / "x.csv").write_text("text,label\n" + TEXTS, encoding="utf-8")
    run = trained(
        tmp_path / "runs",
        given={
            "task": "regression",
            "data": {"name": "csv", "path": str(tmp_path / "x.csv"), "validation": 0.2, "test": 0.2},
            "vectorizer": "words",
            "model": {"name": "bag", "hidden": 0},
            "training": {"epochs": 15, "optimizer": "adam", "learning_rate": 0.05, "loss": "huber"},
        },
    )
    warm, cold, nothing = experiment.load(run).predict(["warm soup", "cold soup", ""])
    assert warm.prediction > cold.prediction + 2
    assert (nothing.prediction, nothing.unreadable) == (None, False), "no answer is no guess"
    assert example_command(run, "latest") == 'seqlab predict latest "a text of your own"'


@pytest.mark.parametrize(
    ("changes", "path", "says"),
    [
        ({"training.loss": "hinge"}, "training.loss", "unknown value 'hinge'"),
        ({"training.label_smoothing": 0.1}, "training.label_smoothing", "numbers are not smoothed"),
        ({"training.class_weights": "balanced"}, "training.class_weights", "means nothing for regression"),
        ({"training.buckets": False}, "training.buckets", "'tabular' pads nothing"),
        ({"vectorizer": "words"}, "vectorizer", "the data have no text"),
        ({"model": "bag"}, "model", "'bag' reads a text, and the data have none"),
        ({"training.monitor": "validation.accuracy"}, "training.monitor", "unknown metric 'accuracy'"),
    ],
)
def test_what_means_nothing_for_numbers_is_refused(changes, path, says):
    overrides = [f"{key}={json.dumps(value)}" for key, value in changes.items()]
    with pytest.raises(ConfigError) as refusal:
        config.load(HOUSING, overrides)
    assert says in {problem.path: problem.message for problem in refusal.value.problems}[path]


def test_naive_bayes_needs_classes(tmp_path):
    given = {**HOUSING, "data": {"name": "csv", "path": "x.csv"}, "vectorizer": "words", "model": "naive_bayes_bag"}
    with pytest.raises(ConfigError, match="needs classes and predicts no number"):
        config.load(given)


@pytest.mark.slow
def test_another_loss_trains_another_model(run, tmp_path):
    other = trained(tmp_path, "training.loss=mae", given=HOUSING)
    assert weights_of(other) != weights_of(run)
    assert comparable(other.result()).keys() == comparable(run.result()).keys()
