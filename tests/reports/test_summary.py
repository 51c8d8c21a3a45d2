"""The sizes of the splits, and the table of a model's layers."""

import keras
import pytest
from quick import Heard as HeardLines

from seqlab.layers.embedding import Embedding
from seqlab.layers.positions import SinusoidalPositions
from seqlab.models.translation.transformer_network import TransformerTranslatorNetwork
from seqlab.reports.summary import parameters_of, report_data, report_model


class Heard(HeardLines):
    def table(self, title, columns, rows):
        self.title, self.columns, self.rows = title, columns, rows


def said_of(model):
    heard = Heard()
    report_model(model, heard)
    return heard


def test_layers_add_up_though_they_share_a_table_and_no_graph_knows_their_outputs():
    options = {"layers": 1, "heads": 2, "width": 8, "feed_forward": 6, "rotary": False, "dropout": 0.0}
    both = Embedding(20, 8, name="embedding", initializer="uniform")
    model = TransformerTranslatorNetwork(both, both, 20, **options, positions=SinusoidalPositions, tied=True)
    ids = keras.ops.ones((1, 2), "int32")
    model({"source": ids, "target": ids})
    heard = said_of(model)
    assert heard.columns == ("layer", "parameters")
    parameters = {name: int(number.replace(",", "")) for name, number in heard.rows}
    assert parameters["embedding"] == 20 * 8
    assert parameters["logits"] == 20  # its bias: the table is the embedding's
    assert sum(parameters.values()) - parameters["total"] == parameters["total"] == model.count_params()


def test_trained_parameters_of_a_model_with_frozen_layers():
    frozen = keras.layers.Dense(4, trainable=False, name="frozen")
    model = keras.Sequential([keras.Input((3,)), frozen, keras.layers.Dense(2, name="learned")])
    heard = said_of(model)
    assert heard.rows == [("frozen", "(batch, 4)", "16"), ("learned", "(batch, 2)", "10"), ("total", "", "26")]
    assert heard.lines == ["26 parameters, 10 of them trained"]
    assert parameters_of(model) == {"parameters": 26, "trained_parameters": 10}


def notes_on(**sizes):
    """What is said of splits with so many examples and tokens."""
    heard = HeardLines()
    metadata = {
        "sizes": {name: {"examples": size[0], "tokens": size[1], "unknown_share": 0} for name, size in sizes.items()},
        "notes": ["a note"],
    }
    report_data(metadata, heard)
    return heard.lines[1:]


def test_splits_of_a_few_examples_are_said_to_depend_on_chance():
    few = notes_on(train=(20, 400), validation=(50, 900), test=(8, 5_000))
    assert few == [
        "the test split has only 8 examples: its metrics depend on chance, because each example is 12.5% of them"
    ]


def test_a_single_row_without_a_text_is_no_running_text():
    notes = notes_on(train=(9, 0), validation=(1, 0), test=(100, 0))
    assert notes == ["the validation split has only 1 example: its metrics depend on chance"]


@pytest.mark.parametrize(("tokens", "said"), [(999, True), (1_000, False)])
def test_a_running_text_is_as_large_as_its_tokens(tokens, said):
    notes = notes_on(train=(1, 100), validation=(1, tokens), test=(1, 5_000))
    assert notes == ([f"the validation split has only {tokens} tokens: its metrics depend on chance"] if said else [])
