"""The recurrent language model: carried state, the parts that are shared, parameters."""

import numpy as np
import pytest
from closeness import assert_close
from small_language_model import ids_of, model_of

VOCABULARY, UNITS, EMBEDDING = 9, 6, 4


@pytest.mark.parametrize(("cell", "layers"), [("gru", 1), ("lstm", 2), ("simple_rnn", 1)])
def test_reading_in_pieces_is_reading_at_once(cell, layers):
    model, ids = model_of(cell, layers), ids_of(24).reshape(2, 12)
    whole, _ = model.advance(ids, model.initial_state(2))
    state, pieces = model.initial_state(2), []
    for start in (0, 5, 6):
        piece, state = model.advance(ids[:, start : {0: 5, 5: 6, 6: 12}[start]], state)
        pieces.append(piece)
    assert_close(np.concatenate(pieces, axis=1), whole)


@pytest.mark.parametrize("layers", [1, 2])
def test_parameters_by_hand(layers):
    """GRU: three gates of an input and a recurrent kernel and two biases."""

    def gru(inputs):
        return 3 * UNITS * (inputs + UNITS + 2)

    expected = VOCABULARY * EMBEDDING + gru(EMBEDDING) + (layers - 1) * gru(UNITS) + UNITS * VOCABULARY + VOCABULARY
    assert model_of("gru", layers).count_params() == expected


def test_a_prediction_depends_on_no_later_id():
    model, ids = model_of("lstm", 2), ids_of(8)[None]
    changed = np.concatenate([ids[:, :5], (ids[:, 5:] + 1) % VOCABULARY], axis=1)
    before, after = (np.asarray(model.advance(each, model.initial_state(1))[0]) for each in (ids, changed))
    assert_close(after[:, :5], before[:, :5])
    assert (np.abs(after[:, 5:] - before[:, 5:]).max(axis=-1) > 1e-4).all()
