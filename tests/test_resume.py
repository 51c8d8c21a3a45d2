"""A run that is stopped anywhere, by anything, goes on as if it had not been."""

import contextlib
import functools
import json
import os
import shutil
import signal
import sys

import numpy as np
import pytest
from quick import QUICK, WORD_VECTORS, Heard, comparable, trained, weights_of
from tiny_encoder import config_of, save_encoder

from seqlab import config, experiment, files, runs
from seqlab.errors import DataError, RequestError, SeqlabError, Stopped
from seqlab.models.classification.least_squares import LinearSolution
from seqlab.progress import Silent
from seqlab.runs import Run
from seqlab.tasks import TASKS
from seqlab.training import checkpoints, loop

GIVEN = {**QUICK, "training": {**QUICK["training"], "optimizer": "adam"}}
SIGNALS = {"SIGTERM": 75, "SIGUSR1": 75, "SIGINT": 130}


@pytest.fixture(autouse=True)
def _one_step_a_call(monkeypatch):
    monkeypatch.setattr(loop, "SECONDS_PER_CALL", 1e-9)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("whole"), given=GIVEN)


@pytest.fixture(scope="module")
def of_five_epochs(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("five"), "training.epochs=5", given=GIVEN)


class SignalAt(Silent):
    """Sends this process a signal when a step of that name has advanced so often."""

    def __init__(self, step, advances=0, number=signal.SIGTERM):
        self.wanted, self.left, self.number = step, advances, number
        self.said = []

    def say(self, text):
        self.said.append(text)

    @contextlib.contextmanager
    def step(self, what, total=None, unit=""):
        if what != self.wanted:
            yield Advances(lambda: None)
            return
        if self.left == 0:
            os.kill(os.getpid(), self.number)
        yield Advances(self._count)

    def _count(self):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), self.number)


class Advances:
    def __init__(self, then):
        self.then = then

    def advance(self, units=1, **figures):
        self.then()


def stopped(folder, progress, *overrides, given=GIVEN):
    """A run that the progress stops with a signal."""
    with pytest.raises(Stopped) as caught:
        experiment.train(config.load(given, overrides), folder, progress=progress)
    (directory,) = folder.iterdir()
    assert Run(directory).status() == "stopped"
    return Run(directory), caught.value


def assert_equal(run, whole):
    assert weights_of(run) == weights_of(whole)
    assert comparable(run.result()) == comparable(whole.result())
    assert run.predictions_file("test").read_bytes() == whole.predictions_file("test").read_bytes()
    epochs = [{k: v for k, v in line.items() if "second" not in k} for line in run.metrics()]
    assert epochs == [{k: v for k, v in line.items() if "second" not in k} for line in whole.metrics()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "advances"),
    [
        ("learning the vocabulary", 0),
        ("epoch 1/3", 1),
        ("epoch 1/3", 7),
        ("epoch 2/3", 4),
        ("epoch 3/3", 13),
        ("evaluating", 0),
    ],
)
def test_stopped_anywhere_and_resumed_is_bit_for_bit_the_same(tmp_path, monkeypatch, whole, step, advances):
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path / "cache"))  # so that the vocabulary is learned
    run, stop = stopped(tmp_path / "runs", SignalAt(step, advances))
    assert stop.exit_code == 75
    assert "SIGTERM" in run.metadata()["reason"]
    again = experiment.resume(run)
    assert again.id == run.id
    assert_equal(again, whole)


def other_least_squares(targets, rows, sizes, width):
    return LinearSolution(np.ones(sum(sizes)), np.ones(width))


ROWS = {
    "task": "regression",
    "data": {"name": "synthetic", "size": 1_400},
    "model": {"name": "tabular", "hidden": 4},
    "training": {"epochs": 3, "optimizer": "adam"},
}


@pytest.mark.slow
def test_a_regression_on_rows_goes_on_bit_for_bit(tmp_path, monkeypatch):
    """Its linear model is that of the checkpoint: other least squares would not be noticed."""
    run, _ = stopped(tmp_path / "runs", SignalAt("epoch 2/3", 4), given=ROWS)
    with monkeypatch.context() as patch:
        patch.setattr("seqlab.tasks.regression.task.least_squares", other_least_squares)
        again = experiment.resume(run)
    whole = trained(tmp_path / "whole", given=ROWS)
    assert_equal(again, whole)
    for name in ("features.json", "target.json"):
        assert (again.directory / name).read_bytes() == (whole.directory / name).read_bytes()


@pytest.fixture(scope="module")
def encoder_whole(tmp_path_factory):
    """`encoder_whole(trainable)` → a config of a sentence encoder and its training without a stop."""

    @functools.cache
    def made(trainable):
        folder = tmp_path_factory.mktemp("encoder")
        given = config_of(save_encoder(folder / "encoder"), trainable=trainable)
        return given, trained(folder / "whole", given=given)

    return made


