"""Runs: one directory per experiment, and the folder that contains them.

run = runs.create(Path("runs"), "imdb-bigram", {"config": …})
with run.writing():                    # one process at a time; records the status however the block ends
    run.append_metrics({"epoch": 1, "train.loss": 0.4})
    run.write_result({"test.accuracy": 0.9})

run = runs.find("latest", Path("runs"))
run.metadata(), run.metrics(), run.result()
"""

from seqlab.runs.deletion import delete, foreign_files
from seqlab.runs.groups import find_group
from seqlab.runs.references import UnknownRun, find, is_exact, locate, named, resolves
from seqlab.runs.run import FORMAT, Run
from seqlab.runs.runs_directory import UNFINISHED, create, list_runs, refuse_unwritable
from seqlab.runs.summaries import RunSummary

__all__ = [
    "FORMAT",
    "UNFINISHED",
    "Run",
    "RunSummary",
    "UnknownRun",
    "create",
    "delete",
    "find",
    "find_group",
    "foreign_files",
    "is_exact",
    "list_runs",
    "locate",
    "named",
    "refuse_unwritable",
    "resolves",
]
