"""Word vectors from a config to a run that answers."""

import json

import numpy as np
import pytest
import tensorflow as tf
from quick import WORD_VECTORS, changed_config, comparable, trained, weights_of

from seqlab import config, experiment
from seqlab.config import ConfigError, load
from seqlab.data.ragged import Ragged
from seqlab.errors import DataError, RequestError
from seqlab.experiment.inspect_data import first_batch
from seqlab.progress import SILENT
from seqlab.tasks.word_vectors.task import known_words
from seqlab.vectors import WordNotFound


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


@pytest.mark.slow
def test_a_run_without_the_option_is_of_an_older_version_and_has_no_frequency_bias(tmp_path):
    run = trained(tmp_path, "training.epochs=1", "model.frequency_bias=false", given=WORD_VECTORS)
    changed_config(run, "frequency_bias: false", "frequency_bias: true")
    assert experiment.load(run).evaluate()["validation.loss"] > run.result()["validation.loss"] + 0.1
    changed_config(run, "  frequency_bias: true\n", "")
    figures = experiment.load(run).evaluate()
    assert figures == {name: run.result()[name] for name in figures}


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


@pytest.fixture(scope="module")
def of_subwords(tmp_path_factory):
    subwords = "model.subwords={min: 2, max: 4, buckets: 500}"
    folder = tmp_path_factory.mktemp("subwords")
    return experiment.load(trained(folder, subwords, "training.epochs=1", "data.size=400", given=WORD_VECTORS))


def test_unseen_words_get_vectors_from_their_groups_of_letters(of_subwords):
    predictor, vectors = of_subwords.predictor, of_subwords.word_vectors()
    assert "walker" not in vectors
    table = predictor.model.embedding.table.numpy()
    known = len(predictor.vectorizer.vocabulary.tokens)
    expected = table[known + predictor.ngrams.rows(["walker"])[0]].mean(axis=0)
    np.testing.assert_allclose(vectors.vector("walker"), expected, rtol=1e-6)
    parts = [table[list(vectors.words).index("monday")], *table[known + predictor.ngrams.rows(["monday"])[0]]]
    np.testing.assert_allclose(vectors.vector("monday"), np.mean(parts, axis=0), rtol=1e-5)


def test_unseen_words_count_in_the_vectors_of_texts(of_subwords):
    predictor, vectors = of_subwords.predictor, of_subwords.word_vectors()
    found = predictor.text_features(["mondays monday", "monday", "\u4e16\u754c monday", "\u4e16\u754c"])
    expected = np.mean([vectors.vector("mondays"), vectors.vector("monday")], axis=0)
    np.testing.assert_allclose(found[0], expected, rtol=1e-5)
    assert np.array_equal(found[1], found[2]), "a word that shares no group of letters has no vector"
    assert not found[3].any()


def test_without_subwords_unseen_words_are_left_out_of_texts_at_once(loaded, monkeypatch):
    """Spellings that are near are looked for among all words: for a message, not for each unseen word of a corpus."""
    monkeypatch.setattr("seqlab.vectors.word_vectors.nearest_spellings", None)
    found = loaded.predictor.text_features(["mondays monday", "monday", "mondays"])
    assert np.array_equal(found[0], found[1])
    assert not found[2].any()


def test_unseen_words_can_be_asked(of_subwords):
    vectors = of_subwords.word_vectors()
    cosines = {word: vectors.similarity("mondays", word) for word in vectors.words}
    nearest = sorted(cosines, key=cosines.get, reverse=True)
    assert nearest[0] == "monday"
    assert [each.word for each in of_subwords.neighbors("mondays", top=3)] == nearest[:3]
    assert "mondays" not in {each.word for each in of_subwords.analogy("monday", "mondays", "friday", top=500)}
    assert "unheard: the" not in of_subwords.run.samples_file.read_text("utf-8")


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("Mondayish", "the vectorizer makes 'mondayish' of it"),
        ("big mondays", "the vectorizer makes 'big', 'mondays' of it"),
        ("", "the vectorizer makes nothing of it"),
        ("\u4e16\u754c", "shares no group of letters"),
    ],
)
def test_of_some_words_no_vector_can_be_made(of_subwords, word, message):
    with pytest.raises(WordNotFound, match=message):
        of_subwords.neighbors(word)


def test_words_without_subwords_and_output_vectors_are_those_of_training(of_subwords, loaded):
    with pytest.raises(WordNotFound, match="'mondays' has no vector; the nearest spellings are monday"):
        loaded.neighbors("mondays")
    with pytest.raises(WordNotFound, match="'mondays' has no vector; the nearest spellings are monday"):
        of_subwords.neighbors("mondays", matrix="output")


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
    first, second, third, fourth, fifth = words[:5]
    assert shown.item_as_text["window 1"] == f"{first} – {second}, {third}, {fourth}"
    assert shown.item_as_text["window 2"] == f"{second} – {first}, {third}, {fourth}, {fifth}"
    ids = shown.item["words"][shown.item["core"].shape[0] - 1][3:-3]
    assert (ids >= 0).sum() == shown.item["core"].sum() == len(words)  # the whole document, not one word


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["negative_sampling", "softmax"])
def test_the_defaults_learn(tmp_path, objective):
    defaults = {**WORD_VECTORS, "training": {"epochs": 4}}
    run = trained(tmp_path, f"model.objective={objective}", given=defaults)
    losses = [line["validation.loss"] for line in run.metrics()]
    assert losses == sorted(losses, reverse=True)
    assert run.result()["neighbors.precision"] > 0.95


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_has_tables_and_losses_in_float32(tmp_path, run, precision):
    mixed = trained(tmp_path, f"runtime.precision={precision}", given=WORD_VECTORS)
    loaded = experiment.load(mixed)
    assert loaded.model.compute_dtype == precision.removeprefix("mixed_")
    assert {variable.dtype for variable in loaded.model.trainable_variables} == {"float32"}
    batch = {"words": np.full((1, 38), 3), "documents": np.zeros((1, 38)), "core": np.ones((1, 32), bool)}
    tensors = {name: tf.constant(value, "bool" if name == "core" else "int32") for name, value in batch.items()}
    assert {each.dtype for each in loaded.model.losses(tensors, tf.constant([0, 1], tf.int64))} == {tf.float32}
    assert mixed.result()["validation.loss"] == pytest.approx(run.result()["validation.loss"], rel=0.02)
    assert mixed.result()["neighbors.precision"] > 0.95


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
        ("runtime.devices=2", "runtime.devices", "a batch of 'skip_gram' cannot be split over several devices"),
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