@pytest.mark.slow
@pytest.mark.parametrize("trainable", [False, True])
@pytest.mark.parametrize(("step", "advances"), [("encoding", 0), ("epoch 2/3", 4)])
def test_a_sentence_encoder_goes_on_bit_for_bit(tmp_path, monkeypatch, encoder_whole, trainable, step, advances):
    if trainable and step == "encoding":
        pytest.skip("texts are prepared as they are")
    given, whole = encoder_whole(trainable)
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path / "cache"))  # so that the texts are encoded
    run, _ = stopped(tmp_path / "runs", SignalAt(step, advances), given=given)
    assert_equal(experiment.resume(run), whole)


@pytest.mark.parametrize("name", SIGNALS)
def test_each_signal_has_its_exit_code_and_leaves_the_handlers_as_they_were(tmp_path, name):
    if not hasattr(signal, name):
        pytest.skip("this platform has no such signal")
    before = signal.getsignal(getattr(signal, name))
    _, stop = stopped(tmp_path, SignalAt("epoch 2/3", 2, getattr(signal, name)))
    assert stop.exit_code == SIGNALS[name]
    assert signal.getsignal(getattr(signal, name)) == before


def test_the_message_names_what_is_saved_and_how_to_resume(tmp_path, monkeypatch):
    early, late = SignalAt("learning the vocabulary"), SignalAt("epoch 2/3", 2, signal.SIGINT)
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path / "cache"))  # nothing is prepared
    run, _ = stopped(tmp_path / "early runs", early)
    command = f"  seqlab train --resume '{run.directory}'"
    assert early.said[-1].splitlines() == ["stopped by SIGTERM before training began. To resume:", command]
    monkeypatch.setenv("SEQLAB_RUNS_DIR", str(tmp_path / "late"))
    run, _ = stopped(tmp_path / "late", late)
    command = f"  seqlab train --resume {run.id}"
    assert late.said[-1].splitlines() == ["stopped by Ctrl-C; training is saved. To resume:", command]


@pytest.mark.slow
def test_stopped_twice_with_saves_in_mid_epoch(tmp_path, whole):
    run, _ = stopped(tmp_path, SignalAt("epoch 1/3", 5), "training.checkpoint.every_seconds=0.001")
    assert len(checkpoints.saved(run.checkpoints_directory)) == checkpoints.KEPT
    with pytest.raises(Stopped):
        experiment.resume(run, progress=SignalAt("epoch 2/3", 3))
    assert_equal(experiment.resume(run), whole)
    assert len(checkpoints.saved(run.checkpoints_directory)) == 1


WINDOWS = {
    **WORD_VECTORS,
    "data": {"name": "synthetic", "size": 1_000},
    "model": {**WORD_VECTORS["model"], "subsample": 0.02, "subwords": {"buckets": 300}},
    "training": {**WORD_VECTORS["training"], "epochs": 2, "batch_size": 512},
}


@pytest.fixture(scope="module")
def whole_windows(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("windows"), given=WINDOWS)


@pytest.mark.slow
@pytest.mark.parametrize(("step", "advances"), [("epoch 1/2", 3), ("epoch 2/2", 0), ("epoch 2/2", 5)])
def test_word_vectors_draw_the_same_windows_negatives_and_words_left_out_after_a_resume(
    tmp_path, whole_windows, step, advances
):
    """They come from the plan of the epoch and from a generator whose state is in the checkpoint."""
    run, _ = stopped(tmp_path / "stopped", SignalAt(step, advances), given=WINDOWS)
    again = experiment.resume(run)
    assert weights_of(again) == weights_of(whole_windows)
    assert comparable(again.result()) == comparable(whole_windows.result())
    name = "validation"
    assert again.predictions_file(name).read_bytes() == whole_windows.predictions_file(name).read_bytes()


@pytest.fixture(scope="module")
def _crashed(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "SECONDS_PER_CALL", 1e-9)
        every_step = "training.checkpoint.every_seconds=1e-6"
        return stopped(tmp_path_factory.mktemp("crashed"), SignalAt("epoch 3/3", 4), every_step)[0]


@pytest.fixture
def crashed(_crashed, tmp_path):
    """A run as a power cut leaves it: two checkpoints, and then nothing was saved any more."""
    return Run(shutil.copytree(_crashed.directory, tmp_path / "crashed" / _crashed.id))


def test_a_crash_after_a_best_epoch_does_not_know_the_future(crashed, whole):
    run = crashed
    # As if the process had gone on for a moment: newer weights and another line, but no newer checkpoint.
    (run.weights_file).write_bytes(b"from the future")
    run.append_metrics({"epoch": 99})
    assert_equal(experiment.resume(run), whole)


