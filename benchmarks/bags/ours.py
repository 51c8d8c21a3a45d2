"""seqlab's own walk as a user runs it, with an empty cache: everything from the archive to the test figure."""

import json
import os
import subprocess
import sys
import tempfile

with tempfile.TemporaryDirectory() as folder:
    os.environ |= {"SEQLAB_CACHE_DIR": f"{folder}/cache", "SEQLAB_RUNS_DIR": f"{folder}/runs"}
    overrides = [f"training.epochs={sys.argv[1]}", "training.refit=false"]
    command = [sys.executable, "-m", "seqlab", "train", "imdb/bigram", *overrides, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    print("accuracy", json.loads(done.stdout)["result"]["test.accuracy"])
