"""seqlab: trains a config, writes the examples that its peers read, and computes the loss of vectors of others."""

import gc
import json
import tempfile
from pathlib import Path

import numpy as np
from frequencies import floor_of
from packages import versions
from processes import answer

import seqlab
from seqlab.config import load as load_config
from seqlab.data.splits.load_splits import load, locate
from seqlab.errors import SeqlabError
from seqlab.experiment.prepare_data import prepare_data
from seqlab.progress import SILENT
from seqlab.text.vocabulary import NO_ID

KEPT = ("best_epoch", "epochs", "train.seconds")
FIGURES = {
    "classification": ("test.accuracy", "test.loss", "validation.loss"),
    "regression": ("test.mse", "validation.loss"),
    "language_model": ("test.loss", "validation.loss"),
    "translation": ("test.loss", "test.bleu", "validation.loss"),
    "word_vectors": ("validation.loss",),
}
UNSEEN = 1_114_112
"""seqlab divides the probability of a character that training does not have among all characters."""


def prepared(config):
    """The raw records of each split, and what seqlab makes of them."""
    experiment = load_config(config).experiment
    located = locate(experiment.data, SILENT)
    return experiment, load(located, SILENT).splits, prepare_data(experiment, located, SILENT)


def written(asked):
    experiment, splits, data = prepared(asked["config"])
    write = {
        "classification": texts,
        "regression": rows,
        "language_model": running_text,
        "translation": pairs,
        "word_vectors": documents,
    }
    content = write[experiment.task](experiment, splits, data)
    Path(asked["file"]).write_text(json.dumps(content), encoding="utf-8")
    return {}


def ids_of(store, name):
    column = store.ragged(name)
    return [column[row].tolist() for row in range(len(column))]


def texts(experiment, splits, data):
    vectorizer = data.task.vectorizers["text"]
    content = {}
    for name, store in data.stores.items():
        raw = list(experiment.data.input_texts(splits[name]))
        tokens = [" ".join(vectorizer.tokens(text)) for text in raw]
        targets = store.flat("targets").tolist()
        content[name] = {"ids": ids_of(store, "text_ids"), "targets": targets, "texts": raw, "tokens": tokens}
    return {"vocabulary_size": vectorizer.size, "classes": len(data.labels), "splits": content}


def rows(experiment, splits, data):
    split = len(experiment.data.feature_columns.categories)
    named = {
        name: {
            "categories": [row[:split] for row in records["features"]],
            "numbers": [[float(each) for each in row[split:]] for row in records["features"]],
            "targets": list(records["number"]),
        }
        for name, records in splits.items()
    }
    return {"splits": named}


def running_text(experiment, splits, data):
    """`unseen`: characters that are not in the training text, and what each costs in nats, for all programs alike."""
    vectorizer, content = data.task.vectorizer, {}
    cost = float(np.log(int(vectorizer.vocabulary.counts.sum()) + 1) + np.log(UNSEEN))
    for name, store in data.stores.items():
        ids = store.ragged("text_ids").values
        unseen = {"number": int((ids == NO_ID).sum()), "cost": cost}
        content[name] = {"ids": ids[ids != NO_ID].tolist(), "unseen": unseen}
    return {"vocabulary_size": vectorizer.size, "splits": content}


def pairs(experiment, splits, data):
    content = {
        name: {
            "source": ids_of(store, "source_ids"),
            "target": ids_of(store, "target_ids"),
            "source_texts": list(splits[name]["source"]),
            "target_texts": list(splits[name]["target"]),
        }
        for name, store in data.stores.items()
    }
    target = data.task.target.vectorizer
    words = [*target.vocabulary.specials, *target.vocabulary.tokens]
    return {"sizes": [each.size for each in data.task.vectorizers.values()], "words": words, "splits": content}


def documents(experiment, splits, data):
    """Also what the loss of a model without vectors is computed from."""
    vocabulary = data.task.vectorizer.vocabulary
    first = len(vocabulary.specials)
    content = {
        name: {"words": [list(vocabulary.tokens_of(row)) for row in ids_of(store, "text_ids")]}
        for name, store in data.stores.items()
    }
    seen = np.concatenate([np.array(row, int) for row in ids_of(data.stores["validation"], "text_ids")]) - first
    kept = data.task.kept
    return {
        "counts": vocabulary.counts.tolist(),
        "seen": np.bincount(seen, minlength=len(vocabulary.counts)).tolist(),
        "kept": (np.ones(len(vocabulary.counts)) if kept is None else kept).tolist(),
        "negatives": experiment.model.negatives,
        "splits": content,
    }


def trained(asked):
    import keras

    content = json.loads(Path(asked["file"]).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        try:
            metrics = seqlab.train(asked["config"], runs_dir=folder, progress=False).metrics
        except SeqlabError as error:
            return {"error": str(error)}
    keras.backend.clear_session()
    gc.collect()
    names = (*FIGURES[asked["task"]], *KEPT)
    return {name: metrics[name] for name in names} | floor_of(asked["task"], content)


def judged(asked):
    """The validation loss of seqlab's network with the vectors of others, which were not learned beside a bias."""
    model = {"name": asked["config"]["model"], "frequency_bias": False}
    _, _, data = prepared({**asked["config"], "model": model})
    model = data.task.build(data.stores["train"])
    arrays = np.load(asked["vectors"])
    known = {word: row for row, word in enumerate(arrays["words"].tolist())}
    order = [known[word] for word in data.task.vectorizer.vocabulary.tokens]
    model.embedding.table.assign(arrays["input"][order])
    model.logits.table.assign(arrays["output"][order])
    evaluation = data.task.predictor(model).evaluate(data.stores["validation"], (), SILENT)
    return {"validation.loss": evaluation.metrics()["loss"]}


def reply(asked):
    if asked["do"] == "write":
        return written(asked)
    figures = trained(asked) if asked["do"] == "train" else judged(asked)
    return {"figures": figures, "versions": versions("seqlab", "tensorflow", "keras", "numpy")}


if __name__ == "__main__":
    answer(reply)
