"""Commented starter configs, one per task. They can be trained as they are."""

from __future__ import annotations

from seqlab.errors import RequestError
from seqlab.registry import did_you_mean

_CLASSIFICATION = """\
# A seqlab experiment: text classification, one label per text.
#   seqlab check FILE                       validate it
#   seqlab train FILE                       train it
#   seqlab train FILE training.epochs=3     change a value for one run
#   seqlab parts                            list the available components

version: 1
task: classification

# Embedded synthetic reviews, so that training works without a download.
# To use your own texts, one per row of a table:
#   data: {name: csv, path: reviews.csv, text: review, label: sentiment}
# Paths are relative to this file.
data:
  name: synthetic

# The features of a text: here its words and pairs of words.
vectorizer:
  name: words
  ngrams: 2
  max_tokens: 20000
  output: multi_hot      # which of them occur; count: how often they occur

model:
  name: bag
  hidden: 16
  dropout: 0.5

training:
  epochs: 10
  batch_size: 32
  optimizer: rmsprop
  learning_rate: 1e-3
  patience: 2            # stop after two epochs without improvement

runtime:
  seed: 1337             # the same seed trains the same model
"""

_LANGUAGE_MODEL = """\
# A seqlab experiment: language modeling, the next token of a text.
#   seqlab check FILE                       validate it
#   seqlab train FILE                       train it
#   seqlab generate --temperature 0.8       generate text
#   seqlab parts                            list the available components

version: 1
task: language_model

# An embedded synthetic text, so that training works without a download.
# To use your own text, any UTF-8 file, with a path relative to this file:
#   data: {name: text_file, path: poems.txt}
data:
  name: synthetic

# The tokens of the text: here its characters.
vectorizer:
  name: characters

model:
  name: recurrent
  cell: gru
  units: 64
  embedding: 16

training:
  epochs: 3
  batch_size: 32
  window: 100            # characters per training example
  optimizer: adam
  learning_rate: 1e-2
  schedule: cosine_decay # decrease the learning rate

runtime:
  seed: 1337             # the same seed trains the same model
"""

_TRANSLATION = """\
# A seqlab experiment: translation of sentences.
#   seqlab check FILE                       validate it
#   seqlab train FILE                       train it
#   seqlab translate "The cat sleeps."      translate a sentence
#   seqlab parts                            list the available components

version: 1
task: translation

# Embedded synthetic English-Spanish phrases, so that training works without
# a download. To use your own pairs, one sentence and its translation per row:
#   data: {name: tsv, path: pairs.tsv, source: english, target: french}
# or two files with one sentence per line:
#   data: {name: parallel_text, source: talks.en, target: talks.fr}
# Paths are relative to this file.
data:
  name: synthetic

# The tokens of a sentence. Here both sides use the same options;
# {source: {...}, target: {...}}  gives each side its own options,
# {shared: {name: subwords}}      gives both sides one vocabulary.
vectorizer:
  name: words
  standardize: none      # keep upper case
  split: punctuation     # punctuation marks are tokens of their own

model:
  name: recurrent_encoder_decoder
  cell: lstm
  units: 144
  embedding: 64
  bidirectional: true
  attention: luong       # none: train without attention for comparison

training:
  epochs: 6
  batch_size: 32
  optimizer: adam
  learning_rate: 5e-3

runtime:
  seed: 1337             # the same seed trains the same model
"""

_STARTERS = {"classification": _CLASSIFICATION, "language_model": _LANGUAGE_MODEL, "translation": _TRANSLATION}


def starter(task: str, schema: str | None = None) -> str:
    """The commented starter config of a task. `schema`: path or address of the JSON Schema, for editors.

    Raises RequestError for an unknown task.
    """
    if task not in _STARTERS:
        known = list(_STARTERS)
        raise RequestError(f"unknown task '{task}'; {did_you_mean(task, known)}available: {', '.join(known)}")
    return (f"# yaml-language-server: $schema={schema}\n" if schema else "") + _STARTERS[task]
