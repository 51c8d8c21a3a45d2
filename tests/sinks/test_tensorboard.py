"""`tensorboard/` in a run, read by TensorBoard itself."""

import numpy as np
import pytest
from event_reader import accumulated, curve, texts
from quick import QUICK, Heard, comparable, trained, weights_of
from tensorboard.plugins.projector import projector_plugin

from seqlab import config, experiment, runs, runtime
from seqlab.experiment.resume import resume
from seqlab.runs import Run
from seqlab.sinks import event_file
from seqlab.sinks.sink import Epoch
from seqlab.sinks.tensorboard import MOST_WORDS, TensorBoard, as_code, by_split
from seqlab.training.checkpoints import Checkpoints
from seqlab.vectors import WordVectors

ON = "training.tensorboard=true"
SMALL = ("data.size=300", "model.hidden=4")


def epochs(*losses):
    return [
        Epoch(10 * number, 1000.0 + number, {"train.loss": loss, "validation.loss": loss + 1, "learning_rate": 0.5})
        for number, loss in enumerate(losses, 1)
    ]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("runs"), ON)


def test_the_curves_are_the_metrics_of_the_run(run):
    lines = run.metrics()
    for split in ("train", "validation"):
        for tag in ("loss", "accuracy"):
            expected = [(line["step"], pytest.approx(line[f"{split}.{tag}"], abs=1e-6)) for line in lines]
            assert curve(run.tensorboard_directory / split, tag) == expected
    train = run.tensorboard_directory / "train"
    assert curve(train, "learning_rate") == [(line["step"], pytest.approx(5e-3)) for line in lines]
    speeds = [each.value for each in accumulated(train).Scalars("examples_per_second")]
    assert speeds == pytest.approx([line["examples_per_second"] for line in lines])


def test_the_test_split_is_there_once_with_texts_as_they_are(run):
    test, result = run.tensorboard_directory / "test", run.result()
    last = run.metrics()[-1]["step"]
    assert curve(test, "accuracy") == [(last, pytest.approx(result["test.accuracy"], abs=1e-6))]
    assert curve(run.tensorboard_directory / "validation", "roc_auc") == [
        (last, pytest.approx(result["validation.roc_auc"], abs=1e-6))
    ]
    samples = run.samples_file.read_text(encoding="utf-8")
    assert texts(test, "samples") == [(last, as_code(samples))]
    assert samples.splitlines()[0] in texts(test, "samples")[0][1]
    ((step, shown),) = texts(run.tensorboard_directory / "train", "config")
    assert (step, "    task: classification" in shown.split("\n")) == (0, True)


def test_the_projector_has_the_vectors_of_the_run(run):
    folder = run.tensorboard_directory / "train"
    parsed = projector_plugin.ProjectorConfig()
    projector_plugin.text_format.Parse((folder / "projector_config.pbtxt").read_text(encoding="utf-8"), parsed)
    (embedding,) = parsed.embeddings
    path = projector_plugin._rel_to_abs_asset_path(embedding.tensor_path, str(folder / "projector_config.pbtxt"))
    vectors = experiment.load(run).word_vectors()
    assert np.array_equal(projector_plugin._read_tensor_tsv_file(path), vectors.matrix.astype(np.float32))
    words = (folder / embedding.metadata_path).read_text(encoding="utf-8").removesuffix("\n").split("\n")
    assert words == list(vectors.words)


def test_a_run_without_it_is_the_same_and_has_no_events(run, quick_run):
    assert not quick_run.tensorboard_directory.exists()
    assert weights_of(quick_run) == weights_of(run)
    assert comparable(quick_run.result()) == comparable(run.result())


def test_seqlab_wrote_all_of_it(run):
    assert runs.foreign_files(run) == []


def test_an_epoch_that_is_trained_again_stands_once(tmp_path, monkeypatch):
    """The process dies between the line of an epoch and its checkpoint."""
    after_epoch = Checkpoints.after_epoch

    def fails(self, state):
        if state.epoch == 3:
            raise OSError("no more")
        after_epoch(self, state)

    monkeypatch.setattr(Checkpoints, "after_epoch", fails)
    with pytest.raises(OSError, match="no more"):
        trained(tmp_path, ON, *SMALL, "training.epochs=4")
    monkeypatch.undo()
    (directory,) = (path for path in tmp_path.iterdir() if path.is_dir())
    run = resume(Run(directory))
    lines = run.metrics()
    assert [line["epoch"] for line in lines] == [1, 2, 3, 4]
    for split in ("train", "validation"):
        assert [step for step, _ in curve(run.tensorboard_directory / split, "loss")] == [
            line["step"] for line in lines
        ]


