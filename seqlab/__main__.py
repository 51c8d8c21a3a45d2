"""`python -m seqlab` is the command `seqlab`."""

import contextlib
import sys
from pathlib import Path

from seqlab.config.plugins import is_inside_run

with contextlib.suppress(FileNotFoundError):  # the current folder was deleted
    if is_inside_run(here := Path.cwd()):
        # An empty entry of PYTHONPATH is the current folder too. This one is of a run, and nothing in it is executed.
        sys.path[:] = [each for each in sys.path if Path(each).absolute() != here]

from seqlab.cli import main

if __name__ == "__main__":
    main()
