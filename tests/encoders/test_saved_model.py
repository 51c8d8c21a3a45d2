"""SavedModels as sentence encoders: which signature is used, and what is no encoder."""

from pathlib import Path

import numpy as np
import pytest
from tiny_encoder import WIDTH, save_encoder, vectors_by_hand

from seqlab.encoders.saved_model import MODULE, load_saved_model
from seqlab.errors import RequestError

TEXTS = ["a good film", "", "a"]


@pytest.mark.parametrize(
    "saved",
    [
        {},
        {"signature": "default", "output": "default"},  # as modules of TensorFlow Hub name them
        {"signature": "serve", "output": "output_0"},
        {"signature": "embed", "output": "vectors"},  # the only ones
        {"output": ["attention", "outputs"]},
    ],
)
def test_vectors_are_those_of_the_saved_function(tmp_path, saved):
    encoder = load_saved_model(save_encoder(tmp_path / "encoder", **saved))
    assert encoder.width == WIDTH
    assert np.allclose(encoder.vectors(TEXTS), vectors_by_hand([text.split() for text in TEXTS]), atol=1e-6)
    assert [(variable.shape, variable.trainable) for variable in encoder.variables] == [((50, WIDTH), True)]


def test_a_lone_surrogate_is_a_text(tmp_path):
    encoder = load_saved_model(save_encoder(tmp_path / "encoder"))
    assert np.isfinite(encoder.vectors(["\ud800"])).all()


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        (
            {"signature": None, "output": "x"},
            "cannot encode texts: it has no signature; expected one of serving_default, default, serve",
        ),
        ({"argument": "numbers"}, "'serving_default' takes texts: int32(None,); a sentence encoder takes texts alone"),
        ({"argument": "rows"}, "takes texts: string(None, 1)"),
        ({"result": "flat"}, "gives an array of the shape (2,) for 2 texts"),
        ({"result": "pairs"}, "gives an array of the shape (2, 2, 8) for 2 texts"),
        ({"output": ["a", "b"]}, "has the outputs a, b, none of which is called default or outputs or output_0"),
    ],
)
def test_what_is_no_encoder_is_refused(tmp_path, saved, message):
    with pytest.raises(RequestError) as refusal:
        load_saved_model(save_encoder(tmp_path / "encoder", **saved))
    assert message in str(refusal.value)


def test_a_damaged_model_is_refused(tmp_path):
    folder = save_encoder(tmp_path / "encoder")
    (folder / "saved_model.pb").write_bytes(b"no graph")
    with pytest.raises(RequestError, match="cannot be loaded as a SavedModel"):
        load_saved_model(folder)


def test_of_a_module_of_tensorflow_1_the_graph_without_tags_is_asked_for(tmp_path):
    """Models of TensorFlow 2 have the tag `serve`."""
    folder = save_encoder(tmp_path / "encoder")
    Path(folder, MODULE).write_bytes(b"")
    with pytest.raises(RequestError, match=r"tags=\[\]|tag"):
        load_saved_model(folder)
