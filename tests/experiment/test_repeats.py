"""Groups of repeats: a seed in a group is the same run as alone, and a group continues as a whole."""

import os
import signal

import pytest
from made_runs import made_run
from quick import QUICK, Heard, comparable, weights_of

from seqlab import config, experiment, files, runs
from seqlab.config import dump, to_yaml
from seqlab.errors import DivergedError, RequestError, SeqlabError, Stopped
from seqlab.experiment import repeats
from seqlab.experiment.run_session import run_session
from seqlab.runs import Run
from seqlab.runs.groups import Membership, members

LOADED = config.load(QUICK)
GROUP = "20250101-000000-synthetic-bag"


def member(folder, seed, *, overrides=(), seeds=(1, 2, 3), **record):
    """A run of the group that nobody trained."""
    of_seed = config.load(QUICK, [*overrides, f"runtime.seed={seed}"]).experiment
    run = made_run(
        folder, f"20250101-00000{seed}-synthetic-bag-seed{seed}", config=dump(of_seed), group=GROUP,
        group_seeds=list(seeds), **record,
    )  # fmt: skip
    files.write_text(run.config_file, to_yaml(of_seed))
    return run


@pytest.fixture
def calls(monkeypatch):
    """What is trained and resumed, with the error that a seed raises; nothing is trained."""
    found, errors = [], {}

    def end(run, seed):
        if seed in errors:
            raise errors[seed]
        run.update(status="finished")
        return run

    def train(loaded, runs_dir, *, name, part_of, progress):
        seed = loaded.experiment.runtime.seed
        found.append(("train", name))
        return end(member(runs_dir, seed, seeds=part_of.seeds, status="stopped"), seed)

    def resume(run, overrides, *, force, plugins, progress):
        found.append(("resume", run.id, tuple(overrides)))
        return end(run, run.section("config", "runtime")["seed"])

    monkeypatch.setattr(repeats, "train", train)
    monkeypatch.setattr(repeats, "resume_run", resume)
    return found, errors


@pytest.mark.slow
def test_a_seed_in_a_group_is_the_run_that_it_is_alone(tmp_path):
    """Weights, predictions and metrics, bit for bit; seeds share splits and vocabulary, and nothing else."""
    group, heard = repeats.new_group(LOADED, [5, 6], tmp_path / "group", "mine"), Told()
    trained = repeats.train_group(LOADED, group, tmp_path / "group", progress=heard)
    first, second = [each.run for each in trained]
    assert (heard.tables.count("data"), heard.tables.count("model")) == (1, 1)
    assert heard.lines.count("seed 6 (2 of 2)") == 1
    alone = experiment.train(repeats.with_seed(LOADED, 6), tmp_path / "alone")
    assert weights_of(second) == weights_of(alone)
    assert comparable(second.result()) == comparable(alone.result())
    for split in ("validation", "test"):
        assert second.predictions_file(split).read_bytes() == alone.predictions_file(split).read_bytes()
    assert weights_of(first) != weights_of(second)
    assert first.metadata()["data"] == second.metadata()["data"]
    assert first.vocabulary_file.read_bytes() == second.vocabulary_file.read_bytes()
    assert runs.find_group("mine", tmp_path / "group") == (first, second)
    assert [run.id.partition("-mine")[2] for run in (first, second)] == ["-seed5", "-seed6"]
    assert first.metadata()["group_seeds"] == [5, 6]


class Told(Heard):
    """Remembers the titles of tables too."""

    def __init__(self):
        super().__init__()
        self.tables = []

    def table(self, title, columns, rows):
        self.tables.append(title)


def test_a_note_is_said_once_before_the_epochs_and_each_time_after_them():
    heard = Told()
    once = repeats._SaidOnce(heard)
    for seed in (1, 2):
        once.is_training = False
        once.say("12 examples have no text")
        once.table("model", ("layer",), [["embedding"], [str(seed)]])
        once.table("data", ("split",), [["train"]])
        with once.step("epoch 1/1"):
            once.say("more epochs may help")
    assert heard.lines == ["12 examples have no text", "more epochs may help", "more epochs may help"]
    assert heard.tables == ["model", "data", "model"]


def test_what_is_finished_or_diverged_is_kept_the_rest_is_resumed_or_trained(tmp_path, calls):
    kept = [member(tmp_path, 1, status="finished"), member(tmp_path, 4, status="diverged")]
    before = [run.metadata_file.read_bytes() for run in kept]
    stopped = member(tmp_path, 2, status="stopped")
    heard = Heard()
    group = Membership(GROUP, (1, 2, 3, 4))
    found = repeats.train_group(LOADED, group, tmp_path, overrides=["runtime.threads=2"], progress=heard)
    assert calls[0] == [
        ("resume", stopped.id, ("runtime.threads=2",)),
        ("train", "synthetic-bag-seed3"),
    ]
    assert [(each.seed, each.status) for each in found] == [
        (1, "finished"), (2, "finished"), (3, "finished"), (4, "diverged"),
    ]  # fmt: skip
    assert [run.metadata_file.read_bytes() for run in kept] == before
    assert f"seed 4: run {kept[1].id} is diverged" in heard.lines


def test_a_seed_that_diverges_ends_no_other(tmp_path, calls):
    calls[1][1] = DivergedError("the loss is NaN")
    heard = Heard()
    found = repeats.train_group(LOADED, Membership(GROUP, (1, 2)), tmp_path, progress=heard)
    assert [each.seed for each in found] == [1, 2]
    assert "seed 1 diverged: the loss is NaN" in heard.lines


