"""What is said of a training that is no better than a constant answer, when, and with which causes."""

import json
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from quick import LANGUAGE_MODEL, QUICK, TRANSLATED, Heard

from seqlab import config, experiment
from seqlab.errors import Stopped
from seqlab.experiment.constant_answer import ConstantAnswerNotes
from seqlab.runs import Run
from seqlab.tasks.constant_answer import ConstantAnswer

ANSWER = ConstantAnswer("the frequencies of the labels", 0.7, 0.7, ("labels that do not depend on the input",))


def line(epoch, step, train, validation):
    return {"epoch": epoch, "step": step, "train.loss": train, "validation.loss": validation}


def notes_of(lines, *overrides, answer=ANSWER, history=(), given=QUICK):
    """The epochs that a note is about, and the notes."""
    notes = ConstantAnswerNotes(config.load(given, overrides).experiment, answer, history)
    found = [(each["epoch"], note) for each in lines for note in notes.after_epoch(each)]
    return [epoch for epoch, _ in found], [note for _, note in found]


STUCK = [line(1, 100, 0.7, 0.7), line(2, 200, 0.7, 0.7), line(3, 300, 0.7, 0.7)]


def test_the_note_names_losses_and_causes():
    epochs, (note,) = notes_of([line(1, 1000, 0.70123, 0.695)], "training.learning_rate=1e-3")
    assert epochs == [1]
    assert note == (
        "the model of epoch 1 is no better than a constant answer: train.loss 0.7012, validation.loss 0.6950 "
        "(0.7000 by the frequencies of the labels alone). Likely causes: a learning rate too low or too high (0.001), "
        "or labels that do not depend on the input"
    )


def test_it_is_said_once_and_not_before_enough_steps():
    assert notes_of(STUCK)[0] == [2]


@pytest.mark.parametrize("resumed_after", [0, 1, 2, 3])
def test_a_resumed_training_says_what_one_without_a_pause_says(resumed_after):
    before, after = STUCK[:resumed_after], STUCK[resumed_after:]
    read = [json.loads(json.dumps(each)) for each in before]
    assert notes_of(before)[0] + notes_of(after, history=read)[0] == [2]


@pytest.mark.parametrize(
    ("train", "validation", "what"),
    [
        (0.692, 0.7, None),
        (0.7, 0.692, None),
        (0.694, 0.694, "hardly better"),
        (0.694, 0.701, "no better"),
        (0.74, 0.73, "no better"),
        (0.73, 0.74, "no better"),
        (0.74, 0.74, "worse"),
        (5.0, 7.0, "worse"),
        (float("nan"), 0.7, None),
        (0.7, float("nan"), None),
        (None, 0.7, None),
        (0.7, "0.7", None),
        (float("inf"), float("inf"), "worse"),
    ],
)
def test_both_losses_decide(train, validation, what):
    (_, found) = notes_of([line(1, 200, 0.7, 0.5), line(2, 400, train, validation)])
    assert [what] * len(found) == [note.split(" is ")[1].split(" than ")[0] for note in found]
    assert len(found) == (what is not None)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        # Of the first epoch, the mean over its steps and the loss at its end:
        ([line(1, 300, 2.0, 1.5)], []),
        ([line(1, 300, 2.0, 2.0)], [1]),
        # Then the training loss of two epochs: dropout does not separate them from each other.
        ([line(1, 300, 2.0, 1.5), line(2, 600, 1.5, 1.1), line(3, 900, 1.49, 1.1)], [3]),
        ([line(1, 300, 2.0, 1.5), line(2, 600, 1.5, 1.6), line(3, 900, 0.6, 0.6)], []),
    ],
)
def test_nothing_is_said_while_the_loss_is_falling(lines, told):
    assert notes_of(lines)[0] == told


@pytest.mark.parametrize("answer", [None, ConstantAnswer("x", 0.0, 0.0), ConstantAnswer("x", 0.7, 0.004)])
def test_without_a_loss_to_compare_with_nothing_is_said(answer):
    assert notes_of([line(1, 300, 0.0, 0.0), line(2, 600, 0.7, 0.7)], answer=answer)[0] == []


