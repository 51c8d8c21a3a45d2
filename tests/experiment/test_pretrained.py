"""Pretrained vectors: from a file or another run into the table of a model."""

import sys

import numpy as np
import pytest
import tensorflow as tf
from quick import Heard, trained

from seqlab import config, experiment, files, runtime
from seqlab.data.splits.load_splits import locate
from seqlab.errors import DataError, RequestError
from seqlab.experiment.prepare_data import prepare_data
from seqlab.experiment.pretrained import embedding_of, place_pretrained, resolve_pretrained
from seqlab.progress import SILENT
from seqlab.runs import Run
from seqlab.vectors.matching import spellings

VECTORS = {"good": [1, 2, 3, 4], "bad": [-1, -2, -3, -4], "The": [5, 6, 7, 8], "unheard": [9, 9, 9, 9]}
CLASSIFIER = {
    "task": "classification",
    "data": {"name": "synthetic", "size": 200},
    "vectorizer": "words",
    "model": {"name": "separable_conv", "filters": 4, "blocks": 1},
    "training": {"epochs": 2, "optimizer": "adam"},
}


def file_of(folder, vectors=None, name="vectors.txt"):
    path = folder / name
    vectors = VECTORS if vectors is None else vectors
    lines = (f"{word} {' '.join(map(str, row))}\n" for word, row in vectors.items())
    path.write_text("".join(lines), encoding="utf-8")
    return path


def with_embedding(embedding, given=CLASSIFIER, **model):
    return {**given, "model": {**given["model"], **model, "embedding": embedding}}


def resolved(given, folder, progress=SILENT, run=None):
    """The experiment, its data and the rows, as training has them before it begins a run."""
    exp = config.load(given).experiment
    return resolve_pretrained(run, exp, prepare_data(exp, locate(exp.data), SILENT), folder, progress)


def built(given, folder):
    """The vocabulary and the table of a model, before and after the rows are placed."""
    exp, data, rows = resolved(given, folder)
    runtime.set_seed(exp.runtime.seed)
    model = data.task.build(data.stores["train"])
    tables = {}
    for side, vectorizer in data.task.vectorizers.items():
        tables[side] = [vectorizer, np.array(embedding_of(model, side).table.numpy())]
    place_pretrained(model, rows)
    for side, known in tables.items():
        known.append(np.array(embedding_of(model, side).table.numpy()))
    return model, tables


@pytest.mark.parametrize("trainable", [True, False])
def test_words_begin_with_their_vectors_and_others_stay_random_or_are_zero(tmp_path, trainable):
    path = file_of(tmp_path)
    model, tables = built(with_embedding({"pretrained": str(path), "trainable": trainable}), tmp_path)
    vectorizer, before, after = tables["text"]
    tokens = [*vectorizer.vocabulary.specials, *vectorizer.vocabulary.tokens]
    expected = before if trainable else np.zeros_like(before)
    for word, vector in [["good", VECTORS["good"]], ["bad", VECTORS["bad"]], ["the", VECTORS["The"]]]:
        expected[tokens.index(word)] = vector
    assert before.any(axis=1).all()
    np.testing.assert_array_equal(after, expected)
    table = embedding_of(model, "text").table
    assert any(each is table for each in model.trainable_variables) is trainable


def test_random_weights_are_those_of_a_model_without_vectors(tmp_path):
    """What is frozen or placed draws nothing: only the table differs."""

    def weights(embedding):
        exp, data, rows = resolved(with_embedding(embedding), tmp_path)
        runtime.set_seed(exp.runtime.seed)
        model = data.task.build(data.stores["train"])
        place_pretrained(model, rows)
        return [np.array(weight.numpy()) for weight in model.weights]

    plain, placed = weights(4), weights({"pretrained": str(file_of(tmp_path)), "trainable": False})
    assert [not np.array_equal(one, other) for one, other in zip(plain, placed, strict=True)] == [
        True,
        *[False] * (len(plain) - 1),
    ]


