"""Progress of a loop over items."""

import contextlib

import pytest

from seqlab.progress import SILENT, Silent, tracked


class Counting(Silent):
    """Remembers the step and the units reported so far."""

    def __init__(self):
        self.opened, self.done = None, 0

    @contextlib.contextmanager
    def step(self, what, total=None, unit=""):
        self.opened = (what, total, unit)
        yield self
        self.opened = None

    def advance(self, units=1, **metrics):
        self.done += units


def test_each_item_is_a_unit_reported_after_its_work():
    progress = Counting()
    for number, item in enumerate(tracked("abc", progress, "reading", 3, "texts")):
        assert (item, progress.done) == ("abc"[number], number)
        assert progress.opened == ("reading", 3, "texts")
    assert (progress.done, progress.opened) == (3, None)


def test_an_error_of_the_items_is_not_hidden():
    def items():
        yield 1
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        list(tracked(items(), SILENT, "reading", None, "texts"))
