"""fastText's way: its own tokens, bigrams hashed, a linear model over their mean."""

import random
import re
import string
import sys
from pathlib import Path

import fasttext

PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}]")


def lines_of(split):
    target = Path(sys.argv[1], f"{split}.fasttext")
    paths = sorted(Path(sys.argv[1], split).glob("*/*.txt"))
    random.Random(1337).shuffle(paths)  # fastText goes through the lines as they stand
    with target.open("w", encoding="utf-8") as file:
        for path in paths:
            words = PUNCTUATION.sub("", path.read_text(encoding="utf-8").lower()).split()
            file.write(f"__label__{path.parent.name} {' '.join(words)}\n")
    return str(target)


model = fasttext.train_supervised(lines_of("train"), wordNgrams=2, epoch=5, lr=0.5, dim=16, thread=2, verbose=0)
print("accuracy", model.test(lines_of("test"))[1])