@pytest.mark.parametrize("damage", ["cut", "flipped", "missing", "no manifest"])
def test_of_a_damaged_checkpoint_the_one_before_is_used_and_said(crashed, whole, damage):
    run = crashed
    newest = checkpoints.saved(run.checkpoints_directory)[-1]
    arrays = newest / checkpoints.ARRAYS
    content = arrays.read_bytes()
    if damage == "cut":
        arrays.write_bytes(content[:-8])
    elif damage == "flipped":
        arrays.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif damage == "missing":
        (newest / checkpoints.BEST).unlink()
    else:
        (newest / checkpoints.MANIFEST).unlink()
    heard = Heard()
    assert_equal(experiment.resume(run, progress=heard), whole)
    assert any(f"checkpoint {newest.name} is damaged" in line for line in heard.lines)


def test_without_any_checkpoint_it_starts_from_the_beginning(crashed, whole):
    run = crashed
    shutil.rmtree(run.checkpoints_directory)
    assert_equal(experiment.resume(run), whole)


def test_a_checkpoint_of_another_model_is_refused(tmp_path, crashed):
    run = crashed
    other, _ = stopped(tmp_path / "b", SignalAt("epoch 3/3", 4), "model.hidden=7")
    shutil.rmtree(run.checkpoints_directory)
    shutil.copytree(other.checkpoints_directory, run.checkpoints_directory)
    with pytest.raises(DataError, match=r"does not fit the model of its config.*model/000.table"):
        experiment.resume(run)


def test_a_changed_config_is_refused_with_the_exact_difference(crashed):
    run = crashed
    with pytest.raises(RequestError, match=r"training.batch_size: 32 → 16\n.*--force"):
        experiment.resume(run, ["training.batch_size=16", "training.patience=9"])
    assert experiment.resume(run, ["training.learning_rate=1e-4"], force=True).status() == "finished"


@pytest.mark.slow
def test_more_epochs_are_free_unless_a_schedule_counts_on_them(tmp_path, crashed, of_five_epochs):
    run = crashed
    assert_equal_but_epochs(experiment.resume(run, ["training.epochs=5"]), of_five_epochs)
    run, _ = stopped(tmp_path / "c", SignalAt("epoch 2/3", 2), "training.schedule=cosine_decay")
    with pytest.raises(RequestError, match=r"training\.epochs: 3 → 5"):
        experiment.resume(run, ["training.epochs=5"])


def assert_equal_but_epochs(run, other):
    """The lines say `epochs`, the number that was asked for at their time."""
    assert weights_of(run) == weights_of(other)
    assert comparable(run.result()) == comparable(other.result())


@pytest.mark.slow
def test_a_finished_run_continues_as_a_new_one_that_names_it(tmp_path, whole, of_five_epochs):
    short = Run(shutil.copytree(whole.directory, tmp_path / whole.id))
    before = {path: path.read_bytes() for path in short.directory.rglob("*") if path.is_file()}
    new = experiment.resume(short, ["training.epochs=5"])
    assert new.id != short.id
    assert new.metadata()["parent"] == short.id
    assert_equal_but_epochs(new, of_five_epochs)
    assert {path: path.read_bytes() for path in short.directory.rglob("*") if path.is_file()} == before
    with pytest.raises(RequestError, match=r"is finished after 3 epochs.*training.epochs=6"):
        experiment.resume(short)


def test_changed_data_are_refused(tmp_path):
    table = tmp_path / "data.csv"
    rows = [f"{'good' if i % 2 else 'bad'} word{i},{'yes' if i % 2 else 'no'}" for i in range(80)]
    table.write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    given = {**GIVEN, "data": {"name": "csv", "path": str(table), "text": "text", "label": "label"}}
    run, _ = stopped(tmp_path / "runs", SignalAt("epoch 2/3", 1), given=given)
    table.write_text("\n".join(["text,label", *rows[1:], rows[0].replace(",no", ",yes")]), encoding="utf-8")
    before = run.config_file.read_bytes()
    with pytest.raises(
        RequestError, match=r"the data of run .* changed since it began \(.*data\.csv\), in these splits: train\."
    ):
        experiment.resume(run, ["training.epochs=9"])
    assert run.config_file.read_bytes() == before
    assert (run.status(), run.metadata()["reason"]) == ("stopped", "stopped by SIGTERM")
    assert experiment.resume(run, force=True).status() == "finished"


