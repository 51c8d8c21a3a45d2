"""Functions that other processes can have, because they can be imported, to compute them of portions of texts."""

import os
import signal
import sys
import time


def lengths(portion):
    return [len(text) for text in portion]


def process_and_tensorflow(portion):
    """The process, and whether it has imported TensorFlow."""
    return os.getpid(), "tensorflow" in sys.modules


def refuses(portion):
    """Raises for some texts."""
    for text in portion:
        if text.startswith("bad"):
            raise ValueError(f"the text {text} is refused")
    return lengths(portion)


def exits(portion):
    sys.exit(3)


def not_to_be_sent(portion):
    return lambda: portion


class DiesElsewhere:
    """The length of texts; in other processes than this one the word `die` ends the process."""

    def __init__(self, parent):
        self.parent = parent

    def __call__(self, portion):
        if "die" in portion and os.getpid() != self.parent:
            print("what a plug-in prints is no answer", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        return lengths(portion)

    def __reduce__(self):
        return DiesElsewhere, (self.parent,)


class Sleeps:
    """Writes a file named as its process, and does not come back soon."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, portion):
        if portion != ["first"]:
            (self.folder / str(os.getpid())).touch()
            time.sleep(600)
        return portion

    def __reduce__(self):
        return Sleeps, (self.folder,)
