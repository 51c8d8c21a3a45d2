"""Training: from a config to a run, its files, its seeds, and how it fails."""

import numpy as np
import pytest
import tensorflow as tf
from matplotlib.image import imread
from quick import QUICK, Heard, comparable, trained, weights_of

import seqlab
from seqlab import config, experiment
from seqlab.data.datasets.synthetic_reviews import SyntheticReviews
from seqlab.errors import DataError, DivergedError, RequestError
from seqlab.runs import Run
from seqlab.training import loop


def test_a_run_has_all_documented_files(quick_run):
    files = {path.relative_to(quick_run.directory).as_posix() for path in quick_run.directory.rglob("*")}
    assert files >= {
        "config.yaml",
        "run.json",
        "metrics.jsonl",
        "result.json",
        "predictions/validation.jsonl",
        "predictions/test.jsonl",
        "vocabulary.json",
        "model/weights.safetensors",
        "samples.txt",
        "plots/curves.png",
        "plots/confusion.png",
    }
    metadata = quick_run.metadata()
    assert metadata["status"] == "finished"
    assert metadata["config"]["model"]["name"] == "bag"
    assert metadata["machine"]["deterministic"] is True
    assert set(metadata["data"]["splits"]) == {"train", "validation", "test"}
    assert metadata["parameters"] == 16 * metadata["vocabulary_size"] + 16 + 17
    assert [line["epoch"] for line in quick_run.metrics()] == [1, 2, 3]


@pytest.mark.slow
def test_a_training_draws_its_pictures(tmp_path, pictures):
    run = trained(tmp_path, "training.epochs=1")
    assert {path.name: imread(path).shape[1] >= 800 for path in run.plots_directory.iterdir()} == {
        "curves.png": True,
        "confusion.png": True,
    }


@pytest.mark.slow
def test_the_same_seed_gives_the_same_weights_whatever_ran_before(quick_run, tmp_path):
    np.random.default_rng().random()
    again = trained(tmp_path)
    assert weights_of(again) == weights_of(quick_run)
    assert comparable(again.result()) == comparable(quick_run.result())
    assert weights_of(trained(tmp_path, "runtime.seed=2")) != weights_of(quick_run)


def test_the_runs_own_config_trains_the_same_again(quick_run, tmp_path):
    again = experiment.train(config.load(quick_run.config_file), tmp_path)
    assert weights_of(again) == weights_of(quick_run)


@pytest.mark.slow
def test_unigrams_stay_below_what_bigrams_reach(tmp_path):
    """The embedded reviews are told apart by negation: 0.68 is the best without order, 0.95 the best there is."""
    accuracy = {}
    for ngrams in (1, 2):
        given = {**QUICK, "data": "synthetic", "vectorizer": {"name": "words", "ngrams": ngrams}}
        run = trained(tmp_path, "training.epochs=8", given=given)
        accuracy[ngrams] = run.result()["test.accuracy"]
    assert accuracy[1] <= 0.72
    assert SyntheticReviews.best_accuracy - 0.02 <= accuracy[2] <= SyntheticReviews.best_accuracy + 0.02


@pytest.mark.slow
def test_refit_trains_on_validation_too_for_as_long_as_it_chose(tmp_path):
    run = trained(tmp_path, "training.refit=true")
    plain = trained(tmp_path)
    assert run.result()["validation.loss"] == plain.result()["validation.loss"]
    assert weights_of(run) != weights_of(plain)
    said = Heard()
    figures = experiment.load(run).evaluate("test", said)
    assert figures["test.accuracy"] == run.result()["test.accuracy"]
    assert not said.lines
    experiment.load(run).evaluate("validation", said)
    assert "trained on validation too" in said.lines[0]


def test_a_loss_that_is_not_finite_ends_the_run_as_diverged_with_finite_weights(tmp_path):
    with pytest.raises(DivergedError, match=r"Lower training\.learning_rate"):
        trained(tmp_path, "training.learning_rate=1e30", "training.optimizer=sgd")
    (directory,) = tmp_path.iterdir()
    run = Run(directory)
    assert run.status() == "diverged"
    assert "not a finite number" in run.metadata()["reason"]
    assert all(np.isfinite(v.numpy()).all() for v in experiment.load(run).model.weights)