def csv_stopped(tmp_path, **changes):
    """A stopped run of a table of its own, and a function that writes the table anew with something replaced."""
    table = tmp_path / "data.csv"
    rows = "".join(f"{'good' if i % 2 else 'bad'} word{i % 9},{'yes' if i % 2 else 'no'}\n" for i in range(90))
    given = {**GIVEN, "data": {"name": "csv", "path": str(table), "text": "text", "label": "label"}, **changes}

    def write(old="", new=""):
        table.write_text("text,label\n" + (rows.replace(old, new) if old else rows), encoding="utf-8")

    write()
    return stopped(tmp_path / "runs", SignalAt("epoch 2/3", 1), given=given)[0], write


def test_forced_to_continue_with_other_texts_a_run_keeps_its_vocabulary(tmp_path):
    """Another vocabulary would give its weights other meanings, or would not fit them."""
    run, write = csv_stopped(tmp_path, vectorizer={"name": "words", "output": "multi_hot"})
    vocabulary = (run.directory / "vocabulary.json").read_bytes()
    write("word3", "unheard words")
    with pytest.raises(RequestError, match="--force to continue with the new ones and the vocabulary it has"):
        experiment.resume(run)
    assert experiment.resume(run, force=True).status() == "finished"
    assert (run.directory / "vocabulary.json").read_bytes() == vocabulary
    assert experiment.load(run).predict(["good word1"])[0].label == "yes"


def test_other_classes_are_refused_whatever_is_asked(tmp_path):
    run, write = csv_stopped(tmp_path)
    files = {path: path.read_bytes() for path in run.directory.glob("*.json")}
    write(",no", ",zebra")
    for force in (False, True):
        with pytest.raises(RequestError, match="they have other classes now, for which its weights were not trained"):
            experiment.resume(run, force=force)
    assert {path: path.read_bytes() for path in run.directory.glob("*.json")} == files
    write()
    assert experiment.resume(run).status() == "finished"


def test_a_model_that_does_not_fit_the_checkpoint_leaves_the_run_as_it_was(tmp_path):
    run, _ = csv_stopped(tmp_path)
    whole = experiment.load(run).predict(["good word1"])
    with pytest.raises(SeqlabError, match="does not fit"):
        experiment.resume(run, ["model.hidden=9"], force=True)
    assert experiment.load(run).predict(["good word1"]) == whole
    assert experiment.resume(run).status() == "finished"


@pytest.mark.parametrize("force", [False, True])
def test_what_its_weights_mean_stays_as_it_was(tmp_path, force):
    """The run keeps its vocabulary: the config would say what is not so. Nor is `--force` recommended for it."""
    run, _ = csv_stopped(tmp_path)
    before = run.config_file.read_bytes()
    for change, said in (
        ("vectorizer.min_count=3", "vectorizer.min_count: 1 → 3"),
        ("vectorizer.output=count", "vectorizer.output: ids → count"),
        ("model={name: recurrent, units: 4}", "model.name: bag → recurrent"),
    ):
        with pytest.raises(RequestError, match=f"{said}(.|\n)*leave them as they were"):
            experiment.resume(run, [change], force=force)
    assert run.config_file.read_bytes() == before


def test_a_vocabulary_that_its_texts_no_longer_give_is_refused(tmp_path):
    """Earlier rules left a half of an emoji: the run began with a token that no text has any more."""
    run, _ = stopped(tmp_path, SignalAt("epoch 2/3", 1))
    (file,) = run.directory.glob("vocabulary.json")
    content = json.loads(file.read_text(encoding="utf-8"))
    earlier = {**content, "tokens": [f"{content['tokens'][0]}\ufe0f", *content["tokens"][1:]]}
    del earlier["rules"]
    file.write_text(json.dumps(earlier), encoding="utf-8")
    with pytest.raises(RequestError, match="began with another vocabulary than its texts give now"):
        experiment.resume(run)
    del content["rules"]
    file.write_text(json.dumps(content), encoding="utf-8")
    assert experiment.resume(run).status() == "finished", "the same words by earlier rules"


@pytest.mark.slow
def test_missing_data_are_an_error_and_the_run_stays_stopped(tmp_path):
    table = tmp_path / "data.csv"
    table.write_text("text,label\n" + "".join(f"word{i},{i % 2}\n" for i in range(80)), encoding="utf-8")
    given = {**GIVEN, "data": {"name": "csv", "path": str(table), "text": "text", "label": "label"}}
    run, _ = stopped(tmp_path / "runs", SignalAt("epoch 2/3", 1), given=given)
    before = run.metadata()
    table.rename(tmp_path / "moved.csv")
    with pytest.raises(RequestError) as refused:
        experiment.resume(run)
    assert f"{table}, which does not exist" in str(refused.value)
    assert f"seqlab train --resume {run.directory} data.path=/new/place/data.csv" in str(refused.value)
    assert run.metadata() == before
    assert experiment.resume(run, [f"data.path={tmp_path / 'moved.csv'}"]).status() == "finished"


