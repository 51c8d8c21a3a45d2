"""What a language model answers: generated text, the next token, a report."""

from collections import Counter

import numpy as np
import pytest
from quick import trained

from seqlab import experiment
from seqlab.data.splits import load_splits
from seqlab.decoding.sampling_options import SamplingOptions
from seqlab.errors import RequestError
from seqlab.tasks.language_modeling.evaluate import unigram_log_probabilities
from seqlab.tasks.language_modeling.prompt import hidden_prompt
from seqlab.text.vocabulary import UNKNOWN, Vocabulary


class TestGenerate:
    def test_the_same_seed_generates_the_same_text_streamed_or_not(self, language_model):
        loaded = experiment.load(language_model)
        (text,) = loaded.generate(length=80, sampling=SamplingOptions(seed=5))
        assert len(text) == 80
        pieces = loaded.stream_text(None, length=80, samples=1, sampling=SamplingOptions(seed=5))
        assert "".join(piece[0] for piece in pieces) == text
        assert loaded.generate(length=80, sampling=SamplingOptions(seed=6)) != [text]
        assert loaded.generate(length=80, seed=5) == [text]
        assert loaded.generate(length=80) == loaded.generate(length=80, seed=0)

    def test_sampling_options_are_keywords(self, language_model):
        loaded = experiment.load(language_model)
        cold = SamplingOptions(temperature=0.5, seed=1)
        assert loaded.generate("a", length=20, temperature=0.5, seed=1) == loaded.generate(
            "a", length=20, sampling=cold
        )
        with pytest.raises(RequestError, match="no sampling option 'temprature'; did you mean 'temperature'"):
            loaded.generate(temprature=0.5)
        with pytest.raises(RequestError, match="sampling and seed are given"):
            loaded.generate(sampling=cold, seed=2)

    def test_a_sample_is_the_same_alone_and_among_others(self, language_model):
        loaded = experiment.load(language_model)
        alone = loaded.generate(length=40, sampling=SamplingOptions(seed=1))
        assert loaded.generate(length=40, samples=3, sampling=SamplingOptions(seed=1))[:1] == alone

    def test_zero_is_greedy(self, language_model):
        loaded = experiment.load(language_model)
        (text,) = loaded.generate(length=1, sampling=SamplingOptions(temperature=0))
        beginning = hidden_prompt(loaded.task.vectorizer).text
        assert loaded.predict([beginning])[0].label == text

    def test_candidates_are_probabilities(self, language_model):
        (answer,) = experiment.load(language_model).predict(["a"])
        values = list(answer.probabilities.values())
        assert values == sorted(values, reverse=True)
        assert sum(values) <= 1 + 1e-6
        assert answer.probability == values[0]

    @pytest.mark.parametrize(("prompt", "said"), [("", "empty"), ("\u00df", "was|were|ß")])
    def test_prompts_that_cannot_be_read(self, language_model, prompt, said):
        with pytest.raises(RequestError, match=said):
            experiment.load(language_model).generate(prompt)

    def test_an_unreadable_prompt_is_an_error_of_its_own(self, language_model):
        with pytest.raises(RequestError, match="the prompt cannot be read"):
            experiment.load(language_model).out_of_vocabulary("\u00df")

    def test_the_report_finds_copied_text(self, language_model):
        loaded = experiment.load(language_model)
        copied = load_splits.load(loaded.experiment.data).splits["train"]["text"][0][1000:1100]
        report = loaded.report([f"§§§{copied}§§§"])
        assert report["longest_copied"]["text"] == copied
        assert report["test.bits_per_character"] == language_model.result()["test.bits_per_character"]


def test_only_language_models_generate(tmp_path):
    classifier = trained(tmp_path)
    with pytest.raises(RequestError, match="cannot generate text; language_model runs can"):
        experiment.load(classifier).generate()


def test_the_unigram_model_counts_training_tokens():
    train, text = "abracadabra", "cab"
    counts = Counter(train)
    letters = np.array(list(counts.values()))
    vocabulary = Vocabulary((), tuple(counts), letters, letters, 1)
    ids = np.array([list(counts).index(letter) for letter in text])
    expected = np.log([counts[letter] / len(train) for letter in text])
    assert unigram_log_probabilities(vocabulary, ids, 0.0) == pytest.approx(expected)


def test_the_unigram_model_knows_the_share_of_unknown_tokens():
    counts = np.array([3, 1, 0])  # the last, such as a byte, is known although training does not hold it
    vocabulary = Vocabulary((UNKNOWN,), ("a", "b", "c"), counts, counts, 1)
    found = unigram_log_probabilities(vocabulary, np.array([0, 1, 2, 3]), 0.25)
    assert np.exp(found) == pytest.approx([0.25, 0.75 * 3 / 5, 0.75 / 5, 0.75 / 5])


def test_the_baseline_of_a_run_is_that_of_its_training_text(language_model):
    splits = load_splits.load(experiment.load(language_model).experiment.data).splits
    counts, text = Counter(splits["train"]["text"][0]), splits["test"]["text"][0]
    total = sum(counts.values())
    bits = -np.mean([np.log2(counts[character] / total) for character in text[1:]])
    result = language_model.result()
    assert result["test.baseline_bits_per_character"] == pytest.approx(bits)
    assert result["test.baseline_perplexity"] == pytest.approx(2**bits)
    assert result["test.bits_per_character"] < bits