@pytest.mark.parametrize("odd", [{"epoch": 1}, {"epoch": 1, "step": None}, {"epoch": 1, "step": "many"}])
def test_a_history_of_others_is_read(odd):
    losses = {"train.loss": 0.7, "validation.loss": 0.7}
    assert notes_of(STUCK, history=[{**losses, **odd}])[0] == [2]


RECURRENT = {**QUICK, "vectorizer": "words", "model": {"name": "recurrent", "mask": False}}
ENCODED = {**TRANSLATED, "model": {"name": "recurrent_encoder_decoder"}}


@pytest.mark.parametrize(
    ("given", "overrides", "step", "causes"),
    [
        (QUICK, [], 300, "too few steps (300), a learning rate too low or too high (0.005), or"),
        (RECURRENT, [], 900, "padding read like words (model.mask: false), a learning rate"),
        (RECURRENT, ["model.bidirectional=true"], 900, "a learning rate"),
        (RECURRENT, ["model.pooling=mean"], 900, "a learning rate"),
        (RECURRENT, ["model.mask=true"], 900, "a learning rate"),
        (
            RECURRENT,
            ["model.mask=true", "model.embedding={pretrained: glove_6b_50d, trainable: false}"],
            900,
            "an embedding that is not trained (trainable: false), a learning rate",
        ),
        (
            ENCODED,
            ["model.embedding={source: {pretrained: glove_6b_50d, trainable: false}, target: 8}"],
            900,
            "an embedding of the source that is not trained (trainable: false), a learning rate",
        ),
        (
            {**RECURRENT, "init_from": "run:20260101-000000-a"},
            ["model.mask=true", "training.unfreeze_epochs=2"],
            900,
            "layers trained later (unfreeze_epochs: 2), a learning rate",
        ),
        (QUICK, ["training.learning_rate=1e-8"], 900, "a learning rate too low (1e-08), or"),
        (QUICK, ["training.learning_rate=0.5"], 900, "a learning rate too high (0.5), or"),
        (QUICK, ["training.learning_rate=0.5", "training.optimizer=sgd"], 900, "a learning rate too low or too high"),
        (QUICK, ["training.learning_rate=5", "training.optimizer=sgd"], 900, "a learning rate too high (5), or"),
        (
            QUICK,
            ["training.learning_rate=1e-8", "training.schedule=cosine_decay"],
            900,
            "a learning rate too low or too high (1e-08, cosine_decay), or",
        ),
    ],
)
def test_causes_are_those_of_the_config(given, overrides, step, causes):
    _, (note,) = notes_of([line(1, step, 0.7, 0.7)], *overrides, given=given)
    assert note.partition("Likely causes: ")[2].startswith(causes)


def test_a_language_model_may_have_a_single_cause():
    answer = ConstantAnswer("the frequencies of the tokens", 0.7, 0.7)
    _, (note,) = notes_of([line(1, 900, 0.7, 0.7)], answer=answer, given=LANGUAGE_MODEL)
    assert note.endswith("Likely causes: a learning rate too low or too high (0.01, cosine_decay)")


def test_the_recipe_that_is_meant_to_fail():
    """The figures of docs/padding.md, and the note."""
    answer = replace(ANSWER, train=0.69314, validation=0.69314)
    lines = [line(1, 703, 0.6937, 0.6932), line(2, 1406, 0.6932, 0.6932)]
    epochs, (note,) = notes_of(lines, answer=answer, given="imdb/gru_unmasked")
    assert epochs == [1]
    assert note in " ".join((Path(__file__).parents[2] / "docs" / "padding.md").read_text("utf-8").split())
    assert notes_of([line(1, 703, 0.5041, 0.3872)], answer=answer, given="imdb/gru_masked")[0] == []


CONSTANT = {**QUICK, "model": {"name": "naive_bayes_bag", "alpha": 1e6}}
"""So smoothed, the counts of the classes say nothing: before training, each class has a probability of one half."""


def about(lines):
    return [each for each in lines if "constant answer" in each]


def learned(folder, *overrides, given=QUICK):
    """A run, and what was said of constant answers."""
    heard = Heard()
    run = experiment.train(config.load(given, overrides), folder, progress=heard)
    return run, about(heard.lines)


