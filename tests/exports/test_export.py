"""A run as a folder: whole, equal to the run and checked, or not there at all."""

import errno
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from quick import WORD_VECTORS, Heard

from seqlab import files
from seqlab.errors import RequestError, SeqlabError
from seqlab.exports import export as exports
from seqlab.exports import format_names
from seqlab.exports.agreement import Agreement
from seqlab.exports.export import export
from seqlab.exports.format_names import FORMATS
from seqlab.exports.saved_model import SYSTEM_ERRORS

ADVICE = "choose a new folder, or empty it first"


@pytest.fixture(scope="module")
def exported(finished_run, trained_once, tmp_path_factory):
    """Every format → an export of the quick run, or of one with word vectors."""
    folder = tmp_path_factory.mktemp("exports")
    runs = dict.fromkeys(FORMATS, finished_run) | {"word2vec": trained_once("word_vectors", WORD_VECTORS)}
    return {name: export(run, name, folder / name) for name, run in runs.items()}


@pytest.fixture
def no_writer(monkeypatch):
    """A format that fails the test if it is asked for anything."""
    monkeypatch.setattr(exports, "WRITERS", {"sklearn": lambda *_: pytest.fail("it was written")})


def readme_of(done):
    return (done.directory / "README.md").read_text(encoding="utf-8")


def usage_of(done):
    return re.search(r"```python\n(.*?)```", readme_of(done), re.DOTALL)[1]


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("saved_model", {"saved_model.pb", "fingerprint.pb", "variables"}),
        ("sklearn", {"weights.npz", "vectorizer.json", "vectorizer.py", "bag.py"}),
        ("onnx", {"model.onnx", "vectorizer.json", "vectorizer.py", "labels.json"}),
        ("litert", {"model.tflite", "vectorizer.json", "vectorizer.py", "labels.json"}),
        ("openvino", {"model.xml", "model.bin", "vectorizer.json", "vectorizer.py", "labels.json"}),
        ("word2vec", {"vectors.txt"}),
    ],
)
def test_it_is_a_model_a_readme_and_checksums(exported, name, inside):
    done = exported[name]
    assert {path.name for path in done.directory.iterdir()} == {"model", "README.md", "sha256.txt"}
    assert {path.name for path in (done.directory / "model").iterdir()} - {"assets"} == inside
    assert done.agreement.holds
    assert not any(files.is_temporary(path) for path in done.directory.parent.iterdir())
    written = [path for path in done.directory.rglob("*") if path.is_file()]
    assert (done.files, done.bytes) == (len(written), sum(path.stat().st_size for path in written))


@pytest.mark.parametrize("name", FORMATS)
def test_every_file_has_its_checksum(exported, name):
    directory = exported[name].directory
    lines = (directory / "sha256.txt").read_text(encoding="utf-8").splitlines()
    listed = {name: digest for digest, name in (line.split("  ") for line in lines)}
    paths = [path for path in directory.rglob("*") if path.is_file() and path.name != "sha256.txt"]
    assert listed == files.checksums(directory, paths)


def test_the_readme_is_a_card_that_says_how_to_use_it(exported, finished_run):
    text = readme_of(exported["saved_model"])
    assert text.startswith("---\nlibrary_name: ")
    assert text.index("# " + finished_run.id) < text.index("## This export") < text.index("## Results")
    assert "pip install tensorflow" in text
    assert "unpack" not in text
    assert "\n## Limits\n" in text
    assert "\n## Training\n" in text
    assert len(usage_of(exported["saved_model"]).splitlines()) <= 5
    assert "`probabilities` (texts, 2) float32: of negative, positive, in this order" in text
    assert re.search(r"120 of 120 labels are equal.* \(texts of the validation split\)", text)
    assert "Terms of the data: Apache-2.0" in text


@pytest.mark.process
def test_the_examples_of_the_readmes_need_no_seqlab(exported):
    """One process for all formats: it can import neither seqlab nor Keras."""
    parts = [
        f"os.chdir({str(done.directory)!r})\nexec({usage_of(done)!r})\nprint('end of', {name!r})\n"
        for name, done in exported.items()
    ]
    code = "import os, sys\nsys.modules['seqlab'] = None\n" + "".join(parts)
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", code], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"\[b'(negative|positive)'\]\nend of saved_model\n", done.stdout)
    assert re.search(r"\['(negative|positive)' '\w+'\] \[\[0\.\d+", done.stdout)
    assert re.search(r"\['(negative|positive)' '\w+'\] \[\[0\.\d+ +0\.\d+\]\n.*\nend of onnx\n", done.stdout)
    assert re.search(r"\{'probabilities': array\(\[\[0\.\d+, 0\.\d+\]\].*\}\nend of litert\n", done.stdout)
    assert re.search(r"\n\[\[0\.\d+ +0\.\d+\]\]\nend of openvino\n", done.stdout)
    assert [line for line in done.stdout.splitlines() if line.startswith("end of ")] == [f"end of {n}" for n in FORMATS]


