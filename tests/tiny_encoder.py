"""A tiny sentence encoder as a SavedModel: sums of the vectors of hashed words."""

WIDTH = 8


def save_encoder(folder, *, signature="serving_default", output="outputs", result="vectors", argument="strings"):
    """Saves it. `result`: `vectors` (batch, width), or what no encoder gives: `flat`, `nan`, `pairs`; `argument`:
    `strings` (batch,), `numbers`, or `rows` (batch, 1)."""
    import tensorflow as tf

    table = tf.random.stateless_uniform((50, WIDTH), (1, 2), -1, 1)
    module = tf.Module()
    module.table = tf.Variable(table, name="embedding/table")
    module.step = tf.Variable(0, trainable=False)

    def vectors_of(texts):
        words = tf.strings.split(texts)
        rows = tf.gather(module.table, tf.strings.to_hash_bucket_fast(words.values, 50))
        return tf.math.unsorted_segment_sum(rows, words.value_rowids(), tf.shape(texts)[0])

    def encode(texts):
        if argument != "strings":
            texts = tf.reshape(tf.as_string(texts), [-1])
        vectors = vectors_of(texts)
        found = {
            "vectors": vectors,
            "flat": tf.reduce_sum(vectors, axis=1),
            "nan": vectors / tf.reduce_sum(tf.abs(vectors), axis=1, keepdims=True),  # of a text without words
            "pairs": tf.stack([vectors, vectors], axis=1),
        }[result]
        names = output if isinstance(output, list) else [output]
        return dict.fromkeys(names, found)

    kinds = {
        "strings": tf.TensorSpec([None], tf.string),
        "rows": tf.TensorSpec([None, 1], tf.string),
        "numbers": tf.TensorSpec([None], tf.int32),
    }
    function = tf.function(encode, input_signature=[kinds[argument]])
    signatures = {} if signature is None else {signature: function.get_concrete_function()}
    if signatures:
        module.encode = function  # TensorFlow gives the only function of a module a signature
    tf.saved_model.save(module, str(folder), signatures=signatures)
    return folder


def vectors_by_hand(words_of_texts):
    """(texts, WIDTH): the same sums."""
    import numpy as np
    import tensorflow as tf

    table = tf.random.stateless_uniform((50, WIDTH), (1, 2), -1, 1).numpy()
    return np.array(
        [
            sum((table[int(tf.strings.to_hash_bucket_fast(word, 50))] for word in words), np.zeros(WIDTH, np.float32))
            for words in words_of_texts
        ]
    )


def config_of(source, **model):
    """A config that trains on such an encoder in a moment."""
    return {
        "task": "classification",
        "data": {"name": "synthetic", "size": 300},
        "model": {"name": "sentence_encoder", "source": str(source), "hidden": 4, **model},
        "training": {"epochs": 3, "batch_size": 16, "optimizer": "adam", "learning_rate": 1e-2},
    }