def test_missing_data_leave_no_run_behind(tmp_path):
    with pytest.raises(RequestError, match=r"nowhere\.csv"):
        trained(tmp_path / "runs", given={**QUICK, "data": {"name": "csv", "path": str(tmp_path / "nowhere.csv")}})
    assert not (tmp_path / "runs").exists()


def test_bad_data_leave_no_run_behind(tmp_path):
    (tmp_path / "one.csv").write_text("text,label\na,x\nb,x\nc,x\n", encoding="utf-8")
    given = {**QUICK, "data": {"name": "csv", "path": str(tmp_path / "one.csv"), "text": "text", "label": "label"}}
    with pytest.raises(DataError, match="one"):
        trained(tmp_path / "runs", given=given)
    assert not (tmp_path / "runs").exists()


def many_classes(folder):
    rows = [f"word{label} filler{i},class {label}\n" for i in range(30) for label in range(3)]
    (folder / "three.csv").write_text("text,label\n" + "".join(rows), encoding="utf-8")
    return {**QUICK, "data": {"name": "csv", "path": str(folder / "three.csv"), "text": "text", "label": "label"}}


@pytest.mark.slow
@pytest.mark.parametrize("model", ["bag", "naive_bayes_bag"])
@pytest.mark.parametrize("output", ["multi_hot", "count", "tf_idf"])
def test_many_classes_every_bag(tmp_path, model, output):
    given = {**many_classes(tmp_path), "model": model, "vectorizer": {"name": "words", "output": output}}
    run = trained(tmp_path / "runs", "training.epochs=30", "training.learning_rate=0.05", given=given)
    assert run.result()["test.accuracy"] == 1.0
    answer = experiment.load(run).predict(["word2"])[0]
    assert answer.label == "class 2"
    assert sum(answer.probabilities.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    "error",
    [
        tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor with shape[32,600,20000]"),
        MemoryError("Unable to allocate 1.2 GiB"),
    ],
)
def test_out_of_memory_names_what_to_reduce(seqlab, monkeypatch, error):
    def compiled(*arguments, **settings):
        def run_steps(*given):
            raise error

        return run_steps

    monkeypatch.setattr(loop, "compile_steps", compiled)
    says = ["out of memory", "training.batch_size", "vectorizer.max_length"]
    seqlab.refuses(1, "train", "quickstart", "data.size=200", says=says, leaves="failed")


@pytest.mark.slow
@pytest.mark.parametrize(
    "override",
    [
        "training.class_weights=balanced",
        "training.class_weights={negative: 1.0, positive: 2.0}",
        "training.loss=squared_hinge",
        "training.label_smoothing=0.1",
        "training.schedule=cosine_decay",
        "training.clip_norm=0.1",
        "training.monitor=validation.f1.positive",
        "runtime.precision=mixed_bfloat16",
        "runtime.precision=mixed_float16",
        "model.hidden=0",
    ],
)
def test_options_of_training_change_the_weights_and_still_learn(tmp_path, quick_run, override):
    run = trained(tmp_path, override)
    if "monitor" not in override:
        assert weights_of(run) != weights_of(quick_run)
    assert run.result()["test.accuracy"] > 0.6
    assert experiment.load(run).evaluate()["test.loss"] == run.result()["test.loss"]


def test_class_weights_that_name_no_label(tmp_path):
    with pytest.raises(RequestError, match="names no label of the data: good; the labels are negative, positive"):
        trained(tmp_path, "training.class_weights={good: 2.0}")


def test_a_loss_that_does_not_fit(tmp_path):
    with pytest.raises(RequestError, match="'categorical_hinge' does not fit two classes; there are binary_cross"):
        trained(tmp_path, "training.loss=categorical_hinge")


def test_from_python(tmp_path):
    run = seqlab.train(QUICK, "training.epochs=1", runs_dir=tmp_path)
    assert run.metrics["epochs"] == 1
    assert run.predict(["Not bad."])[0].label in {"negative", "positive"}
    assert seqlab.load("latest", runs_dir=tmp_path).run == run.run
    assert seqlab.evaluate(run.run.id, runs_dir=tmp_path)["test.accuracy"] == run.metrics["test.accuracy"]


def test_xla_is_refused_where_it_would_compile_every_batch():
    with pytest.raises(config.ConfigError, match="XLA would recompile 'bag' for every batch"):
        config.load(QUICK, ["runtime.xla=true"])