def test_coverage_counts_tokens_and_different_words_of_each_split(tmp_path):
    rows = [["good good film", "yes"], ["bad plot", "no"]] * 10
    table = tmp_path / "reviews.csv"
    table.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows), encoding="utf-8")
    test = tmp_path / "test.csv"
    test.write_text("text,label\ngood unseen word,yes\nplot plot plot,no\n", encoding="utf-8")
    validation = tmp_path / "validation.csv"
    validation.write_text("text,label\nfilm good,yes\nBAD,no\n", encoding="utf-8")
    data = {
        "name": "csv",
        "path": str(table),
        "text": "text",
        "label": "label",
        "test": str(test),
        "validation": str(validation),
    }
    heard = Heard()
    given = with_embedding({"pretrained": str(file_of(tmp_path))}, {**CLASSIFIER, "data": data})
    _, _, found = resolved(given, tmp_path, heard)
    record = found["text"].record
    assert (record["words"], record["words_found"], record["in_another_case"]) == (4, 2, 0)
    assert record["coverage"]["train"] == {"tokens": 3 / 5, "words": 2 / 4}
    assert record["coverage"]["validation"] == {"tokens": 2 / 3, "words": 2 / 3}
    assert record["coverage"]["test"] == {"tokens": 1 / 6, "words": 1 / 2}  # two of the six tokens are unknown
    assert heard.lines[-1] == "2 of 4 words of the vocabulary have a vector"


WORD_VECTORS = {
    "task": "word_vectors",
    "data": {"name": "synthetic", "size": 500},
    "vectorizer": "words",
    "model": {"name": "skip_gram", "dimensions": 4, "subwords": {"min": 2, "max": 3, "buckets": 50}},
    "training": {"epochs": 1},
}


@pytest.fixture(scope="module")
def word_vectors(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("runs"), given=WORD_VECTORS)


@pytest.mark.parametrize("side", ["", ":text"])
def test_words_begin_with_the_vectors_of_a_run_of_word_vectors(word_vectors, side):
    """Words that it never had, with those of their character n-grams; by the side that all runs of one text have."""
    heard = Heard()
    given = with_embedding({"pretrained": f"run:{word_vectors.id}{side}"})
    _, data, rows = resolved(given, word_vectors.directory.parent, heard)
    known, vocabulary = experiment.load(word_vectors).word_vectors(), data.task.vectorizers["text"].vocabulary
    vectors = dict(zip(rows["text"].ids, rows["text"].vectors, strict=True))
    rare = [token for token in vocabulary.tokens if token not in known]
    assert rare
    assert len(rare) < len(vocabulary.tokens)
    for token in vocabulary.tokens:
        np.testing.assert_allclose(vectors[vocabulary.tokens.index(token) + 2], known.vector(token), rtol=1e-6)
    assert rows["text"].record["made"] == len(rare)
    assert heard.lines[-1].endswith(f"have a vector, {len(rare)} of them one that is made of their character n-grams")


def test_a_side_that_a_run_of_word_vectors_lacks_is_refused(word_vectors):
    given = with_embedding({"pretrained": f"run:{word_vectors.id}:source"})
    with pytest.raises(RequestError, match=f"has no side 'source': take the vectors of run:{word_vectors.id}$"):
        resolved(given, word_vectors.directory.parent)


@pytest.mark.slow
def test_a_frozen_table_stays_as_it_is_and_the_run_needs_no_file(tmp_path):
    path = file_of(tmp_path)
    run = trained(tmp_path / "runs", given=with_embedding({"pretrained": str(path), "trainable": False}))
    sha256 = run.metadata()["pretrained"]["text"]["sha256"]
    path.unlink()
    loaded = experiment.load(run)
    assert loaded.experiment.model.embedding.width == 4
    table = embedding_of(loaded.model, "text").table.numpy()
    tokens = [*loaded.task.examples.vectorizer.vocabulary.specials, *loaded.task.examples.vectorizer.vocabulary.tokens]
    np.testing.assert_array_equal(table[tokens.index("bad")], VECTORS["bad"])
    assert np.count_nonzero(table.any(axis=1)) == 3
    assert loaded.evaluate("test")["test.loss"] == run.result()["test.loss"]
    recorded = run.metadata()["pretrained"]["text"]
    assert (recorded["source"], recorded["file"]["sha256"], len(sha256)) == ("vectors.txt", sha256, 64)
    whole, frozen = run.metadata()["parameters"], len(tokens) * 4
    assert run.metadata()["trained_parameters"] == whole - frozen


@pytest.mark.slow
def test_a_trained_table_moves_away_from_its_vectors(tmp_path):
    run = trained(tmp_path / "runs", given=with_embedding({"pretrained": str(file_of(tmp_path))}))
    loaded = experiment.load(run)
    table = embedding_of(loaded.model, "text").table.numpy()
    row = table[loaded.task.examples.vectorizer.vocabulary.tokens.index("bad") + 2]
    moved = np.abs(row - VECTORS["bad"]).max()
    assert 0 < moved < 0.5  # a few steps of Adam at 1e-3
    assert "trained_parameters" not in run.metadata()