def test_a_finished_run_that_continues_has_the_curves_from_the_beginning(tmp_path):
    first = trained(tmp_path, *SMALL, "training.epochs=2")
    run = resume(first, ["training.epochs=3", ON])
    assert run.id != first.id
    points = accumulated(run.tensorboard_directory / "train").Scalars("loss")
    assert [point.step for point in points] == [line["step"] for line in run.metrics()]
    times = [point.wall_time for point in points]
    assert times[1] - times[0] == pytest.approx(run.metrics()[1]["seconds"], abs=1e-3)


def test_a_process_that_continues_replaces_what_its_checkpoint_did_not_have(tmp_path):
    killed = TensorBoard(tmp_path, pytest.fail)
    killed.begin("task: x\n", [])
    for epoch in epochs(1.0, 2.0, 3.0):
        killed.epoch(epoch)
    again = TensorBoard(tmp_path, pytest.fail)
    again.begin("task: x\n", epochs(1.0, 2.0))
    assert curve(tmp_path / "validation", "loss") == [(10, 2.0), (20, 3.0)], "before the first epoch ends"
    for epoch in epochs(1.0, 2.0, 3.5, 4.5)[2:]:
        again.epoch(epoch)
    assert curve(tmp_path / "train", "loss") == [(10, 1.0), (20, 2.0), (30, 3.5), (40, 4.5)]
    assert curve(tmp_path / "validation", "loss") == [(10, 2.0), (20, 3.0), (30, 4.5), (40, 5.5)]
    assert [step for step, _ in texts(tmp_path / "train", "config")] == [0]


class FullDisk:
    """A writer of records whose disk is full."""

    def __init__(self, path):
        self.path = path

    def write(self, record):
        pass

    def flush(self):
        raise runtime.tensorflow().errors.ResourceExhaustedError(None, None, f"{self.path}; No space left on device")

    def close(self):
        self.flush()


def test_a_full_disk_is_said_once_and_events_go_on_when_there_is_room(tmp_path, monkeypatch):
    said = []
    board = TensorBoard(tmp_path, said.append)
    board.begin("task: x\n", [])
    first, *others = epochs(1.0, 2.0, 3.0, 4.0)
    board.epoch(first)
    board.close()
    with monkeypatch.context() as full:
        full.setattr(runtime.tensorflow().io, "TFRecordWriter", FullDisk)
        for epoch in others[:2]:
            board.epoch(epoch)
    board.epoch(others[2])
    (line,) = said
    assert "No space left on device" in line
    assert line.endswith("): training continues")
    assert curve(tmp_path / "train", "loss") == [(10, 1.0), (40, 4.0)]


def test_a_run_trains_to_its_end_without_its_events(tmp_path, monkeypatch):
    monkeypatch.setattr(event_file.EventFile, "_write", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "full")))
    heard = Heard()
    run = experiment.train(config.load(QUICK, [ON, *SMALL]), tmp_path, progress=heard)
    assert run.status() == "finished"
    (line,) = [line for line in heard.lines if "tensorboard" in line]
    assert "the disk is full" in line


def test_metrics_of_no_split_are_those_of_training():
    assert by_split({"train.loss": 1.0, "validation.f1.a": 2.0, "learning_rate": 3.0, "checkpoint.saves": 4.0}) == {
        "train": {"loss": 1.0, "learning_rate": 3.0, "checkpoint.saves": 4.0},
        "validation": {"f1.a": 2.0},
    }


def test_texts_mean_nothing_to_markdown_and_to_terminals():
    assert as_code("# no *title*\n\x1b[31m<b>") == "    # no *title*\n    \\x1b[31m<b>"


def test_the_most_frequent_words_are_shown(tmp_path):
    many = WordVectors([f"word{n}" for n in range(MOST_WORDS + 7)], np.zeros((MOST_WORDS + 7, 2), np.float32))
    board = TensorBoard(tmp_path, pytest.fail)
    board.projector({"source": many, "target": many})
    board.projector({"source": many, "target": many})
    for side in ("source", "target"):
        assert len((tmp_path / "train" / f"{side}.tsv").read_text(encoding="utf-8").splitlines()) == MOST_WORDS
