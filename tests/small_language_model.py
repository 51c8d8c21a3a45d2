"""A small recurrent language model with random weights, and random ids for it."""

import keras
import numpy as np
import tensorflow as tf

from seqlab.layers.embedding import Embedding
from seqlab.models.language_modeling.recurrent_network import RecurrentLanguageModelNetwork


def model_of(cell="gru", layers=1, **options):
    keras.utils.set_random_seed(1)
    given = {"units": 6, "embedding": 4, "dropout": 0.0, "tied": False} | options
    if given["embedding"] is not None:
        given["embedding"] = Embedding(9, given["embedding"], initializer="uniform", name="embedding")
    model = RecurrentLanguageModelNetwork(9, cell=cell, layers=layers, **given)
    model({"ids": tf.zeros((1, 1), tf.int32)})
    return model


def ids_of(length, seed=0):
    return np.random.default_rng(seed).integers(0, 9, length).astype(np.int32)