@pytest.mark.parametrize(
    ("content", "embedding", "message"),
    [
        (
            "good 1 2 3\n",
            {"width": 4},
            "have 3 dimensions, and the embedding of this model 4: set model.embedding.width=3",
        ),
        (
            "xyzzy 1 2 3\nplugh 4 5 6\n",
            {},
            "no word of vectors.txt is in the vocabulary, whose most frequent tokens are",
        ),
        (None, {}, "there is no file "),
        ("", {}, "it is empty"),
        ("good 1 2 3\nbad 1 2\n", {}, "vectors.txt"),
        ("good 1 nan 3\n", {}, "vectors.txt"),
    ],
)
def test_vectors_that_do_not_fit_leave_no_run(tmp_path, content, embedding, message):
    path = tmp_path / "vectors.txt"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises((RequestError, DataError), match=message):
        trained(tmp_path / "runs", given=with_embedding({"pretrained": str(path), **embedding}))
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("reference", ["nowhere", "2026", ""])
def test_a_run_that_is_not_there_leaves_no_run_and_no_data_are_prepared(tmp_path, monkeypatch, reference):
    monkeypatch.setattr(sys.modules["seqlab.experiment.train"], "prepare_data", None)
    given = with_embedding({"pretrained": f"run:{reference or 'x:source'}"})
    with pytest.raises(RequestError, match="no run"):
        trained(tmp_path / "runs", given=given)
    assert not (tmp_path / "runs").exists()


def test_vectors_of_another_run(quick_run, tmp_path):
    """A bag's rows, one per word and pair of words, 16 wide."""
    name = quick_run.id.split("-", 2)[-1]
    given = with_embedding({"pretrained": f"run:{name}", "trainable": False})
    exp, data, rows = resolved(given, quick_run.directory.parent)
    vectors = experiment.load(quick_run).word_vectors()
    vocabulary = data.task.vectorizers["text"].vocabulary
    assert exp.model.embedding.width == 16
    for id_, vector in zip(rows["text"].ids, rows["text"].vectors, strict=True):
        np.testing.assert_array_equal(vector, vectors.vector(vocabulary.token(id_)))
    record = rows["text"].record
    assert (record["run"], record["source"]) == (quick_run.id, f"run {quick_run.id}")
    assert record["sha256"] == files.sha256_of_file(quick_run.weights_file)
    assert record["words_found"] > 0.9 * record["words"]


@pytest.mark.slow
def test_a_run_that_reads_no_text_has_none(tmp_path):
    rows = {
        "task": "regression",
        "data": {"name": "synthetic", "size": 200},
        "model": "tabular",
        "training": {"epochs": 1},
    }
    run = trained(tmp_path / "runs", given=rows)
    with pytest.raises(RequestError, match=f"run {run.id} reads no text and has no word vectors"):
        trained(tmp_path / "runs", given=with_embedding({"pretrained": f"run:{run.id}"}))


@pytest.mark.slow
def test_a_run_with_one_hot_vectors_has_none(tmp_path):
    one_hot = {**CLASSIFIER, "model": {"name": "recurrent", "units": 144, "one_hot": True}}
    run = trained(tmp_path / "runs", "training.epochs=1", "vectorizer.max_tokens=50", given=one_hot)
    with pytest.raises(RequestError, match="this model has no embedding"):
        trained(tmp_path / "runs", given=with_embedding({"pretrained": f"run:{run.id}"}))
    assert [each.name for each in (tmp_path / "runs").iterdir()] == [run.id]


def test_vectors_of_the_sides_of_a_translator(translator):
    """A translator's sides take those of the same name; whatever has one side must say which."""
    runs_dir, reference = translator.directory.parent, f"run:{translator.id}"
    known = {side: experiment.load(translator).word_vectors(side) for side in ("source", "target")}
    translating = {
        "task": "translation",
        "data": {"name": "synthetic", "size": 200},
        "vectorizer": "words",
        "model": {"name": "recurrent_encoder_decoder", "units": 6},
    }
    for given, pretrained, sides in [
        [translating, reference, {"source": "source", "target": "target"}],
        [CLASSIFIER, f"{reference}:source", {"text": "source"}],
    ]:
        _, data, rows = resolved(with_embedding({"pretrained": pretrained}, given), runs_dir)
        for side, taken in sides.items():
            token = data.task.vectorizers[side].vocabulary.token(rows[side].ids[0])
            word = next(each for each in spellings(token) if each in known[taken])
            np.testing.assert_array_equal(rows[side].vectors[0], known[taken].vector(word))
    for side, message in [["", "has two sides: take the vectors of run:"], [":text", "has no side 'text'"]]:
        with pytest.raises(RequestError, match=message):
            resolved(with_embedding({"pretrained": reference + side}), runs_dir)


