"""The components of a config as its task uses them: what the section `training` decides of a model."""

import pytest
from quick import LANGUAGE_MODEL, trained

from seqlab import experiment
from seqlab.config import ConfigError, load
from seqlab.config.choices import choices_of
from seqlab.config.resolved import to_yaml
from seqlab.models.language_modeling import TransformerLanguageModel

TRANSFORMER = {"name": "transformer", "layers": 1, "heads": 2, "width": 8, "feed_forward": 8}


@pytest.mark.parametrize(("changes", "context"), [([], 50), (["training.window=7"], 7), (["model.context=50"], 50)])
def test_the_context_of_a_transformer_is_a_window(changes, context):
    chosen = load({**LANGUAGE_MODEL, "model": TRANSFORMER}, changes).experiment
    assert choices_of(chosen).model.context == context


def test_a_config_keeps_what_it_leaves_to_the_window():
    """So that a copy of it with another window is a whole change."""
    chosen = load({**LANGUAGE_MODEL, "model": TRANSFORMER}).experiment
    assert "  context: null\n" in to_yaml(chosen)


def test_other_models_are_those_of_the_config():
    chosen = load(LANGUAGE_MODEL).experiment
    assert choices_of(chosen).model is chosen.model


@pytest.mark.slow
def test_runs_of_before_read_as_much_as_they_did(tmp_path):
    """Their config has a context of 256, and their figures are those of so long a context. An override says why not."""
    given = {**LANGUAGE_MODEL, "data": {"name": "synthetic", "size": 3_000}, "model": TRANSFORMER}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransformerLanguageModel, "untrained_options", lambda *_: {})
        run = trained(tmp_path, "model.context=256", given=given)
    assert experiment.load(run).predictor.max_context == 256
    assert choices_of(load(run.directory / "config.yaml").experiment).model.context == 256
    with pytest.raises(ConfigError, match="training reads windows of 50 tokens"):
        load(run.directory / "config.yaml", ["model.context=300"])
