"""Document vectors from a config to a run that answers."""

import numpy as np
import pytest
from quick import DOCUMENT_VECTORS, trained, weights_of

from seqlab import config, experiment
from seqlab.config import ConfigError, load
from seqlab.config.choices import choices_of
from seqlab.data.splits.load_splits import load as load_splits
from seqlab.errors import RequestError
from seqlab.experiment import text_similarity
from seqlab.progress import SILENT
from seqlab.tasks.word_vectors import WORD_VECTORS

SENTENCE, LIKE, UNLIKE = (
    "a black dog praised our cheese",
    "a white cat tasted our bread",
    "monday my nurse walked to the castle with a wolf",
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("runs"), given=DOCUMENT_VECTORS)


@pytest.fixture(scope="module")
def loaded(run):
    return experiment.load(run)


def test_sentences_of_one_pattern_are_alike(loaded):
    """No word but "a" and "our" is in both; the words of a class are in the same sentences."""
    vectors = text_similarity.vectors_of_run(loaded, [SENTENCE, LIKE, UNLIKE])
    cosines = text_similarity.cosines(vectors, [SENTENCE, LIKE, UNLIKE])
    assert cosines[0, 1] > cosines[0, 2] + 0.1


def test_ngrams_have_neighbors_and_one_matrix(loaded, run):
    nearest = [each.word for each in loaded.neighbors("monday", top=2)]
    assert "unheard" not in nearest
    assert "the" in loaded.word_vectors()
    assert "our cheese" in loaded.word_vectors()
    with pytest.raises(RequestError, match="document vectors have one vector for each word"):
        loaded.neighbors("monday", matrix="output")
    samples = run.samples_file.read_text("utf-8")
    assert samples.startswith("--- nearest words by the input vectors ---\nmonday: ")
    assert "output" not in samples


def test_one_text_and_a_batch_have_equal_vectors_always(loaded):
    texts = [SENTENCE, LIKE, UNLIKE, "the", "nothing known"] * 40  # in portions
    together = loaded.predictor.text_features(texts)
    assert together.shape == (200, 16)
    for number in range(4):
        alone = loaded.predictor.text_features([texts[number]])[0]
        np.testing.assert_allclose(together[number], alone, atol=1e-5)
        np.testing.assert_allclose(together[number], together[number + 100], atol=1e-5)
        np.testing.assert_allclose(np.linalg.norm(alone), 1, rtol=1e-5)
    assert not together[4].any()
    assert np.array_equal(loaded.predictor.text_features(texts), together)
    with pytest.raises(RequestError, match="no word of 'nothing known' has a vector"):
        loaded.predictor.text_vectors([SENTENCE, "nothing known"])


def test_evaluate_gives_the_figures_of_the_result(loaded, run):
    figures = loaded.evaluate()
    assert figures == {name: run.result()[name] for name in figures}
    assert 0 < figures["validation.loss"] < 6 * np.log(2)  # what six guesses cost


@pytest.mark.slow
def test_training_goes_on_bit_for_bit(run, tmp_path):
    """The noise of each batch and the n-grams left out are those of an uninterrupted training."""
    given = {**DOCUMENT_VECTORS, "data": {"name": "synthetic", "size": 500}}
    whole = trained(tmp_path / "whole", "training.epochs=4", given=given)
    begun = trained(tmp_path / "begun", "training.epochs=2", "training.checkpoint.keep_last=true", given=given)
    continued = experiment.resume(begun, ["training.epochs=4"])
    assert weights_of(continued) == weights_of(whole)
    assert continued.result()["validation.loss"] == whole.result()["validation.loss"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["model.smoothing=2"], "words are kept by their frequency: set keep_ratio"),
        (["model.keep_ratio=1"], "the data have no classes to take ratios of"),
        (["model.window=3"], "window"),
        (["vectorizer.output=count"], "word vectors need output: ids"),
    ],
)
def test_options_that_mean_nothing(changes, message):
    with pytest.raises(ConfigError) as caught:
        load(DOCUMENT_VECTORS, changes)
    assert message in " ".join(str(caught.value).split())


def test_ngrams_are_for_documents_alone():
    with pytest.raises(ConfigError, match="the windows of 'cbow' are of single words"):
        load(DOCUMENT_VECTORS, ["model=cbow"])


def test_labels_without_a_use_are_refused():
    imdb = {**DOCUMENT_VECTORS, "data": {"name": "imdb", "labels": True}, "model": "document_vectors"}
    with pytest.raises(ConfigError, match="no word is kept by its class"):
        config.load(imdb)
    with pytest.raises(ConfigError, match=r"keep_ratio decides which words\s+are kept"):
        config.load(imdb, ["model.keep_ratio=1", "model.subsample=0.1"])


def test_words_that_tell_the_class_are_kept(tmp_path):
    for split in ("train", "test"):
        for kind, word in (("pos", "lovely"), ("neg", "dreadful")):
            folder = tmp_path / "aclImdb" / split / kind
            folder.mkdir(parents=True)
            for number in range(20):
                review = f"{word} film number {split} {number}"
                (folder / f"{number}_1.txt").write_text(review, encoding="utf-8")
    data = {"name": "imdb", "path": str(tmp_path / "aclImdb"), "labels": True, "validation": 0.2}

    def kept_by(**options):
        model = {"name": "document_vectors", "dimensions": 4, **options}
        choices = choices_of(
            config.load({**DOCUMENT_VECTORS, "data": data, "vectorizer": "words", "model": model}).experiment
        )
        fitted = WORD_VECTORS.fit(choices, load_splits(choices.data).splits["train"], SILENT)
        fitted.save(tmp_path)
        assert np.array_equal(WORD_VECTORS.restore(choices, tmp_path).kept, fitted.kept)
        return dict(zip(fitted.vectorizer.vocabulary.tokens, fitted.kept, strict=True))

    kept = kept_by(keep_ratio=2.0)
    assert kept["lovely"] == kept["dreadful"] == 1  # |log(17/1)| or so
    assert kept["film"] == pytest.approx(0, abs=0.01)
    smoothed = kept_by(keep_ratio=2.0, smoothing=16.0)
    assert smoothed["lovely"] == pytest.approx(np.log(2) / 2, abs=0.01)
