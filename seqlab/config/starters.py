"""Configs to start from, one for each task: they train as they are, and say what to change."""

from __future__ import annotations

from seqlab.errors import RequestError
from seqlab.registry import did_you_mean

_CLASSIFICATION = """\
# An experiment of seqlab: one label per text.
#   seqlab check FILE                       is it right?
#   seqlab train FILE                       train it
#   seqlab train FILE training.epochs=3     change a value for this once
#   seqlab parts                            what else could stand here?

version: 1
task: classification

# Reviews that seqlab makes up itself, so that this runs at once.
# Your own texts, one in each row of a table:
#   data: {name: csv, path: reviews.csv, text: review, label: sentiment}
# The path is relative to this file.
data:
  name: synthetic

# How texts become numbers: here the words and pairs of words that each has.
vectorizer:
  name: words
  ngrams: 2
  max_tokens: 20000
  output: multi_hot      # which of them stand in it; count: how often

model:
  name: bag
  hidden: 16
  dropout: 0.5

training:
  epochs: 10
  batch_size: 32
  optimizer: rmsprop
  learning_rate: 1e-3
  patience: 2            # stop after two epochs without a better one

runtime:
  seed: 1337             # the same seed gives the same model
"""

_LANGUAGE_MODEL = """\
# An experiment of seqlab: at every place of a text, what comes next.
#   seqlab check FILE                       is it right?
#   seqlab train FILE                       train it
#   seqlab generate --temperature 0.8       let it write
#   seqlab parts                            what else could stand here?

version: 1
task: language_model

# A text that seqlab makes up itself, so that this runs at once.
# Your own text, any UTF-8 file, its path relative to this file:
#   data: {name: text_file, path: poems.txt}
data:
  name: synthetic

# How text becomes numbers: here each character is one.
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
  window: 100            # characters that a training example holds
  optimizer: adam
  learning_rate: 1e-2
  schedule: cosine_decay # smaller and smaller steps

runtime:
  seed: 1337             # the same seed gives the same model
"""

_TRANSLATION = """\
# An experiment of seqlab: a sentence given another.
#   seqlab check FILE                       is it right?
#   seqlab train FILE                       train it
#   seqlab translate "The cat sleeps."      ask it
#   seqlab parts                            what else could stand here?

version: 1
task: translation

# English and Spanish phrases that seqlab makes up itself, so that this runs
# at once. Your own pairs, a sentence and its translation in each row:
#   data: {name: tsv, path: pairs.tsv, source: english, target: french}
# or two files with a sentence in each line:
#   data: {name: parallel_text, source: talks.en, target: talks.fr}
# Paths are relative to this file.
data:
  name: synthetic

# How sentences become numbers. The same options for both sides here;
# {source: {...}, target: {...}}  each side has its own,
# {shared: {name: subwords}}      both have one vocabulary.
vectorizer:
  name: words
  standardize: none      # capitals stay
  split: punctuation     # and so do signs, each a word of its own

model:
  name: recurrent_encoder_decoder
  cell: lstm
  units: 144
  embedding: 64
  bidirectional: true
  attention: luong       # none: see what it is good for

training:
  epochs: 6
  batch_size: 32
  optimizer: adam
  learning_rate: 5e-3

runtime:
  seed: 1337             # the same seed gives the same model
"""

_STARTERS = {"classification": _CLASSIFICATION, "language_model": _LANGUAGE_MODEL, "translation": _TRANSLATION}


def starter(task: str, schema: str | None = None) -> str:
    """A commented config of a task. `schema` is where editors find the JSON Schema: a path or an address.

    Raises RequestError for a task that there is not.
    """
    if task not in _STARTERS:
        known = list(_STARTERS)
        raise RequestError(f"no task is called '{task}'; {did_you_mean(task, known)}there are {', '.join(known)}")
    return (f"# yaml-language-server: $schema={schema}\n" if schema else "") + _STARTERS[task]
