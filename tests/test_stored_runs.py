"""Runs of every format that was ever released load, answer, evaluate and resume as they did when they were written.

All were trained by seqlab 0.1.0 on embedded data:

`fixtures/run_format_1`: a bag of bigrams on 800 reviews, 6 epochs;
`fixtures/run_format_1_language_model`: a GRU with 24 units on 20,000 characters, 3 epochs;
`fixtures/run_format_1_translation`: a GRU encoder-decoder with attention on 1,200 pairs, 6 epochs.
"""

import math
import shutil
from pathlib import Path

import pytest

from seqlab import experiment, files, runs
from seqlab.decoding.beam_options import BeamOptions
from seqlab.decoding.sampling_options import SamplingOptions
from seqlab.errors import DataError, RequestError
from seqlab.runs import Run
from seqlab.runs.run import FORMAT
from seqlab.training import checkpoints

STORED = Path(__file__).parent / "fixtures"
CLASSIFICATION, LANGUAGE_MODEL, TRANSLATION = (
    f"run_format_1{suffix}" for suffix in ("", "_language_model", "_translation")
)

LABELS = {
    "The soup was not bad.": ("positive", 0.7679688),
    "The waiter was rude and the dish was awful.": ("negative", 0.5338122),
    "": ("", math.nan),  # was ("positive", 0.7503060) when a text without tokens got a label
}
NARROW = {"temperature": 0.5, "top_k": 5, "top_p": 0.9, "min_p": 0.05, "repetition_penalty": 1.2}
GENERATED = [
    (SamplingOptions(seed=7), "polos theiws thee gipy\ntckn.rssk tsyirar ci\nafg he the the t"),
    (SamplingOptions(seed=3, **NARROW), "bots ae the bon b by the boe be the the b chn athe bes the t"),
]
SENTENCES = ["The girl eats the red apple.", "The boys buy the house.", "xyz the dog"]
TRANSLATED = [
    (BeamOptions(), ["Este niño come dos tomates?", "Dos mujeres ven dos huevos.", "Este niño compra este tomate."]),
    (
        BeamOptions(width=1),
        [
            "Este niño come dos tomates?",
            "Dos mujeres encuentran dos huevos.",
            "Dos reinas encuentran dos tomates.",
        ],
    ),
]
NEWER_METRICS = {
    "support", "accuracy_low", "accuracy_high", "baseline_accuracy", "roc_auc", "average_precision", "threshold",
    "threshold_f1", "baseline_perplexity", "baseline_bits_per_character", "baseline_bleu",
}  # fmt: skip
"""Metrics that are younger than the runs."""
LATER_LOSSES = {
    CLASSIFICATION: [0.2418891, 0.2242668],
    LANGUAGE_MODEL: [1.8107112],
    TRANSLATION: [1.2179839],
}
"""Of the validation split in the epochs after those of the run, by the seqlab that wrote it."""


@pytest.fixture
def stored(tmp_path):
    """Copies a stored run to where it can be resumed."""
    return lambda name: Run(shutil.copytree(STORED / name, tmp_path / "runs" / "20261122-022250-tiny"))


def test_there_is_a_run_of_every_format():
    formats = {files.read_json(path)["format"] for path in STORED.glob("run_format_*/run.json")}
    assert formats == set(range(1, FORMAT + 1))


def test_it_is_listed_with_its_result(stored):
    (summary,) = runs.list_runs(stored(CLASSIFICATION).directory.parent)
    assert (summary.status, summary.task, summary.damage) == ("finished", "classification", "")
    assert summary.result["test.accuracy"] == 0.8875


@pytest.mark.parametrize("name", LATER_LOSSES)
def test_it_evaluates_as_it_did(stored, name):
    loaded = experiment.load(stored(name))
    for split in ("validation", "test"):
        recorded = {metric: value for metric, value in loaded.run.result().items() if metric.startswith(f"{split}.")}
        found = loaded.evaluate(split)
        assert found.keys() >= recorded.keys()
        newer = {metric.removeprefix(f"{split}.").split(".")[0] for metric in found.keys() - recorded.keys()}
        assert newer <= NEWER_METRICS
        support = [value for metric, value in found.items() if metric.startswith(f"{split}.support.")]
        assert sum(support) in {0, loaded.run.metadata()["data"]["sizes"][split]["examples"]}
        assert {metric: found[metric] for metric in recorded} == pytest.approx(recorded, abs=1e-4)


def test_a_classifier_predicts_as_it_did(stored):
    loaded = experiment.load(stored(CLASSIFICATION))
    for (label, probability), answer in zip(LABELS.values(), loaded.predict(list(LABELS)), strict=True):
        assert (answer.label, answer.probability) == (label, pytest.approx(probability, abs=1e-5, nan_ok=True))


def test_a_language_model_generates_as_it_did(stored):
    loaded = experiment.load(stored(LANGUAGE_MODEL))
    (answer,) = loaded.predict(["the ca"])
    assert (answer.label, answer.probability) == (" ", pytest.approx(0.19371055, abs=1e-5))
    for sampling, text in GENERATED:
        pieces = loaded.stream_text("the ", length=60, samples=1, sampling=sampling)
        assert "".join(piece[0] for piece in pieces) == text


def test_a_translator_translates_as_it_did(stored):
    loaded = experiment.load(stored(TRANSLATION))
    for beam, translations in TRANSLATED:
        results = list(loaded.stream_translations(SENTENCES, beam=beam))
        assert [result.label for result in results] == translations
    first = next(iter(loaded.stream_translations(SENTENCES, beam=BeamOptions()))).hypotheses[0]
    assert first.score == pytest.approx(-6.3372974, abs=1e-4)
    assert first.log_probability == pytest.approx(-9.605547, abs=1e-4)


@pytest.mark.parametrize(("name", "losses"), LATER_LOSSES.items())
def test_it_resumes_from_its_checkpoint(stored, name, losses):
    run = stored(name)
    before = run.metrics()
    epochs = len(before) + len(losses)
    new = experiment.resume(run, [f"training.epochs={epochs}"])
    assert new.metadata()["parent"] == run.id
    lines = new.metrics()
    assert lines[: len(before)] == before
    assert [line["validation.loss"] for line in lines[len(before) :]] == pytest.approx(losses, abs=1e-3)
    assert new.result()["epochs"] == epochs


def test_a_run_of_a_later_format_is_refused_with_what_is_needed(stored):
    run = stored(CLASSIFICATION)
    run.update(format=FORMAT + 1)
    needed = rf"written by a newer seqlab \(format {FORMAT + 1}; this one reads up to {FORMAT}\): upgrade seqlab"
    for use in (experiment.load, experiment.resume):
        with pytest.raises(RequestError, match=needed):
            use(run)
    assert runs.list_runs(run.directory.parent)[0].status == "damaged"


def test_a_checkpoint_of_a_later_format_is_refused_with_what_is_needed(stored):
    run = stored(CLASSIFICATION)
    (checkpoint,) = checkpoints.saved(run.checkpoints_directory)
    state = files.read_json(checkpoint / checkpoints.STATE)
    files.write_json(checkpoint / checkpoints.STATE, state | {"format": checkpoints.FORMAT + 1})
    (checkpoint / checkpoints.MANIFEST).unlink()
    files.write_json(checkpoint / checkpoints.MANIFEST, checkpoints._manifest(checkpoint))
    with pytest.raises(DataError, match=r"newer seqlab .*upgrade seqlab"):
        experiment.resume(run, ["training.epochs=8"])