def test_a_training_that_stays_where_it_began(tmp_path):
    """360 examples in batches of 4 are 90 steps an epoch: the third is the first to end after 200."""
    slow = ["training.learning_rate=1e-8", "training.batch_size=4", "training.epochs=4"]
    run, (note,) = learned(tmp_path, *slow, given=CONSTANT)
    third = run.metrics()[2]
    losses = f"train.loss {third['train.loss']:.4f}, validation.loss {third['validation.loss']:.4f}"
    assert note.startswith(f"the model of epoch 3 is no better than a constant answer: {losses} (0.69")
    assert "too few steps (270), a learning rate too low (1e-08), or labels that do not depend on the input" in note
    best = run.result()["best_epoch"]
    assert run.metadata()["warning"].startswith(f"the model of epoch {best} is no better than a constant answer")


def test_a_short_training_says_it_at_its_end(tmp_path):
    slow = ["training.learning_rate=1e-8", "training.epochs=2", "training.refit=true"]
    run, (note,) = learned(tmp_path, *slow, given=CONSTANT)
    assert note == run.metadata()["warning"]
    assert "too few steps (24)" in note


def test_a_training_that_learns_says_nothing(tmp_path):
    run, found = learned(tmp_path)
    assert found == []
    assert run.metadata()["warning"] is None


def test_a_training_far_above(tmp_path):
    """Steps so large that the loss is that of confident mistakes."""
    wild = ["training.optimizer=sgd", "training.learning_rate=1e4", "training.epochs=8", "data.size=300"]
    labels = {**QUICK, "model": {"name": "bag", "dropout": 0.0}}
    _, (note,) = learned(tmp_path, *wild, given=labels)
    assert "is worse than a constant answer" in note
    assert "a learning rate too high (10000)" in note


class StopsAfter(Heard):
    """Sends this process a signal after an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.wanted = epoch

    def epoch(self, metrics):
        if metrics["epoch"] == self.wanted:
            signal.raise_signal(signal.SIGTERM)


@pytest.mark.slow
@pytest.mark.parametrize("stopped_after", [1, 2, 3])
def test_stopped_and_resumed_it_says_what_it_would_have_said(tmp_path, stopped_after):
    """In batches of 2, an epoch has 180 steps."""
    slow = ["training.learning_rate=1e-8", "training.batch_size=2", "training.epochs=4"]
    before, after = StopsAfter(stopped_after), Heard()
    with pytest.raises(Stopped):
        experiment.train(config.load(CONSTANT, slow), tmp_path, progress=before)
    (directory,) = tmp_path.iterdir()
    run = experiment.resume(Run(directory), progress=after)
    (note,) = about([*before.lines, *after.lines])
    assert note.startswith("the model of epoch 2 is")
    assert len(about(before.lines)) == (stopped_after >= 2)
    assert "constant answer" in run.metadata()["warning"]


@pytest.mark.slow
def test_continued_with_more_epochs_it_is_not_said_again(tmp_path):
    slow = ["training.learning_rate=1e-8", "training.batch_size=2", "training.epochs=2"]
    run, (note,) = learned(tmp_path, *slow, given=CONSTANT)
    heard = Heard()
    longer = experiment.resume(run, ["training.epochs=3"], progress=heard)
    assert "of epoch 2 is" in note
    assert about(heard.lines) == []
    assert "constant answer" in longer.metadata()["warning"]


@pytest.mark.slow
@pytest.mark.parametrize("given", [TRANSLATED, LANGUAGE_MODEL])
def test_tokens_that_are_all_equally_probable(tmp_path, given):
    small = {**given, "data": {"name": "synthetic", "size": 200 if given is TRANSLATED else 4_000}}
    changes = ["training.learning_rate=1e-8", "training.epochs=1", "model.embedding=8"]
    run, (note,) = learned(tmp_path, *changes, given=small)
    assert "is worse than a constant answer" in note
    assert "by the frequencies of the t" in note
    assert run.metadata()["warning"] == note


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "is_told"), [(1e-8, True), (0.05, False)])
def test_numbers(tmp_path, rate, is_told):
    given = {
        "task": "regression",
        "data": {"name": "synthetic", "size": 300},
        "model": {"name": "tabular", "hidden": 0},
        "training": {"epochs": 5, "learning_rate": rate, "optimizer": "adam"},
    }
    _, found = learned(tmp_path, given=given)
    assert len(found) == is_told
    assert all("(1.0000 by the mean of the numbers alone)" in note for note in found)
