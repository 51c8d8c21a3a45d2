"""The default options in the place of those that suit the embedded data."""

import yaml

from seqlab.config import starter
from seqlab.config.starter_defaults import with_defaults, with_value

CONFIG = """\
version: 1
task: language_model
data: synthetic
vectorizer: characters

# A network.
model:
  name: recurrent        # others: seqlab parts model
  units: 7               # size of its state
  embedding: 3           # width of the vector of a token

training:
  epochs: 3              # passes
  learning_rate: 0.01    # the size of a step
  schedule: cosine_decay # decrease it

runtime:
  seed: 5                # the same seed trains the same model
"""


def test_a_section_gets_its_defaults_and_the_others_stay():
    model = yaml.safe_load(with_defaults(CONFIG, "model"))
    assert model == yaml.safe_load(CONFIG) | {"model": {"name": "recurrent", "units": 128, "embedding": 16}}
    both = with_defaults(with_defaults(CONFIG, "model"), "training")
    assert yaml.safe_load(both)["training"] == {"epochs": 30, "learning_rate": 0.002, "patience": 5}, "no schedule"
    assert "  patience: 5            # stop after so many epochs without improvement\n\nruntime:" in both
    assert yaml.safe_load(both)["runtime"] == {"seed": 5}


def test_an_optimizer_with_options_is_left_to_the_default():
    found = yaml.safe_load(with_defaults(starter("word_vectors"), "training"))["training"]
    assert "optimizer" not in found, "adagrad by its name alone has another epsilon"
    assert found["batch_size"] == 512


def test_a_value_keeps_its_comment_and_its_column():
    assert with_value("a:\n  units: 64              # size\n", "units", 7) == "a:\n  units: 7               # size\n"
