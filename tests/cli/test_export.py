"""`seqlab export`."""

import json

import pytest


def test_a_run_becomes_a_folder(seqlab, tmp_path, quick_run):
    done = seqlab("export", "latest", "--format", "sklearn", "-o", "out")
    assert (done.exit_code, done.stdout) == (0, "out\n")
    assert "120 of 120 labels are equal" in done.stderr
    assert "out/README.md says how to use it" in done.stderr
    assert (tmp_path / "out" / "sha256.txt").exists()


def test_as_json(seqlab, quick_run):
    found = json.loads(seqlab.works("export", "--run", quick_run.id, "--format", "sklearn", "-o", "out", "--json"))
    agreement = found.pop("agreement")
    assert found == {
        "run": quick_run.id, "format": "sklearn", "directory": "out", "files": 6, "bytes": found["bytes"],
    }  # fmt: skip
    assert agreement.pop("difference") < 1e-6
    assert agreement == {"of": "labels", "texts": 120, "unequal": 0, "source": "texts of the validation split"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("latest", "--format", "skleran", "-o", "out"), "there is no format 'skleran'; did you mean 'sklearn'?"),
        (("latest", "--format", "sklearn", "-o", "runs"), "runs is not empty: choose a new folder, or empty it first"),
        (("nowhere", "--format", "sklearn", "-o", "out"), "no run 'nowhere'"),
        (("--format", "sklearn", "-o", "out"), "RUN is missing"),
        (
            ("latest", "-o", "out"),
            "--format is missing: the formats are saved_model, sklearn, sklearn_int8",
        ),
        (("latest", "--format", "sklearn"), "--output is missing: give the folder to write (-o DIR)"),
        (("latest", "--format", "word2vec", "-o", "out"), "a space ends a word in the format of word2vec"),
    ],
)
def test_what_is_wrong_is_refused(seqlab, tmp_path, arguments, says):
    message = seqlab.refuses(2, "export", *arguments)
    assert says in " ".join(message.split())
    assert not (tmp_path / "out").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


def test_an_unfinished_run_is_refused(seqlab, quick_run):
    quick_run.update(status="stopped")
    seqlab.refuses(
        2, "export", quick_run.id, "--format", "sklearn", "-o", "out",
        says=[f"run {quick_run.id} is stopped: only a finished run is exported"],
    )  # fmt: skip


def test_the_plugin_of_a_run_is_imported_only_where_it_is_named(seqlab, tmp_path, quick_run):
    (tmp_path / "own_parts.py").write_text("from pathlib import Path\nPath('imported').touch()\n", encoding="utf-8")
    config = quick_run.config_file.read_text(encoding="utf-8")
    changed = config.replace("plugins: []", "plugins: [own_parts]").replace("name: bag", "name: own_bag")
    quick_run.config_file.write_text(changed, encoding="utf-8")
    says = ["unknown classifier 'own_bag'", "imported only on request: --plugin own_parts"]
    seqlab.refuses(2, "export", quick_run.id, "--format", "sklearn", "-o", "out", says=says)
    assert not (tmp_path / "imported").exists()
    assert not (tmp_path / "out").exists()


def test_help_names_the_formats(seqlab):
    shown = " ".join(seqlab.works("export", "--help").split())
    for name in ("saved_model:", "sklearn:", "word2vec:"):
        assert name in shown
