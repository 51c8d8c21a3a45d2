"""From the ids in memory to the first batch, and on: the notebook's windows and shuffle buffer."""

import itertools
import json
import sys
import time

from notebook import BATCH, TRAIN, WINDOW, encoded, windows
from processes import peak_megabytes

before, started = peak_megabytes(), time.perf_counter()
_, ids, _ = encoded(sys.argv[1])
preparing = time.perf_counter() - started
started = time.perf_counter()
batches = iter(windows(ids[:TRAIN]))
next(batches)[0].numpy()
first = time.perf_counter() - started
count = sum(1 for _ in itertools.islice(batches, int(sys.argv[2])))
rest = time.perf_counter() - started - first
print(
    json.dumps(
        {
            "preparing": preparing,
            "first_batch": first,
            "characters_per_second": count * BATCH * WINDOW / rest,
            "megabytes_more": peak_megabytes() - before,
        }
    )
)