@pytest.mark.usefixtures("no_writer")
def test_a_folder_that_holds_something_is_left_alone(finished_run, tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(RequestError, match=ADVICE):
        export(finished_run, "sklearn", tmp_path)
    with pytest.raises(RequestError, match=r"mine.txt is no folder"):
        export(finished_run, "sklearn", tmp_path / "mine.txt" / "export")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.usefixtures("no_writer")
def test_a_file_in_the_way_is_left_alone(quick_run, tmp_path):
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    for place in (tmp_path / "out", quick_run.directory, quick_run.directory / "model" / "export"):
        with pytest.raises(RequestError):
            export(quick_run, "sklearn", place)
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"
    assert not (quick_run.directory / "model" / "export").exists()


@pytest.mark.usefixtures("no_writer")
def test_neither_the_current_folder_nor_that_of_the_runs_is_replaced(finished_run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for place in (Path(), tmp_path):
        with pytest.raises(RequestError, match=r"the current folder: name a new folder in it \(-o export\)"):
            export(finished_run, "sklearn", place)
    assert Path.cwd().is_dir()
    with pytest.raises(RequestError, match="among the runs, which it is not: choose a folder elsewhere"):
        export(finished_run, "sklearn", finished_run.directory.parent / "export")


@pytest.mark.usefixtures("no_writer")
def test_what_is_in_the_way_is_called_what_it_is(quick_run, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "file").touch()
    with pytest.raises(RequestError, match="link is a link to nothing: remove it, or choose a new folder"):
        export(quick_run, "sklearn", tmp_path / "link")
    for place in ("file/x", "file/x/y"):
        with pytest.raises(RequestError, match=r"file is no folder, so nothing can be in it: choose another folder"):
            export(quick_run, "sklearn", tmp_path / place)


@pytest.mark.skipif(os.name == "nt", reason="needs links to folders")
def test_a_link_to_an_empty_folder_is_filled(finished_run, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    export(finished_run, "sklearn", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "README.md").exists()


@pytest.mark.usefixtures("no_writer")
@pytest.mark.parametrize("status", ["stopped", "failed", "diverged"])
def test_an_unfinished_run_is_refused(quick_run, tmp_path, status):
    quick_run.update(status=status)
    message = f"run {quick_run.id} is {status}: only a finished run is exported"
    with pytest.raises(RequestError, match=message):
        export(quick_run, "sklearn", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_empty_folder_is_filled(finished_run, tmp_path):
    (tmp_path / "out").mkdir()
    done = export(finished_run, "sklearn_int8", tmp_path / "out")
    assert (done.files, done.agreement.rounded, done.agreement.unequal) == (6, True, [])
    assert 1e-5 < done.agreement.difference < 0.01
    assert "have 8 bits instead of 32" in readme_of(done)
    assert (tmp_path / "out" / "README.md").exists()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_leaves_nothing(finished_run, tmp_path, monkeypatch, code):
    def full(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(files, "write_text", full)
    with pytest.raises(SeqlabError, match=r"cannot write .*: the disk is full"):
        export(finished_run, "sklearn", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", SYSTEM_ERRORS)
def test_what_tensorflow_cannot_write_is_told_as_of_any_file(finished_run, tmp_path, monkeypatch, code):
    """Its types for the errors of the system vary: `ResourceExhaustedError` would be taken for memory."""
    import tensorflow as tf

    def full(*_, **__):
        raise tf.errors.ResourceExhaustedError(None, None, f"model/variables; {os.strerror(code)}")

    monkeypatch.setattr(tf.saved_model, "save", full)
    with pytest.raises(SeqlabError, match=r"cannot write .*out: ") as caught:
        export(finished_run, "saved_model", tmp_path / "out")
    assert "memory" not in str(caught.value)
    assert "tmp-" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_unless_the_answers_are_equal(finished_run, tmp_path, monkeypatch):
    real = exports.WRITERS["sklearn"]

    def other(loaded, directory):
        return replace(real(loaded, directory), compare=lambda texts: Agreement("labels", len(texts), texts[:1], 0.1))

    monkeypatch.setattr(exports, "WRITERS", {"sklearn": other})
    with pytest.raises(SeqlabError, match="does not answer as the run does: of 120 texts, 119 of 120 labels are equal"):
        export(finished_run, "sklearn", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_appears_meanwhile_is_left_alone(finished_run, tmp_path, monkeypatch):
    real = exports.WRITERS["sklearn"]

    def meanwhile(loaded, directory):
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "theirs").touch()
        return real(loaded, directory)

    monkeypatch.setattr(exports, "WRITERS", {"sklearn": meanwhile})
    with pytest.raises(SeqlabError, match="cannot write"):
        export(finished_run, "sklearn", tmp_path / "out")
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "theirs"]


def test_without_its_data_it_is_compared_on_texts_of_its_vocabulary(quick_run, tmp_path, monkeypatch):
    def gone(*_):
        raise RequestError("the data are gone")

    monkeypatch.setattr("seqlab.exports.check_texts.load_for", gone)
    heard = Heard()
    done = export(quick_run, "sklearn", tmp_path / "out", progress=heard)
    assert done.agreement.texts == 500
    assert "(texts made of its vocabulary, because its data are gone)" in readme_of(done)


def test_words_with_spaces_are_no_word2vec(finished_run, tmp_path):
    with pytest.raises(RequestError, match=r"773 tokens of run .* such as 'and the': `seqlab vectors export"):
        export(finished_run, "word2vec", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "package"), [("onnx", "onnx"), ("litert", "ai_edge_litert"), ("openvino", "openvino")]
)
def test_a_format_without_its_package_says_how_to_install_it(quick_run, tmp_path, monkeypatch, name, package):
    find = format_names.find_spec
    monkeypatch.setattr(format_names, "find_spec", lambda each: None if each == package else find(each))
    message = rf"the format {name} needs {package}, which is not installed: pip install 'seqlab\[{name}\]'"
    with pytest.raises(RequestError, match=message):
        export(quick_run, name, tmp_path / "out")


def test_a_changed_run_is_refused(quick_run, tmp_path):
    vocabulary = quick_run.directory / "vocabulary.json"
    vocabulary.write_text(vocabulary.read_text(encoding="utf-8") + " ", encoding="utf-8")
    with pytest.raises(SeqlabError):
        export(quick_run, "sklearn", tmp_path / "out")
    assert not (tmp_path / "out").exists()