@pytest.mark.slow
@pytest.mark.parametrize("killed", [False, True])
def test_seconds_are_those_of_all_processes(tmp_path, killed):
    run, _ = stopped(tmp_path, SignalAt("epoch 2/3", 4))
    first = run.metadata()["seconds"]
    assert 0 < checkpoints.seconds_spent(run.checkpoints_directory) <= first
    (checkpoint,) = checkpoints.saved(run.checkpoints_directory)[-1:]
    if killed:  # as if the checkpoint had been written after a thousand seconds, and then nothing any more
        run.update(status="running", ended=None, seconds=0.0)
        pretend(checkpoint, 1000.0)
    else:
        run.update(seconds=1000.0)
    assert 1000 < experiment.resume(run).result()["seconds"] < 1000 + 100
    assert run.result()["seconds"] <= run.metadata()["seconds"]


def pretend(checkpoint, seconds):
    """Change what a checkpoint says of the time, and its manifest with it."""
    state = files.read_json(checkpoint / checkpoints.STATE)
    state["facts"]["seconds"] = seconds
    files.write_json(checkpoint / checkpoints.STATE, state)
    (checkpoint / checkpoints.MANIFEST).unlink()
    files.write_json(checkpoint / checkpoints.MANIFEST, checkpoints._manifest(checkpoint))


@pytest.mark.slow
def test_auto_takes_the_newest_unfinished_run_of_the_same_config(tmp_path, whole):
    run, _ = stopped(tmp_path, SignalAt("epoch 2/3", 4))
    loaded = config.load(GIVEN)
    other = experiment.resume_or_train(config.load(GIVEN, ["runtime.seed=5"]), tmp_path)
    assert other.id != run.id
    again = experiment.resume_or_train(loaded, tmp_path)
    assert again.id == run.id
    assert_equal(again, whole)
    assert experiment.resume_or_train(loaded, tmp_path).id not in {run.id, other.id}


def test_a_run_that_is_being_written_is_left_alone(crashed):
    run = crashed
    with run.writing(), pytest.raises(SeqlabError, match="is locked by"):
        experiment.resume(run)


@pytest.mark.slow
def test_a_refit_that_was_stopped_is_done_again(tmp_path):
    refitted = trained(tmp_path / "a", "training.refit=true", given=GIVEN)
    best = refitted.result()["best_epoch"]
    run, _ = stopped(tmp_path / "b", SignalAt(f"epoch 1/{best}", 15 + 3 if best == 3 else 3), "training.refit=true")
    assert_equal(experiment.resume(run), refitted)


def test_a_full_disk_keeps_the_checkpoint_before(crashed, monkeypatch, whole):
    run = crashed
    names = [path.name for path in checkpoints.saved(run.checkpoints_directory)]
    real = checkpoints.save_arrays

    def full(variables, path):
        real(variables, path)
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(checkpoints, "save_arrays", full)
    with pytest.raises(SeqlabError, match=r"the disk is full: cannot write a checkpoint of .* MB to .*checkpoints"):
        experiment.resume(run)
    assert run.status() == "failed"
    assert [path.name for path in run.checkpoints_directory.iterdir()] == names
    monkeypatch.undo()
    assert_equal(experiment.resume(run), whole)


def test_the_manifest_names_every_file_of_a_checkpoint(crashed):
    newest = checkpoints.saved(crashed.checkpoints_directory)[-1]
    manifest = json.loads((newest / checkpoints.MANIFEST).read_text("utf-8"))
    assert {*manifest, checkpoints.MANIFEST} == {path.name for path in newest.iterdir()}


@pytest.mark.slow
def test_ten_stops_in_a_row_as_a_queue_does_it(tmp_path):
    five_steps_an_epoch = {**GIVEN, "training": {**GIVEN["training"], "batch_size": 96}}
    whole = trained(tmp_path / "whole", given=five_steps_an_epoch)
    run, _ = stopped(tmp_path / "stopped", SignalAt("epoch 1/3", 1), given=five_steps_an_epoch)
    steps, stops = [checkpoints.saved(run.checkpoints_directory)[-1].name], 1
    while run.status() != "finished":
        with contextlib.suppress(Stopped):
            experiment.resume(run, progress=AfterOneStep())
        stops += run.status() == "stopped"
        steps.append(checkpoints.saved(run.checkpoints_directory)[-1].name)
    assert steps == sorted(steps)
    assert stops >= 10
    assert_equal(run, whole)


