"""Word vectors from a config to a run that answers."""

import json

import numpy as np
import pytest
from quick import WORD_VECTORS, comparable, trained, weights_of

from seqlab import config, experiment
from seqlab.config import ConfigError, load
from seqlab.data.ragged import Ragged
from seqlab.errors import DataError, RequestError
from seqlab.experiment.inspect_data import first_batch
from seqlab.progress import SILENT
from seqlab.tasks.word_vectors.task import known_words


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("runs"), given=WORD_VECTORS)


@pytest.fixture(scope="module")
def loaded(run):
    return experiment.load(run)


def test_the_known_neighbors_are_found(run):
    """Words of a class stand in the same places: the best possible precision is 1."""
    assert run.result()["neighbors.precision"] > 0.98


@pytest.mark.parametrize(
    "model",
    [
        {"name": "skip_gram", "objective": "softmax"},
        {"name": "cbow", "average": True},
        {"name": "cbow", "average": False, "dynamic_window": False},
        {"name": "skip_gram", "subwords": {"buckets": 2000}},
    ],
    ids=["softmax", "cbow", "pairs", "subwords"],
)
@pytest.mark.slow
def test_so_they_are_by_the_other_models(tmp_path, model):
    given = WORD_VECTORS | {"model": {**WORD_VECTORS["model"], **model}}
    assert trained(tmp_path, given=given).result()["neighbors.precision"] > 0.95


def test_a_run_has_two_splits_and_judges_the_vectors_once(run):
    result = run.result()
    assert {"train.loss", "validation.loss", "neighbors.precision"} <= result.keys()
    assert not [name for name in result if name.startswith(("test.", "validation.neighbors"))]
    assert sorted(path.name for path in run.directory.glob("predictions/*")) == ["validation.jsonl"]
    assert run.metadata()["data"]["splits"].keys() == {"train", "validation"}
    assert all("neighbors" not in name for line in run.metrics() for name in line)


def test_evaluate_gives_the_figures_of_the_result(loaded, run):
    figures = loaded.evaluate()
    assert figures == {name: run.result()[name] for name in figures}
    assert {"validation.loss", "neighbors.precision"} <= figures.keys()
    assert not [name for name in figures if name.startswith(("test.", "train."))]
    assert 0 < loaded.evaluate("train")["train.loss"] < 3
    with pytest.raises(RequestError, match="there is no split 'test'; the splits are train, validation"):
        loaded.evaluate("test")


def test_predictions_are_the_losses_of_documents(run):
    lines = [json.loads(line) for line in run.predictions_file("validation").read_text("utf-8").splitlines()]
    scores = [line["scores"] for line in lines]
    total, count = (sum(score[name] for score in scores) for name in ("loss", "examples"))
    assert total / count == pytest.approx(run.result()["validation.loss"], abs=1e-4)
    assert len({line["id"] for line in lines}) > 40


