"""fastText with its defaults, on seqlab's tokens; with 25 epochs, as its tutorial recommends."""

import json
import tempfile
from pathlib import Path

import fasttext
from packages import versions
from processes import answer


def written(split, path):
    lines = zip(split["targets"], split["tokens"], strict=True)
    path.write_text("".join(f"__label__{target} {tokens}\n" for target, tokens in lines), encoding="utf-8")
    return str(path)


def reply(asked):
    splits = json.loads(Path(asked["file"]).read_text(encoding="utf-8"))["splits"]
    epochs = {"epoch": 25} if asked["who"] == "fastText, 25 epochs" else {}
    with tempfile.TemporaryDirectory() as folder:
        train, test = (written(splits[name], Path(folder, name)) for name in ("train", "test"))
        # One thread: with more, a seed does not repeat the training.
        model = fasttext.train_supervised(train, **epochs, seed=asked["seed"], thread=1, verbose=0)
        scored, accuracy, _ = model.test(test)  # a text without a word is not scored
    figures = {"test.accuracy": accuracy * scored / len(splits["test"]["targets"])}
    return {"figures": figures, "versions": versions("fasttext-wheel")}


if __name__ == "__main__":
    answer(reply)