class AfterOneStep(Silent):
    """SIGTERM after the first step that is done anew, in whichever epoch that is."""

    @contextlib.contextmanager
    def step(self, what, total=None, unit=""):
        advances = iter(range(10**6))

        def then():
            # The first advance tells how many steps of the epoch were done before.
            if what.startswith("epoch") and next(advances) == 1:
                os.kill(os.getpid(), signal.SIGTERM)

        yield Advances(then)


TRANSLATOR = {
    "task": "translation",
    "vectorizer": "words",
    "model": {"name": "recurrent_encoder_decoder", "units": 130, "embedding": 4},  # half each way: XLA compiles nothing
    "training": {"epochs": 1, "batch_size": 16, "checkpoint": {"keep_last": True}},
}


def write_table(path, rows, changed=""):
    path.parent.mkdir(exist_ok=True)
    path.write_text("text,label\n" + "".join(f"word{row}{changed},{row % 2}\n" for row in rows), encoding="utf-8")


class TestMovedData:
    """All files of a dataset are compared by content, wherever they are."""

    @pytest.mark.slow
    @pytest.mark.parametrize("changed", ["", "x"])
    def test_of_a_table_with_splits_of_its_own(self, tmp_path, changed):
        rows = {"path": range(60), "validation": range(60, 80), "test": range(80, 100)}
        for name, numbers in rows.items():
            write_table(tmp_path / "a" / f"{name}.csv", numbers)
        files_in = {name: {key: str(tmp_path / name / f"{key}.csv") for key in rows} for name in ("a", "b")}
        run = trained(tmp_path / "runs", "training.epochs=1", given={**QUICK, "data": {"name": "csv", **files_in["a"]}})
        (tmp_path / "a").rename(tmp_path / "b")
        write_table(tmp_path / "b" / "test.csv", rows["test"], changed)
        moved = ["training.epochs=2", *(f"data.{key}={path}" for key, path in files_in["b"].items())]
        if changed:
            with pytest.raises(RequestError, match=r"changed since it began \(.*test\.csv\), in these splits: test\."):
                experiment.resume(run, moved)
            assert len(list((tmp_path / "runs").iterdir())) == 1
        else:
            assert experiment.resume(run, moved).result()["epochs"] == 2
        with pytest.raises(RequestError, match=r"data\.validation: .* → 0\.2"):
            experiment.resume(run, [*moved[:2], "data.validation=0.2", moved[3]])

    @pytest.mark.slow
    def test_of_parallel_text(self, tmp_path):
        for folder in ("a", "b"):
            (tmp_path / folder).mkdir()
            for name in ("s", "t", "vs", "vt"):
                lines = "".join(f"{name[-1]}{number} {name}\n" for number in range(40))
                (tmp_path / folder / name).write_text(lines, encoding="utf-8")

        def data(folder):
            s, t, vs, vt = (str(tmp_path / folder / name) for name in ("s", "t", "vs", "vt"))
            return {"source": s, "target": t, "validation": {"source": vs, "target": vt}}

        run = trained(tmp_path / "runs", given={**TRANSLATOR, "data": {"name": "parallel_text", **data("a")}})
        shutil.rmtree(tmp_path / "a")
        moved = data("b")
        changes = [f"data.{key}={moved[key]}" for key in ("source", "target")]
        changes += [f"data.validation.{side}={path}" for side, path in moved["validation"].items()]
        assert experiment.resume(run, ["training.epochs=2", *changes]).result()["epochs"] == 2


class TestNothingLeftToTrain:
    @pytest.mark.slow
    def test_patience_that_ended_a_run_ends_its_continuation(self, tmp_path):
        run = trained(tmp_path, "training.patience=1", "training.epochs=40", "training.learning_rate=0.05")
        done, best = run.result()["epochs"], run.result()["best_epoch"]
        assert (done < 40, best) == (True, done - 1)
        for more in ([], ["training.epochs=60"], ["training.epochs=60", "training.patience=1"]):
            with pytest.raises(
                RequestError, match=rf"patience ended run .* after {done} epochs, of which epoch {best}"
            ):
                experiment.resume(run, more)
        assert len(list(tmp_path.iterdir())) == 1
        longer = experiment.resume(run, [f"training.epochs={done + 1}", "training.patience=null"])
        assert longer.result()["epochs"] == done + 1

    @pytest.mark.slow
    def test_fewer_epochs_than_were_trained(self, tmp_path):
        run, _ = stopped(tmp_path, SignalAt("epoch 3/3", 2))
        before = run.metadata()
        with pytest.raises(RequestError, match=r"already trained for 2 epochs, so training\.epochs=1 is too few: ask"):
            experiment.resume(run, ["training.epochs=1"])
        assert run.metadata() == before
        assert experiment.resume(run, ["training.epochs=3"]).result()["epochs"] == 3


