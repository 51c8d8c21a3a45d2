"""A pool without processes: everything goes through pickles, as to other processes and back."""

import contextlib
import pickle

from seqlab.text import by_chunk


class Elsewhere:
    """A pool without processes: from the second chunk on, what goes to a process and comes from it is pickled."""

    running = False

    def start(self, function, seconds):
        self.running = True
        return True

    def map(self, function, portions):
        there = pickle.loads(pickle.dumps(function))
        for portion in portions:
            yield portion, pickle.loads(pickle.dumps(there(pickle.loads(pickle.dumps(portion)))))


@contextlib.contextmanager
def processes(pool, characters):
    """Within the block, `by_chunk` has this pool, and chunks of so many characters."""
    before = by_chunk._FIRST, by_chunk._MOST, by_chunk._SHARED
    by_chunk._FIRST = by_chunk._MOST = by_chunk._SHARED = characters
    token = by_chunk._POOL.set(pool)
    try:
        yield
    finally:
        by_chunk._FIRST, by_chunk._MOST, by_chunk._SHARED = before
        by_chunk._POOL.reset(token)
