"""What every test has: seeds, a cache and a runs folder of its own, no word from the user's environment."""

import base64
import gc
import importlib
import os
import random
import shutil
import signal
import sys
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from filelock import FileLock
from quick import LANGUAGE_MODEL, QUICK, TRANSLATED, trained
from shell import Shell

from seqlab import files
from seqlab.reports import plots
from seqlab.runs import Run

# How long examples take says nothing of the code.
PATIENT = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("repeatable", **PATIENT, derandomize=True, database=None)
hypothesis.settings.register_profile("exploring", **PATIENT)
hypothesis.settings.load_profile("repeatable")

SEED = 1

FOR_USERS = {"simple_rnn": 64, "lstm": 64, "gru": 128}
"""`COMPILED_UNITS` of seqlab/layers/rnn/recurrent.py."""
DRAWN = plots.draw_curves, plots.draw
BLANK = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg==")
"""A picture of one white point."""

LONGEST = (
    "tests/test_resume.py",
    "tests/test_kills.py",
    "tests/tasks/translation/",
    "tests/tasks/language_modeling/",
    "tests/test_readme.py",
    "tests/test_docs.py",
    "tests/experiment/",
    "tests/layers/rnn/",
    "tests/cli/test_translate.py",
)
"""Files and folders that one process should not be left with when the other has nothing to do any more."""

MARKED_BY_FIXTURE = {"real_data": "real_data", "translator": "slow", "language_model": "slow"}
"""Fixture → the marker of every test that uses it. Training a translator takes longer than most tests."""

SLOW_FILES = (
    "tests/test_bad_input.py",
    "tests/test_hostile_runs.py",
    "tests/reports/test_plots.py",
    "tests/tasks/translation/test_predictor.py",
    "tests/training/optimizers/test_row_updates.py",
    "tests/cli/test_answers.py",
    "tests/cli/test_generate.py",
    "tests/experiment/test_leakage.py",
    "tests/models/classification/test_classifier.py",
    "tests/models/classification/test_sentence_encoder.py",
    "tests/models/test_score_text.py",
    "tests/text/test_tensorflow_encoders.py",
    "tests/training/test_loop.py",
    "tests/test_resume.py",
    "tests/models/test_options.py",
    "tests/models/translation/test_recurrent_network.py",
    "tests/models/translation/test_transformer_network.py",
    "tests/models/language_modeling/test_transformer_network.py",
    "tests/config/test_options_of_tasks.py",
    "tests/tasks/classification/test_task.py",
    "tests/decoding/test_sampling.py",
    "tests/decoding/test_beam_search.py",
    "tests/tasks/translation/test_translate.py",
    "tests/text/test_rows.py",
    "tests/training/test_layer_rates.py",
    "tests/training/test_cross_entropy.py",
    "tests/tasks/word_vectors/test_task.py",
    "tests/tasks/test_token_vectors.py",
    "tests/experiment/test_loaded_run.py",
    "tests/experiment/test_train.py",
    "tests/experiment/test_text_similarity.py",
    "tests/cli/test_neighbors.py",
    "tests/cli/test_similar.py",
    "tests/decoding/test_sampling_reference.py",
    "tests/decoding/test_greedy.py",
    "tests/test_results.py",
    "tests/test_bad_runs.py",
    "tests/test_stored_runs.py",
    "tests/text/test_words_like_keras.py",
    "tests/models/translation/test_translator.py",
    "tests/sinks/test_reports.py",
    "tests/sinks/test_tensorboard.py",
    "tests/exports/test_export.py",
    "tests/exports/test_generation_graph.py",
    "tests/exports/test_translation_graph.py",
)
"""Files that build models or compile loops in most tests: together they take half of the time of those unmarked."""

SLOW_BY_NAME = {
    "test_commands_print_what_the_page_shows",
    "test_its_commands_print_what_it_shows",
    "test_it_resumes_from_its_checkpoint",
}
"""Tests that run all commands of a page, or train a stored run to its end."""