def test_an_error_of_the_data_leaves_a_stopped_run_as_it_was_and_no_successor(tmp_path, monkeypatch):
    table = tmp_path / "data.csv"
    write_table(table, range(60))
    given = {**QUICK, "data": {"name": "csv", "path": str(table)}, "training": {"epochs": 1}}
    run = trained(tmp_path / "runs", given=given)
    table.write_text("text,label\nbroken\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"data\.csv:2"):
        experiment.resume(run, ["training.epochs=2"])
    assert list((tmp_path / "runs").iterdir()) == [run.directory]


def test_a_finished_run_keeps_its_last_checkpoint_only_if_it_may_continue(tmp_path):
    run = trained(tmp_path, "training.epochs=1", "training.checkpoint.keep_last=false")
    assert checkpoints.saved(run.checkpoints_directory) == []
    with pytest.raises(RequestError, match=r"no checkpoint to continue from; .*keep_last=true"):
        experiment.resume(run, ["training.epochs=2"])
    assert not TASKS["translation"].training().checkpoint.keep_last
    assert TASKS["classification"].training().checkpoint.keep_last


def test_a_finished_run_whose_checkpoint_is_damaged_leaves_no_new_one(tmp_path):
    run = trained(tmp_path, "training.epochs=1")
    (checkpoint,) = checkpoints.saved(run.checkpoints_directory)
    (checkpoint / checkpoints.ARRAYS).write_bytes(b"damaged")
    with pytest.raises(RequestError, match="its checkpoint to continue from is damaged: restore"):
        experiment.resume(run, ["training.epochs=2"])
    assert list(tmp_path.iterdir()) == [run.directory]


def test_auto_says_why_it_starts_a_new_run(tmp_path, monkeypatch):
    loaded, heard = config.load(GIVEN), Heard()
    module = sys.modules["seqlab.experiment.resume"]
    monkeypatch.setattr(module, "train", lambda loaded, runs_dir, **options: options.get("run"))
    assert experiment.resume_or_train(loaded, tmp_path, progress=heard) is None
    assert heard.lines == [], "there is nothing to say of an empty folder, nor of another config"
    runs.create(tmp_path, "other", {"config": config.dump(config.load(GIVEN, ["runtime.seed=5"]).experiment)})
    run = runs.create(tmp_path, "same", {"config": config.dump(loaded.experiment)})
    with run.writing():
        assert experiment.resume_or_train(loaded, tmp_path, progress=heard) is None
    assert experiment.resume_or_train(loaded, tmp_path, progress=heard) is None
    assert heard.lines == [
        f"run {run.id} of this config is running in another process: starting a new one",
        f"run {run.id} of this config is finished: starting a new one",
    ]


def test_auto_says_that_a_resumed_run_keeps_its_name(tmp_path, monkeypatch):
    loaded, heard = config.load(GIVEN), Heard()
    run = runs.create(tmp_path, "first", {"config": config.dump(loaded.experiment)})
    module = sys.modules["seqlab.experiment.resume"]
    monkeypatch.setattr(module, "train", lambda loaded, runs_dir, **options: options.get("run"))
    for name in ("first", "other"):
        assert experiment.resume_or_train(loaded, tmp_path, name=name, progress=heard).id == run.id
    assert [text for text in heard.lines if "has no effect" in text] == [
        "the name 'other' has no effect: a resumed run keeps its own"
    ]


def test_a_run_with_a_refit_continues_with_more_epochs(tmp_path):
    """Its files hold the vocabulary of training and validation together, and training begins with that of training."""
    config = {**QUICK, "vectorizer": {"name": "words", "ngrams": 1}}
    run = trained(tmp_path, "training.epochs=1", "training.refit=true", "data.size=100", given=config)
    experiment.resume(run, ["training.epochs=2"])
    assert len(list(tmp_path.iterdir())) == 2


PRETRAINED = {
    "task": "classification",
    "data": {"name": "synthetic", "size": 200},
    "vectorizer": "words",
    "model": {"name": "separable_conv", "filters": 4, "blocks": 1},
    "training": {"epochs": 3, "optimizer": "rmsprop", "checkpoint": {"every_seconds": 0.001}},
}


def pretrained(folder, *, trainable, width=None):
    """A config that begins with the vectors of a file, and the file."""
    file = folder / "vectors.txt"
    file.write_text("good 1 2 3 4\nbad -1 -2 -3 -4\nnot 0.5 0.5 0 1\n", encoding="utf-8")
    embedding = {"pretrained": str(file), "trainable": trainable, "width": width}
    return {**PRETRAINED, "model": {**PRETRAINED["model"], "embedding": embedding}}, file


@pytest.mark.slow
@pytest.mark.parametrize("trainable", [True, False])
def test_pretrained_vectors_come_from_the_checkpoint_and_the_file_may_be_gone(tmp_path, trainable):
    given, file = pretrained(tmp_path, trainable=trainable)
    whole = trained(tmp_path / "whole", given=given)
    run, _ = stopped(tmp_path / "runs", SignalAt("epoch 2/3", 2), given=given)
    file.unlink()
    again = experiment.resume(run)
    assert_equal(again, whole)
    assert again.metadata()["pretrained"] == whole.metadata()["pretrained"]
    longer = experiment.resume(again, ["training.epochs=4"])  # a run of its own, which knows its vectors too
    assert longer.metadata()["pretrained"] == whole.metadata()["pretrained"]


@pytest.mark.slow
def test_pretrained_vectors_are_needed_until_there_is_a_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path / "cache"))
    given, file = pretrained(tmp_path, trainable=False)
    whole = trained(tmp_path / "whole", given=given)
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path / "other cache"))
    run, _ = stopped(tmp_path / "runs", SignalAt("learning the vocabulary"), given=given)
    moved = file.rename(tmp_path / "moved.txt")
    with pytest.raises(RequestError, match="there is no file"):
        experiment.resume(run)
    moved.rename(file)
    assert_equal(experiment.resume(run), whole)


