"""gensim learns the vectors of the recipe's words, with two workers and its own learning rate."""

import time

from gensim.models import Word2Vec
from processes import answer
from reviews import judged, loaded_recipe

from seqlab.data.splits.load_splits import load
from seqlab.vectors import WordVectors

experiment = loaded_recipe().experiment
preprocess = experiment.vectorizer.preprocessor()
texts = experiment.data.input_texts(load(experiment.data).splits["train"])
sentences = [preprocess(text).split() for text in texts]


def reply(_: object) -> dict[str, float]:
    options, epochs = experiment.model, experiment.training.epochs
    model = Word2Vec(
        vector_size=options.dimensions,
        window=options.window,
        negative=options.negatives,
        sample=options.subsample,
        min_count=experiment.vectorizer.min_count,
        sg=1,
        workers=2,
        seed=experiment.runtime.seed,
    )
    model.build_vocab(sentences)
    known = sum(model.wv.get_vecattr(word, "count") for word in model.wv.index_to_key)
    started = time.perf_counter()
    model.train(sentences, total_examples=model.corpus_count, epochs=epochs)
    seconds = time.perf_counter() - started
    return judged(known * epochs, seconds, WordVectors(model.wv.index_to_key, model.wv.vectors))


answer(reply)
