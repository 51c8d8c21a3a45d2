"""What a language model answers: generated text, the next token, a report."""

import pytest
from quick import trained

from seqlab import experiment
from seqlab.data.splits import load_splits
from seqlab.decoding.sampling_options import SamplingOptions
from seqlab.errors import RequestError
from seqlab.tasks.language_modeling.prompt import hidden_prompt


class TestGenerate:
    def test_the_same_seed_generates_the_same_text_streamed_or_not(self, language_model):
        loaded = experiment.load(language_model)
        (text,) = loaded.generate(length=80, sampling=SamplingOptions(seed=5))
        assert len(text) == 80
        pieces = loaded.stream_text(None, length=80, samples=1, sampling=SamplingOptions(seed=5))
        assert "".join(piece[0] for piece in pieces) == text
        assert loaded.generate(length=80, sampling=SamplingOptions(seed=6)) != [text]

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
