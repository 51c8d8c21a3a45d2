"""What all programs answer besides their figures."""

import platform
from importlib.metadata import version


def versions(*names):
    return {"python": platform.python_version(), **{name: version(name) for name in names}}
