"""`python -m seqlab` is the command `seqlab`."""

import os
import sys

if os.path.lexists("run.json"):
    # Python searches the current folder first with `-m`. This one is a run, and nothing in a run is executed.
    sys.path[:] = [each for each in sys.path if os.path.abspath(each) != os.getcwd()]  # noqa: PTH100, PTH109

from seqlab.cli import main

if __name__ == "__main__":
    main()