def test_a_transformer_is_as_wide_as_its_vectors(tmp_path):
    given = {**CLASSIFIER, "model": {"name": "transformer", "width": 8, "heads": 2}}
    given = with_embedding({"pretrained": str(file_of(tmp_path))}, given)
    with pytest.raises(RequestError, match=r"this model 8: set model\.width=4 and model\.heads=2, or use vectors of 8"):
        resolved(given, tmp_path)
    changed = {**given, "model": {**given["model"], "width": 4, "heads": 2}}
    _, tables = built(changed, tmp_path)
    assert tables["text"][2][2:].tolist().count([5, 6, 7, 8]) == 1


@pytest.mark.slow
def test_rows_fewer_than_ids_are_refused_and_more_are_kept(tmp_path):
    with pytest.raises(RequestError, match=r"model\.embedding\.rows is 20, but the vocabulary has"):
        trained(tmp_path / "runs", given=with_embedding({"rows": 20}))
    assert not (tmp_path / "runs").exists()
    run = trained(tmp_path / "runs", given=with_embedding({"rows": 900, "width": 4}))
    loaded = experiment.load(run)
    assert embedding_of(loaded.model, "text").table.shape == (900, 4)
    assert loaded.predict("not bad").label


@pytest.mark.parametrize("model", ["recurrent_encoder_decoder", "transformer"])
def test_each_side_of_a_translator_has_its_own_vectors(tmp_path, model):
    source = file_of(tmp_path, {"the": [1, 1, 1, 1], "a": [2, 2, 2, 2]}, "source.txt")
    target = file_of(tmp_path, {"el": [3, 3, 3, 3], "la": [4, 4, 4, 4]}, "target.txt")
    sizes = {"width": 4, "heads": 2, "layers": 1} if model == "transformer" else {"units": 6}
    given = {
        "task": "translation",
        "data": {"name": "synthetic", "size": 200},
        "vectorizer": "words",
        "model": {"name": model, **sizes},
    }
    embedding = {"source": {"pretrained": str(source)}, "target": {"pretrained": str(target), "trainable": False}}
    model, tables = built(with_embedding(embedding, given, tied=False), tmp_path)
    for side, word, vector in [["source", "the", 1], ["target", "la", 4]]:
        vectorizer, before, after = tables[side]
        row = len(vectorizer.vocabulary.specials) + vectorizer.vocabulary.tokens.index(word)
        np.testing.assert_array_equal(after[row], [vector] * 4)
        assert (before[row] != after[row]).all()
    trained_tables = {id(each) for each in model.trainable_variables}
    assert [id(embedding_of(model, side).table) in trained_tables for side in ("source", "target")] == [True, False]


def test_sides_that_share_a_vocabulary_share_the_table(tmp_path):
    path = file_of(tmp_path, {"the": [1, 1, 1, 1], "el": [2, 2, 2, 2]})
    given = {
        "task": "translation",
        "data": {"name": "synthetic", "size": 200},
        "vectorizer": {"shared": "words"},
        "model": {"name": "transformer", "width": 4, "heads": 2, "layers": 1},
    }
    model, tables = built(with_embedding({"pretrained": str(path)}, given), tmp_path)
    assert embedding_of(model, "source") is embedding_of(model, "target")
    tokens = tables["source"][0].vocabulary.tokens
    for word, value in [["the", 1], ["el", 2]]:
        assert tables["target"][2][tokens.index(word) + 4].tolist() == [value] * 4
    sides = {"source": {"pretrained": str(path)}, "target": {"trainable": True}}
    with pytest.raises(RequestError, match="share"):
        config.load(with_embedding(sides, given))


@pytest.mark.parametrize("model", ["recurrent", "transformer"])
def test_a_language_model_begins_with_vectors(tmp_path, model):
    path = file_of(tmp_path, {"the": [1, 1, 1, 1]})
    sizes = {"width": 4, "heads": 2, "layers": 1} if model == "transformer" else {"units": 6}
    given = {
        "task": "language_model",
        "data": {"name": "synthetic", "size": 4000},
        "vectorizer": "words",
        "model": {"name": model, **sizes},
    }
    _, tables = built(with_embedding({"pretrained": str(path), "trainable": False}, given), tmp_path)
    vectorizer, _, after = tables["text"]
    row = len(vectorizer.vocabulary.specials) + vectorizer.vocabulary.tokens.index("the")
    assert np.flatnonzero(after.any(axis=1)).tolist() == [row]


