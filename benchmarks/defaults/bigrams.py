"""Counts of pairs of characters."""

import json
from pathlib import Path

import numpy as np
from frequencies import bigram_loss, with_unseen
from packages import versions
from processes import answer


def reply(asked):
    content = json.loads(Path(asked["file"]).read_text(encoding="utf-8"))
    train, test = (np.array(content["splits"][name]["ids"]) for name in ("train", "test"))
    loss, scored = bigram_loss(train, test, content["vocabulary_size"]), len(test) - 1
    figures = {"test.loss": with_unseen(loss * scored, scored, content["splits"]["test"]["unseen"])}
    return {"figures": figures, "versions": versions("numpy")}


if __name__ == "__main__":
    answer(reply)
