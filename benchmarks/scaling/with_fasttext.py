"""A table of texts and labels by fastText: one epoch over single words, vectors of 16, on one thread for each core."""

import csv
import os
import sys
from pathlib import Path

import fasttext

table = Path(sys.argv[1])
lines = table.with_suffix(".fasttext")
with table.open(encoding="utf-8", newline="") as rows, lines.open("w", encoding="utf-8") as file:
    for row in csv.DictReader(rows):
        file.write(f"__label__{row['label']} {row['text']}\n")
threads = len(os.sched_getaffinity(0))
model = fasttext.train_supervised(str(lines), epoch=1, lr=0.5, dim=16, thread=threads, verbose=0)
model.save_model(str(table.with_suffix(".bin")))