def pytest_xdist_auto_num_workers(config):
    """All tests in two processes; what is named on the command line in one: each pays the import of TensorFlow."""
    return 0 if config.args_source is config.ArgsSource.ARGS else 2


def pytest_make_parametrize_id(val):
    """Long bytes by their length: those of an archive hold the second in which they were made, and all processes of a
    test run must give a test the same name."""
    return f"{len(val)} bytes" if isinstance(val, bytes) and len(val) > 20 else None


def pytest_configure():
    """A shell that starts pytest in the background lets it, and all that it starts, ignore Ctrl-C; `nohup` the end of
    the terminal. Tests send both signals."""
    for name, handler in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """The longest first; before `-m` selects, each test gets the markers of its fixtures."""
    for item in items:
        for fixture in MARKED_BY_FIXTURE.keys() & set(item.fixturenames):
            item.add_marker(MARKED_BY_FIXTURE[fixture])
        name = item.path.relative_to(config.rootpath).as_posix()
        if item.originalname in SLOW_BY_NAME or name in SLOW_FILES:
            item.add_marker("slow")
    items.sort(key=lambda item: _rank(item.path.relative_to(config.rootpath).as_posix()))


def _rank(path):
    return next((number for number, start in enumerate(LONGEST) if path.startswith(start)), len(LONGEST))


def seed_everything():
    """Python, NumPy and, in a process that has imported TensorFlow, Keras with it."""
    random.seed(SEED)
    np.random.seed(SEED)
    if "tensorflow" in sys.modules:
        import keras

        keras.utils.set_random_seed(SEED)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """Whatever a test draws depends on no other test, nor does what its fixtures draw, of whatever scope.

    And its layers have the type of all others, whatever the last training of the process had.
    """
    seed_everything()
    if "keras" in sys.modules:
        sys.modules["keras"].config.set_dtype_policy("float32")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call():
    """Nor on whether it is the first that asks for a fixture of its module."""
    seed_everything()


@pytest.fixture
def simulated_gpu(monkeypatch):
    """Models are built and traced as on a machine with a GPU. Keras, finding none, runs its own loop."""
    import tensorflow as tf

    cpus = tf.config.list_logical_devices("CPU")
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind=None: ["a GPU"] if kind == "GPU" else cpus)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish():
    """Recurrent layers of all sizes are plain loops. XLA takes two to ten seconds for those of each new shape, often
    more than all else in a small training; that its loops compute the same is tested in tests/layers/rnn. What a test
    with the fixture `compiled` trains, or a process of its own, is compiled as for users.

    And what is imported stays: the garbage collector need not look at it again and again.
    """
    if "tensorflow" in sys.modules:  # the tests of a file that does without it train nothing, or little
        from seqlab.layers.rnn import recurrent

        assert recurrent.COMPILED_UNITS == FOR_USERS
        recurrent.COMPILED_UNITS = dict.fromkeys(recurrent.COMPILED_UNITS, 0)
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory):
    """One cache for the whole session: what is prepared twice is read from it, as a user's would be."""
    folder = tmp_path_factory.mktemp("seqlab")
    os.environ["SEQLAB_CACHE_DIR"] = str(folder / "cache")
    os.environ["SEQLAB_RUNS_DIR"] = str(folder / "runs")
    os.environ["SEQLAB_OFFLINE"] = "1"