def test_vectors_of_both_matrices(loaded):
    words = loaded.task.vectorizer.vocabulary.tokens
    for matrix in ("input", "output"):
        vectors = loaded.predictor.word_vectors(matrix=matrix)
        assert list(vectors.words) == list(words)
        assert vectors.matrix.shape == (len(words), 16)
    nearest = [each.word for each in loaded.predictor.word_vectors().neighbors("monday", top=7)]
    assert set(nearest) == {"tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "yesterday"}
    with pytest.raises(RequestError, match="word vectors have one side"):
        loaded.predictor.word_vectors("source")


def test_samples_show_asked_words_and_frequent_ones(run):
    samples = run.samples_file.read_text("utf-8")
    by_input, by_output = samples.split("\n\n")
    assert by_input.startswith("--- nearest words by the input vectors ---\nmonday: ")
    assert by_output.startswith("--- nearest words by the output vectors ---\nmonday: ")
    assert "unheard: has no vector" in by_input
    assert "\nthe: " in by_input


def test_it_predicts_nothing(loaded):
    with pytest.raises(RequestError, match="is a word_vectors run and cannot predict; classification"):
        loaded.predict("a text")


def test_unseen_words_get_vectors_from_their_groups_of_letters(tmp_path):
    subwords = "model.subwords={min: 2, max: 4, buckets: 500}"
    run = trained(tmp_path, subwords, "training.epochs=1", "data.size=400", given=WORD_VECTORS)
    predictor = experiment.load(run).predictor
    vectors = predictor.word_vectors(also=["walker", "monday", "walker"])
    assert vectors.words[-1] == "walker"
    assert len(vectors) == len(predictor.word_vectors()) + 1
    table = predictor.model.embedding.table.numpy()
    known = len(predictor.vectorizer.vocabulary.tokens)
    expected = table[known + predictor.ngrams.rows(["walker"])[0]].mean(axis=0)
    np.testing.assert_allclose(vectors.vector("walker"), expected, rtol=1e-6)
    known_word = vectors.vector("monday")
    parts = [table[list(vectors.words).index("monday")], *table[known + predictor.ngrams.rows(["monday"])[0]]]
    np.testing.assert_allclose(known_word, np.mean(parts, axis=0), rtol=1e-5)


def test_the_same_seed_trains_the_same_vectors_and_another_others(tmp_path):
    small = ["training.epochs=1", "data.size=300"]
    first, again, other = (
        trained(tmp_path / name, *small, f"runtime.seed={seed}", given=WORD_VECTORS)
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert weights_of(first) == weights_of(again) != weights_of(other)
    assert comparable(first.result()) == comparable(again.result())


def test_what_is_shown_of_the_first_batch(cache_of_tests):
    shown = first_batch(load(WORD_VECTORS, ["data.size=200"]).experiment, SILENT)
    assert [name for name, _, _ in shown.tensors] == ["words", "documents", "core"]
    words = shown.item_as_text["words"].split(" | ")
    assert shown.item_as_text["text"].split() == words
    assert shown.item_as_text["pairs"].startswith(f"{words[0]} – {words[1]}, {words[0]} – {words[2]}")


@pytest.fixture
def cache_of_tests(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path))


@pytest.mark.parametrize(
    ("override", "path", "message"),
    [
        ("model.window=0", "model.window", "is too small"),
        ("model.window=101", "model.window", "100"),
        ("model.dimensions=0", "model.dimensions", "is too small"),
        ("model.subsample=0", "model.subsample", "is too small"),
        ("model.negatives=0", "model.negatives", "is too small"),
        ("model.subwords={min: 4, max: 3}", "model.subwords", "min is above max"),
        ("model.objective=hierarchical", "model.objective", "softmax"),
        ("vectorizer.output=count", "vectorizer.output", "output: ids"),
        ("vectorizer.ngrams=2", "vectorizer.ngrams", "single words"),
        ("vectorizer.reverse=true", "vectorizer.reverse", "both directions"),
        ("vectorizer.fit.fields=[title]", "vectorizer.fit.fields", "as a whole"),
        ("training.label_smoothing=0.1", "training.label_smoothing", "no label smoothing"),
        ("training.refit=true", "training.refit", "no test split"),
        ("training.monitor=neighbors.precision", "training.monitor", "chooses no epoch"),
        ("training.monitor=validation.wordsim353.spearman", "training.monitor", "no split"),
        ("training.monitor=test.loss", "training.monitor", "cannot be monitored"),
        ("expected={test.loss: [1, 2]}", "expected.test.loss", "the splits are train, validation"),
        ("expected={validation.neighbors.precision: [0, 1]}", "expected.validation.neighbors.precision", "no split"),
        ("data.test=0.1", "data.test", "does not have this option"),
    ],
)
def test_what_cannot_work_is_refused(override, path, message):
    with pytest.raises(ConfigError) as refusal:
        load(WORD_VECTORS, [override])
    (problem,) = refusal.value.problems
    assert (problem.path, message in problem.message) == (path, True), problem.message


def test_a_band_of_a_metric_of_the_model_is_accepted():
    bands = {"neighbors.precision": [0.9, 1], "wordsim353.spearman": [0.4, 0.5], "analogies.family": [0, 1]}
    loaded = load(WORD_VECTORS | {"expected": bands})
    assert loaded.experiment.expected.bands.keys() == bands.keys()


def documents(tmp_path, *lines):
    path = tmp_path / "lines.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    data = {"name": "text_file", "path": str(path), "validation": 0.3}
    return config.load(WORD_VECTORS | {"data": data})


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["one", "two", "three", "four", "five"], "no document of a split has two words"),
        (["word word"] * 9, "the validation split is empty"),
        ([f"{number}" for number in range(9)], "no document of a split has two words"),
        (["tick tick", "tick tick tick", "tick tick tick tick"], "the vocabulary has one word, 'tick'"),
        (["!", "?", "...", "-"], "none of the"),
    ],
)
def test_texts_that_have_no_windows_are_refused_before_there_is_a_run(tmp_path, lines, message):
    with pytest.raises(DataError, match=message):
        experiment.train(documents(tmp_path, *lines), tmp_path / "runs")
    assert not (tmp_path / "runs").exists() or not list((tmp_path / "runs").iterdir())


def test_a_few_short_lines_train(tmp_path):
    run = experiment.train(documents(tmp_path, "a b", "b c d", "c a", "d a b", "a d"), tmp_path / "runs")
    assert np.isfinite(run.result()["validation.loss"])


def test_unknown_words_are_left_out_before_windows_are_cut():
    rows = known_words(Ragged.from_rows([[1, 0, 2], [0, 0], [3]]), first_id=1)
    assert [row.tolist() for row in rows.gather(np.arange(3))] == [[1, 2], [], [3]]


@pytest.mark.parametrize("rows", [[[1], [2]], [[0, 0, 3]], []])
def test_documents_of_one_word_are_refused(rows):
    with pytest.raises(DataError, match="no document of a split has two words"):
        known_words(Ragged.from_rows(rows), first_id=1)
