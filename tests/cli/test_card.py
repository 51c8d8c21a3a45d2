"""`seqlab card`: printed, written, and refused."""

import yaml
from quick import WORD_VECTORS, trained


def test_printed_and_written(seqlab, tmp_path, quick_run):
    printed = seqlab("card", "latest")
    assert (printed.exit_code, printed.stderr) == (0, "")
    front = yaml.safe_load(printed.stdout.split("---\n")[1])
    assert front["model-index"][0]["name"] == quick_run.id
    assert f"seqlab predict {quick_run.id}" in printed.stdout
    assert "Terms of the data: Apache-2.0, as seqlab" in printed.stdout
    assert seqlab("card", "latest", "-o", "README.md").exit_code == 0
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == printed.stdout


def test_other_tasks_have_one(seqlab, tmp_path, translator, language_model):
    vectors = trained(tmp_path / "more", "training.epochs=1", "data.size=300", given=WORD_VECTORS)
    pipelines = [
        (translator, "translation"), (language_model, "text-generation"), (vectors, "feature-extraction"),
    ]  # fmt: skip
    for run, pipeline in pipelines:
        printed = seqlab("card", str(run.directory))
        assert printed.exit_code == 0, printed.stderr
        assert f"pipeline_tag: {pipeline}\n" in printed.stdout


def test_an_unfinished_run_has_none(seqlab, quick_run):
    quick_run.update(status="stopped")
    done = seqlab("card", quick_run.id)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "is stopped: only a finished run has a model card" in " ".join(done.stderr.split())


def test_a_file_of_a_run_is_not_written_over(seqlab, quick_run):
    assert seqlab("card", "latest", "-o", str(quick_run.samples_file)).exit_code == 2
