"""The way of the course's notebook, written plainly: TextVectorization, cached dense multi-hot batches, `fit`."""

import sys

import keras
import tensorflow as tf

reviews, epochs = sys.argv[1], int(sys.argv[2])
train, validation, test = (
    keras.utils.text_dataset_from_directory(f"{reviews}/{split}", batch_size=32, verbose=False)
    for split in ("train", "val", "test")
)
vectorize = keras.layers.TextVectorization(ngrams=2, max_tokens=20000, output_mode="multi_hot")
vectorize.adapt(train.map(lambda text, label: text))
train, validation, test = (
    split.map(lambda text, label: (vectorize(text), label), num_parallel_calls=4) for split in (train, validation, test)
)

inputs = keras.Input((20000,))
hidden = keras.layers.Dropout(0.5)(keras.layers.Dense(16, activation="relu")(inputs))
model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(hidden))
model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
best = f"{reviews}/best.keras"
saver = keras.callbacks.ModelCheckpoint(best, save_best_only=True)
model.fit(train.cache(), validation_data=validation.cache(), epochs=epochs, callbacks=[saver], verbose=2)
print("accuracy", keras.models.load_model(best).evaluate(test, verbose=0)[1])
print("tensorflow", tf.__version__)