@pytest.mark.slow
def test_auto_finds_the_run_whose_width_its_vectors_decided(tmp_path):
    given, file = pretrained(tmp_path, trainable=False)
    run, _ = stopped(tmp_path / "runs", SignalAt("epoch 2/3", 2), given=given)
    file.unlink()
    assert experiment.resume_or_train(config.load(given), tmp_path / "runs").id == run.id


@pytest.mark.slow
def test_a_damaged_checkpoint_needs_the_file_again_and_changed_vectors_are_refused(tmp_path):
    given, file = pretrained(tmp_path, trainable=False)
    run, _ = stopped(tmp_path / "runs", SignalAt("epoch 2/3", 2), given=given)
    for checkpoint in run.checkpoints_directory.iterdir():
        (checkpoint / checkpoints.ARRAYS).write_bytes(b"damaged")
    file.write_text(file.read_text(encoding="utf-8").replace("2", "7"), encoding="utf-8")
    with pytest.raises(RequestError, match=f"the vectors of vectors.txt changed since run {run.id} began"):
        experiment.resume(run)
    assert experiment.resume(run, force=True).status() == "finished"


@pytest.mark.slow
def test_a_run_that_begins_with_another_needs_it_until_there_is_a_checkpoint(tmp_path):
    """Its vocabulary and weights are in its own files then; the learning rates of layers are those of the epoch."""
    model = {"name": "recurrent", "cell": "gru", "units": 144, "embedding": 8}
    language_model = {
        "task": "language_model",
        "data": {"name": "synthetic", "size": 3_000},
        "vectorizer": "words",
        "model": model,
        "training": {"epochs": 1, "batch_size": 8, "window": 20},
    }
    source = trained(tmp_path / "runs", given=language_model)
    given = {
        "task": "classification",
        "init_from": f"run:{source.id}",
        "data": {"name": "synthetic", "size": 300},
        "vectorizer": {"name": "words", "max_length": 10},
        "model": model,
        "training": {
            "epochs": 3,
            "optimizer": "adam",
            "layer_decay": 2.6,
            "unfreeze_epochs": 1,
            "checkpoint": {"every_seconds": 0.001},
        },
    }
    whole = trained(tmp_path / "runs", given=given)
    for step, advances in [("epoch 2/3", 2), ("epoch 3/3", 1)]:
        with pytest.raises(Stopped):
            experiment.train(config.load(given), tmp_path / "runs", progress=SignalAt(step, advances))
        run = max(map(Run, (tmp_path / "runs").iterdir()), key=lambda each: each.metadata()["started"])
        hidden = source.directory.rename(tmp_path / "hidden")
        assert_equal(experiment.resume(run), whole)
        assert run.metadata()["init_from"] == whole.metadata()["init_from"]
        hidden.rename(source.directory)
    source.directory.rename(hidden)
    longer = experiment.resume(run, ["training.epochs=4"])
    assert longer.metadata()["init_from"] == whole.metadata()["init_from"]
    hidden.rename(source.directory)
    with pytest.raises(Stopped):
        experiment.train(config.load(given), tmp_path / "runs", progress=SignalAt("loading the run"))
    run = max(map(Run, (tmp_path / "runs").iterdir()), key=lambda each: each.metadata()["started"])
    source.directory.rename(tmp_path / "hidden")
    with pytest.raises(RequestError, match="no run "):
        experiment.resume(run)
    (tmp_path / "hidden").rename(source.directory)
    assert_equal(experiment.resume(run), whole)