def test_stems_have_the_vector_of_the_first_word_with_the_stem(tmp_path):
    path = file_of(tmp_path, {"seeming": [1, 1, 1, 1], "seemed": [2, 2, 2, 2], "seem": [3, 3, 3, 3]})
    heard = Heard()
    given = {**CLASSIFIER, "vectorizer": {"name": "words", "stem": "english"}}
    _, data, rows = resolved(with_embedding({"pretrained": str(path)}, given), tmp_path, heard)
    assert rows["text"].vectors.tolist() == [[1, 1, 1, 1]]
    (row,) = rows["text"].ids
    assert data.task.vectorizers["text"].vocabulary.token(row) == "seem"
    assert heard.lines[-1].endswith("have a vector, 1 of them that of the first word with their stem")


@pytest.mark.slow
def test_refit_matches_the_vocabulary_of_training_and_validation(tmp_path):
    path = file_of(tmp_path)
    given = with_embedding({"pretrained": str(path), "trainable": False})
    run = trained(tmp_path / "runs", "training.refit=true", given=given)
    loaded = experiment.load(run)
    table = embedding_of(loaded.model, "text").table.numpy()
    tokens = [*loaded.task.examples.vectorizer.vocabulary.specials, *loaded.task.examples.vectorizer.vocabulary.tokens]
    np.testing.assert_array_equal(table[tokens.index("good")], VECTORS["good"])


def parameters_of(task, model, **context):
    """All of them, and those that are trained."""
    network = task.registries.models.read(model).build(context["context"])
    count = lambda weights: int(sum(np.prod(weight.shape) for weight in weights))  # noqa: E731
    return count(network.weights), count(network.trainable_variables)


def test_the_courses_numbers_of_parameters():
    """GloVe in a bidirectional LSTM (20,000 rows of 100, of which none is trained); AG News with a vocabulary that is
    learned from 2,000 titles and a table of 20,000 rows."""
    from seqlab.models.classification import ClassifierContext
    from seqlab.tasks import TASKS

    task = TASKS["classification"]
    glove = {"name": "recurrent", "units": 32, "bidirectional": True}
    glove["embedding"] = {"width": 100, "pretrained": "glove_6b_100d", "trainable": False}
    assert parameters_of(task, glove, context=ClassifierContext(20_000, 1, False)) == (2_034_113, 34_113)
    news = {"name": "recurrent", "cell": "simple_rnn", "units": 16, "embedding": {"width": 64, "rows": 20_000}}
    assert parameters_of(task, news, context=ClassifierContext(4_000, 4, False)) == (1_281_364, 1_281_364)


@pytest.mark.slow
def test_a_made_file_of_100_dimensions_in_a_vocabulary_of_20_000(tmp_path):
    """The course's network on as many words, from YAML to the numbers that the run records."""
    words = [f"w{number}" for number in range(19_998)]
    texts = [" ".join(words[start : start + 250]) for start in range(0, len(words), 250)]
    table = tmp_path / "reviews.csv"
    lines = [f"{text} {('good', 'bad')[number % 2]},{number % 2}\n" for number, text in enumerate(texts)]
    table.write_text("text,label\n" + "".join(lines * 2), encoding="utf-8")
    rng = np.random.default_rng(0)
    vectors = {word: rng.normal(size=100).round(3).tolist() for word in words[::40]}
    data = {"name": "csv", "path": str(table), "text": "text", "label": "label", "take": {"train": 64}}
    given = {
        "task": "classification",
        "data": data,
        "vectorizer": {"name": "words", "max_tokens": 20_000, "max_length": 8},
        "model": {
            "name": "recurrent",
            "units": 32,
            "bidirectional": True,
            "embedding": {"pretrained": str(file_of(tmp_path, vectors)), "trainable": False, "rows": 20_000},
        },
        "training": {"epochs": 1},
    }
    heard = Heard()
    run = experiment.train(config.load(given), tmp_path / "runs", progress=heard)
    assert "2,034,113 parameters, 34,113 of them trained" in heard.lines
    assert run.metadata()["parameters"] == 2_034_113
    assert run.metadata()["trained_parameters"] == 34_113
    assert isinstance(run, Run)
    assert tf.io.gfile.exists(str(run.weights_file))