@pytest.mark.parametrize("error", [SeqlabError("the disk is full"), KeyboardInterrupt()])
def test_what_ends_a_group_says_how_it_continues(tmp_path, calls, error):
    calls[1][2] = error
    heard = Heard()
    with pytest.raises(type(error)):
        repeats.train_group(LOADED, Membership(GROUP, (1, 2, 3)), tmp_path, progress=heard)
    assert heard.lines[-1] == f"To continue the group:\n  seqlab train --resume {GROUP} --runs-dir {tmp_path}"
    assert [each.seed for each in members(GROUP, runs.list_runs(tmp_path))] == [1, 2]


def test_a_signal_is_told_by_the_run_that_it_stops(tmp_path, calls):
    calls[1][1] = Stopped("Ctrl-C", 130)
    calls[1][1].told = True
    heard = Heard()
    with pytest.raises(Stopped):
        repeats.train_group(LOADED, Membership(GROUP, (1, 2)), tmp_path, progress=heard)
    assert heard.lines == ["seed 1 (1 of 2)"]


@pytest.mark.skipif(not hasattr(signal, "SIGTERM") or os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize(("number", "code", "name"), [(signal.SIGTERM, 75, "SIGTERM"), (signal.SIGINT, 130, "Ctrl-C")])
def test_a_signal_between_two_runs_stops_the_group(tmp_path, calls, number, code, name):
    class Signals(Heard):
        def say(self, text):
            super().say(text)
            if text == "seed 2 (2 of 3)":
                os.kill(os.getpid(), number)

    before, heard = signal.getsignal(number), Signals()
    with pytest.raises(Stopped) as stopped:
        repeats.train_group(LOADED, Membership(GROUP, (1, 2, 3)), tmp_path, progress=heard)
    assert stopped.value.exit_code == code
    assert heard.lines[-1].startswith(f"stopped by {name}. To continue the group:\n  seqlab train --resume {GROUP}")
    assert signal.getsignal(number) is before
    assert [each.seed for each in members(GROUP, runs.list_runs(tmp_path))] == [1]


def test_what_is_damaged_or_has_lost_its_result_is_told(tmp_path, calls):
    lost, damaged = member(tmp_path, 1, status="finished"), member(tmp_path, 2, status="finished")
    damaged.metadata_file.write_text("{", encoding="utf-8")
    damaged = Run(damaged.directory.rename(tmp_path / "20241231-000000-synthetic-bag-seed2"))
    heard = Heard()
    repeats.train_group(LOADED, Membership(GROUP, (1, 2)), tmp_path, progress=heard)
    assert heard.lines[0].startswith(f"seed 1: run {lost.id} is finished, but its result.json is missing: delete")
    assert heard.lines[1] == f"seed 2 (2 of 2); run {damaged.id} of this seed is damaged"
    assert [call[0] for call in calls[0]] == ["train"]


def test_the_newest_group_of_the_same_config_continues(tmp_path):
    assert repeats.group_of_config(LOADED, [1], tmp_path) is None
    member(tmp_path, 1)
    made_run(tmp_path, "20250102-000000-alone", config=dump(LOADED.experiment))
    assert repeats.group_of_config(LOADED, [1, 7], tmp_path) == Membership(GROUP, (1, 7))
    assert repeats.group_of_config(config.load(QUICK, ["training.epochs=4"]), [1], tmp_path) is None


def test_a_group_continues_with_the_seeds_that_it_was_asked_for(tmp_path):
    member(tmp_path, 2, seeds=(2, 9))
    member(tmp_path, 1, seeds=(1, 2))
    loaded, group = repeats.group_to_resume(members(GROUP, runs.list_runs(tmp_path)), None, ["runtime.threads=2"], ())
    assert group == Membership(GROUP, (1, 2, 9))
    assert (loaded.slug, loaded.experiment.runtime.threads) == ("synthetic-bag", 2)
    assert repeats.group_to_resume(members(GROUP, runs.list_runs(tmp_path)), [4], [], ())[1].seeds == (4,)


@pytest.mark.parametrize("override", ["training.epochs=9", "runtime.seed=7", "model.hidden=3"])
def test_the_runs_of_a_group_differ_only_in_their_seed(tmp_path, override):
    member(tmp_path, 1)
    with pytest.raises(RequestError, match=f"so {override.partition('=')[0]} cannot change in group {GROUP}"):
        repeats.group_to_resume(members(GROUP, runs.list_runs(tmp_path)), None, [override], ())


def test_a_group_of_the_same_second_gets_a_number(tmp_path):
    first = repeats.new_group(LOADED, [1], tmp_path)
    made_run(tmp_path, "20250101-000000-a", group=first.group)
    second = repeats.new_group(LOADED, [1], tmp_path)
    assert first.group.endswith("-synthetic-bag")
    assert second.group != first.group


def test_the_seed_of_a_long_name_is_not_cut():
    assert repeats.member_name("imdb-bigram", 3) == "imdb-bigram-seed3"
    assert repeats.member_name("x" * 60, 4_294_967_295) == f"{'x' * 45}-seed4294967295"


def test_a_run_of_a_group_that_is_stopped_names_the_group(tmp_path):
    run, heard = member(tmp_path, 1, status="stopped"), Heard()
    with pytest.raises(Stopped), run_session(run, LOADED.experiment, heard):
        raise Stopped("Ctrl-C", 130)
    (said,) = heard.lines
    assert said.endswith(f"To resume:\n  seqlab train --resume {GROUP} --runs-dir {tmp_path}")
