"""Runs: directories that hold everything about one experiment, and the folder they lie in.

run = runs.create(Path("runs"), "imdb-bigram", {"config": …})
with run.writing():                    # one process at a time; tells the status, however the block ends
    run.append_metrics({"epoch": 1, "train.loss": 0.4})
    run.write_result({"test.accuracy": 0.9})

run = runs.find("latest", Path("runs"))
run.metadata(), run.metrics(), run.result()
"""

from seqlab.runs.run import FORMAT, Run
from seqlab.runs.runs_directory import Summary, create, delete, find, list_runs, locate

__all__ = ["FORMAT", "Run", "Summary", "create", "delete", "find", "list_runs", "locate"]