@pytest.fixture(scope="session", autouse=True)
def _blank_pictures():
    """The pictures of trained runs are empty: Matplotlib takes half a second for those of each of many trainings. Tests
    of pictures ask for the fixture `pictures`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plots, "draw_curves", lambda epochs, best_epoch, path: _blank(path))
        patch.setattr(plots, "draw", lambda plot, path, split: _blank(path))
        yield


def _blank(path):
    path.parent.mkdir(exist_ok=True)
    files.write_bytes(path, BLANK)
    return ""


@pytest.fixture(scope="module")
def pictures(_blank_pictures):
    """Trainings draw what they draw for users."""
    with pytest.MonkeyPatch.context() as patch:
        for function in DRAWN:
            patch.setattr(plots, function.__name__, function)
        yield


@pytest.fixture
def compiled():
    """Recurrent layers are compiled as for users."""
    from seqlab.layers.rnn import recurrent

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recurrent, "COMPILED_UNITS", FOR_USERS)
        yield


@pytest.fixture
def real_data() -> Path:
    """The folder of the real data; the test is skipped where there is none."""
    folder = os.environ.get("SEQLAB_DATA_DIR")
    if not folder:
        pytest.skip("SEQLAB_DATA_DIR is not set: the real data are not at hand")
    return Path(folder)


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory, worker_id):
    """`trained_once(name, config)` → a finished run for reading only, trained by the first process that asks for it."""
    folder = tmp_path_factory.getbasetemp()
    shared = folder if worker_id == "master" else folder.parent

    def run_of(name, given):
        with FileLock(shared / f"{name}.lock"):
            if not (shared / name).is_dir():
                trained(shared / f"{name}-in-training", given=given).directory.parent.rename(shared / name)
        (directory,) = (path for path in (shared / name).iterdir() if (path / "run.json").exists())
        return Run(directory)

    return run_of


@pytest.fixture(scope="session")
def finished_run(trained_once):
    """A finished run of the quick config, for reading only."""
    return trained_once("quick", QUICK)


@pytest.fixture
def quick_run(finished_run, tmp_path):
    """A finished run of the quick config; each test has its own copy."""
    copy = shutil.copytree(finished_run.directory, tmp_path / "runs" / finished_run.id)
    return Run(copy)


@pytest.fixture
def seqlab(quick_run, tmp_path, monkeypatch):
    """The command line in a folder whose `runs/` holds one finished run."""
    monkeypatch.chdir(tmp_path)
    for name in ("SEQLAB_RUNS_DIR", "SEQLAB_DATA_DIR", "SEQLAB_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    return Shell()


@pytest.fixture(scope="session")
def translator(trained_once):
    """A finished run that translates; for reading only."""
    return trained_once("translator", TRANSLATED)


@pytest.fixture(scope="session")
def language_model(trained_once):
    """A finished run of a language model; for reading only."""
    return trained_once("language_model", LANGUAGE_MODEL)


@pytest.fixture(scope="session")
def _loaded_runs():
    """What `loads_once` has loaded."""
    return {}


@pytest.fixture
def loads_once(_loaded_runs, monkeypatch):
    """A command that loads a finished run again, with the same overrides, gets the one that was loaded before, whose
    functions are traced: what a command says does not need another."""
    from seqlab import experiment

    load = experiment.load

    def once(run, *, overrides=(), plugins=(), **others):
        key = run.directory.resolve(), tuple(overrides), tuple(plugins)
        if key not in _loaded_runs:
            _loaded_runs[key] = load(run, overrides=overrides, plugins=plugins, **others)
        return _loaded_runs[key]

    monkeypatch.setattr(experiment, "load", once)


@pytest.fixture
def own_logits_processors(monkeypatch):
    """The logits processors that a test registers are gone after it."""
    from seqlab.decoding.logits_processors import LOGITS_PROCESSORS

    for name, value in vars(LOGITS_PROCESSORS).items():
        if isinstance(value, dict):
            monkeypatch.setattr(LOGITS_PROCESSORS, name, dict(value))


@pytest.fixture
def benchmark(monkeypatch):
    """Import a module of the benchmarks; it leaves none behind."""
    folder = str(Path(__file__).parents[1] / "benchmarks")
    monkeypatch.syspath_prepend(folder)
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if folder in (getattr(sys.modules[name], "__file__", None) or ""):
            del sys.modules[name]
