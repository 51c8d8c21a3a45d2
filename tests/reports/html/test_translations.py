"""The translations of a split, worst and best."""

import sacrebleu
from recorded_runs import recorded_run

from seqlab.comparison.predictions import read_translations
from seqlab.reports.html.translations import translation_blocks

LINES = [
    {"id": "a", "target": ["el perro", "un perro"], "prediction": "el perro", "scores": {}},
    {"id": "b", "target": ["la casa verde"], "prediction": "la casa roja", "scores": {}},
    {"id": "c", "target": ["buenos días"], "prediction": "xyz", "scores": {}},
]


def test_worst_and_best(tmp_path):
    run = recorded_run(tmp_path, "one", None, LINES, task="translation")
    result = {"test.bleu": 12.0, "test.bleu.1-5": 20.25, "test.bleu.21-": 3.0}
    lengths, worst, best = translation_blocks(read_translations(run, "test"), result, "test", {"c": "good day"}, 2)
    assert lengths.rows == [["1-5", "20.25"], ["21 and more", "3.00"]]
    assert [item.facts[0][1] for item in worst.items] == ["xyz", "la casa roja"]
    assert worst.items[0].text == "good day"
    assert [item.facts[0][1] for item in best.items] == ["el perro", "la casa roja"]
    assert ("reference", "un perro") in best.items[0].facts
    score = sacrebleu.sentence_chrf("la casa roja", ["la casa verde"]).score
    assert best.items[1].facts[-1] == ("chrF", f"{score:.1f}")
