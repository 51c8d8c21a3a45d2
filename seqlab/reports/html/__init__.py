"""A report: runs as one HTML file that opens from a disk, without a network."""

from seqlab.reports.html.document import render
from seqlab.reports.html.run_section import Example, RunPage, read_run_page

__all__ = ["Example", "RunPage", "read_run_page", "render"]
