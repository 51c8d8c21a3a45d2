"""Sources counted as BLEU counts them, and the settings of sacreBLEU that the runs recorded."""

import pytest
from recorded_runs import recorded_run

from seqlab.comparison.predictions import Pair, TranslationPredictions
from seqlab.comparison.translations import settings_for, sources_of, translation_measures
from seqlab.errors import RequestError
from seqlab.metrics import sacrebleu_scores
from seqlab.metrics.sacrebleu_scores import bleu_of, chrf_of

SIGNATURE = "nrefs:1|case:{case}|eff:no|tok:{tok}|smooth:exp|version:2.6.0"


def predicted(*pairs):
    return TranslationPredictions([Pair(*each) for each in pairs])


def test_a_source_has_a_line_for_each_of_its_references():
    """Two sources have the same references: what a run makes of them tells them apart, or nothing has to."""
    both, alone = ("un gato", "el gato"), ("un perro",)
    first = predicted(
        ("1", both, "x"), ("2", both, "x"), ("3", alone, "y"), ("4", both, "z"), ("5", both, "z"), ("6", alone, "y")
    )
    second = predicted(
        ("6", alone, "w"), ("5", both, "v"), ("4", both, "v"), ("3", alone, "w"), ("2", both, "u"), ("1", both, "u")
    )
    found = sources_of([first, second])
    assert found.contents == ["1", "3", "6", "4"]
    assert found.references == [both, alone, alone, both]
    assert found.translations == [["x", "y", "y", "z"], ["u", "w", "w", "v"]]


def test_equal_pairs_are_one_source():
    """The test split repeats a pair: its lines have one id."""
    found = sources_of([predicted(("1", ("a",), "x"), ("1", ("a",), "x"))])
    assert found.contents == ["1"]


def test_scores_are_those_of_the_metrics():
    references = [("the cat sees a small house today",), ("a dog runs and sleeps there", "the dog runs and sleeps")]
    translations = [["The cat sees a house today", "a dog runs and sleeps"], ["the cat sees a mouse", "dog"]]
    sources = sources_of(
        [
            predicted(("1", references[0], each[0]), ("2", references[1], each[1]), ("3", references[1], each[1]))
            for each in translations
        ]
    )
    measures = translation_measures(sources, settings_for([], "test", references))
    for run, found in enumerate(translations):
        assert measures[0].value(run) == pytest.approx(bleu_of(found, references, tokenize="13a").score)
        assert measures[1].value(run) == pytest.approx(chrf_of(found, references, lowercase=False)[0])


def test_without_any_long_translation_bleu_is_of_shorter_n_grams():
    references = [("the cat sees a small house",)] * 2
    found = ["the cat", "the dog"]
    sources = sources_of([predicted(*((str(n), references[n], found[n]) for n in range(2)))])
    bleu = translation_measures(sources, settings_for([], "test", references))[0].value(0)
    assert bleu == pytest.approx(bleu_of(found, references, tokenize="13a").score)
    assert bleu > 0


class TestSettings:
    def made(self, folder, **signature):
        result = {"test.bleu_signature": SIGNATURE.format(**signature)} if signature else {}
        return recorded_run(folder, "run", None, None, task="translation", result=result)

    def test_those_of_the_runs(self, tmp_path):
        runs = [self.made(tmp_path, case="lc", tok="char")] * 2
        assert settings_for(runs, "test", [("a b",)])[:2] == ("char", True)
        assert not settings_for(runs, "test", [("a b",)]).note

    def test_a_run_without_case_takes_it_from_all(self, tmp_path):
        runs = [self.made(tmp_path, case=case, tok="13a") for case in ("mixed", "lc")]
        found = settings_for(runs, "test", [("a b",)])
        assert found.lowercase
        assert found.note == f"BLEU and chrF are without case, because {runs[1].id} cannot write capitals"

    def test_different_tokenizers(self, tmp_path):
        runs = [self.made(tmp_path, case="mixed", tok=tok) for tok in ("intl", "char")]
        found = settings_for(runs, "test", [("a b",)])
        assert found.tokenize == "13a"
        assert "scored with different tokenizers: BLEU is computed with 13a" in found.note

    @pytest.mark.parametrize("signature", [{}, {"case": "mixed", "tok": "nonsense"}])
    def test_without_a_known_one_it_fits_the_references(self, tmp_path, signature):
        assert settings_for([self.made(tmp_path, **signature)], "test", [("我喜欢足球",)]).tokenize == "zh"

    def test_a_tokenizer_that_is_not_installed(self, tmp_path, monkeypatch):
        monkeypatch.setattr(sacrebleu_scores, "_has_mecab", lambda: False)
        with pytest.raises(RequestError, match=r"ja-mecab, which is not installed: pip install 'seqlab\[japanese\]'"):
            settings_for([self.made(tmp_path, case="mixed", tok="ja-mecab")], "test", [("a b",)])
