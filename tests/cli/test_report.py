"""`seqlab report`: the file it writes, and requests that are wrong."""

import re

import pytest


def test_a_report_of_the_latest_run(seqlab, tmp_path):
    done = seqlab("report", "latest", "-o", "new/report.html", "--no-model")
    assert (done.exit_code, done.stdout) == (0, "")
    assert re.search(r"wrote new/report.html \(\d+ kB\)", done.stderr)
    page = (tmp_path / "new" / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "Predictions, test split" in page
    assert seqlab("report", "latest", "-o", "new/report.html", "--no-model", "--split", "validation").exit_code == 0
    assert "Predictions, validation split" in (tmp_path / "new" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([], "name a run: seqlab report latest -o report.html"),
        (["latest"], "name the file to write: seqlab report latest -o report.html"),
        (["latest", "-o", "report.pdf"], "report.pdf is no page: give a file that ends in .html"),
        (["nothing", "-o", "report.html"], "no run 'nothing'"),
    ],
)
def test_wrong_requests(seqlab, tmp_path, given, says):
    done = seqlab("report", *given)
    assert (done.exit_code, done.stdout) == (2, "")
    assert says in " ".join(done.stderr.split())
    assert not list(tmp_path.glob("*.html"))


def test_files_of_a_run_are_safe(seqlab, quick_run):
    done = seqlab("report", "latest", "-o", str(quick_run.plots_directory / "report.html"))
    assert done.exit_code == 2
    assert "is a file of run" in " ".join(done.stderr.split())


def test_half_an_emoji_does_not_end_it(seqlab, tmp_path, monkeypatch):
    monkeypatch.setattr("seqlab.experiment.report.report", lambda *_, **__: "<!doctype html>half \ud83d")
    done = seqlab("report", "latest", "-o", "report.html")
    assert (done.exit_code, (tmp_path / "report.html").exists()) == (0, True)
