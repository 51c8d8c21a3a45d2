"""The option `embedding`: what it means for each model, and what is refused."""

import numpy as np
import pytest

from seqlab.config import ConfigError, dump, load, to_yaml
from seqlab.models.embedding_options import EmbeddingOptions
from seqlab.tasks import TASKS

DATA = {
    "classification": {"data": "synthetic", "vectorizer": {"name": "words", "max_length": 20}},
    "language_model": {"data": "synthetic", "vectorizer": "words"},
    "translation": {"data": "synthetic", "vectorizer": "words"},
}
WIDE = [
    ["classification", "recurrent", 128],
    ["classification", "separable_conv", 128],
    ["language_model", "recurrent", 16],
    ["translation", "recurrent_encoder_decoder", 128],
]
TRANSFORMERS = [["classification", 64], ["language_model", 128], ["translation", 128]]


def experiment_of(task, model, embedding, **options):
    return load({"task": task, **DATA[task], "model": {"name": model, "embedding": embedding, **options}}).experiment


def tables_of(task, model, embedding, **options):
    return dict(experiment_of(task, model, embedding, **options).model.tables)


def refused(*given, **options):
    with pytest.raises(ConfigError) as refusal:
        experiment_of(*given, **options)
    return {problem.path: problem.message for problem in refusal.value.problems}


@pytest.mark.parametrize(("task", "model", "default"), WIDE)
def test_a_width_is_a_table_of_that_width_and_stays_a_number(task, model, default):
    assert dump(load({"task": task, **DATA[task], "model": model}).experiment)["model"]["embedding"] == default
    experiment = experiment_of(task, model, 12)
    assert dump(experiment)["model"]["embedding"] == 12
    of_model = EmbeddingOptions(width=12, initializer=type(experiment.model).initializer)
    assert set(experiment.model.tables.values()) == {of_model}


@pytest.mark.parametrize(("task", "model", "default"), WIDE)
def test_without_a_width_the_table_has_the_models_or_that_of_its_vectors(task, model, default):
    assert {table.width for table in tables_of(task, model, {"rows": 99}).values()} == {default}
    assert {table.width for table in tables_of(task, model, {"pretrained": "glove_6b_50d"}).values()} == {None}


@pytest.mark.parametrize(("task", "width"), TRANSFORMERS)
def test_the_tables_of_a_transformer_are_as_wide_as_its_blocks(task, width):
    assert {table.width for table in tables_of(task, "transformer", None).values()} == {width}
    assert {table.width for table in tables_of(task, "transformer", {"pretrained": "glove_6b_50d"}).values()} == {width}
    assert tables_of(task, "transformer", {"width": width}).popitem()[1].width == width
    assert refused(task, "transformer", {"width": 50}) == {
        "model": f"a Transformer's embedding is as wide as its blocks, {width}: leave its width out"
    }


def test_what_to_set_for_vectors_of_another_width():
    def remedy(task, model, embedding, side, **options):
        return experiment_of(task, model, embedding, **options).model.remedy_for_width(side, 50)

    assert remedy("classification", "recurrent", 4, "text") == "set model.embedding.width=50"
    both = {"source": 4, "target": 5}
    remedied = remedy("translation", "recurrent_encoder_decoder", both, "target")
    assert remedied == "set model.embedding.target.width=50"
    assert remedy("classification", "transformer", None, "text") == "set model.width=50 and model.heads=5"
    rotary = remedy("classification", "transformer", None, "text", positions="rotary")
    assert rotary == "set model.width=50 and model.heads=5"
    for words in (remedied, rotary):  # what it says is valid
        changes = [each for each in words.removeprefix("set ").split(" and ") if not each.startswith("model.embedding")]
        load({"task": "classification", **DATA["classification"], "model": "transformer"}, changes)


@pytest.mark.parametrize("model", ["recurrent_encoder_decoder", "transformer"])
def test_one_table_for_both_sides_or_one_for_each(model):
    one = tables_of("translation", model, {"pretrained": "glove_6b_50d"})
    assert {side: table.pretrained for side, table in one.items()} == dict.fromkeys(
        ("source", "target"), "glove_6b_50d"
    )
    frozen = {"pretrained": "glove_6b_50d", "trainable": False}
    each = tables_of("translation", model, {"source": {"pretrained": "glove_6b_100d"}, "target": frozen})
    assert [table.pretrained for table in each.values()] == ["glove_6b_100d", "glove_6b_50d"]
    assert [table.trainable for table in each.values()] == [True, False]
    assert refused("translation", model, {"source": {"pretraned": "x"}}) == {
        "model.embedding": "'target' is missing; expected a whole number above 0 or a mapping with the keys width, "
        "pretrained, trainable, rows, initializer",
        "model.embedding.source.pretraned": "unknown key 'pretraned'; did you mean 'pretrained'? available: width, "
        "pretrained, trainable, rows, initializer",
    }


FROZEN = "would stay random: leave trainable: false out, or set pretrained or init_from"


def test_a_table_that_would_stay_random_is_refused():
    assert refused("classification", "recurrent", {"trainable": False}) == {"model.embedding": f"the vectors {FROZEN}"}
    sides = {"source": {"pretrained": "glove_6b_100d", "trainable": False}, "target": {"trainable": False}}
    assert refused("translation", "recurrent_encoder_decoder", sides) == {
        "model.embedding": f"the vectors of target {FROZEN}"
    }
    frozen = {"name": "recurrent", "embedding": {"trainable": False}}
    assert load({"task": "classification", **DATA["classification"], "model": frozen, "init_from": "run:a"})


def test_only_translators_have_sides():
    problems = refused("classification", "recurrent", {"source": 3, "target": 4})
    assert list(problems) == ["model.embedding.source", "model.embedding.target"]
    assert problems["model.embedding.source"].startswith("unknown key 'source'")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("glove_6b_10d", "there are no vectors 'glove_6b_10d'; did you mean 'glove_6b_100d'? there are glove_6b_50d, "),
        ("vectors", "files of your own by their path"),
        ("run:", "'run:' would be another run another day"),
        ("run:latest", "'run:latest' would be another run another day"),
        ("", "expected"),
    ],
)
def test_vectors_that_cannot_be_meant(given, message):
    (problem,) = refused("classification", "recurrent", {"pretrained": given}).values()
    assert message in problem


def test_a_file_that_is_called_like_published_vectors_is_named_by_its_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").touch()
    (problem,) = refused("classification", "recurrent", {"pretrained": "mine"}).values()
    assert problem.startswith("there are no vectors 'mine'; the file of that name is ./mine; there are glove_6b_50d")
    (tmp_path / "folder").mkdir()
    (problem,) = refused("classification", "recurrent", {"pretrained": "folder"}).values()
    assert "file of that name" not in problem
    (problem,) = refused("classification", "recurrent", {"pretrained": "https://example.com/v.txt"}).values()
    assert problem.startswith("https://example.com/v.txt is a URL, from which nothing is downloaded")


def test_paths_are_relative_to_the_config_and_other_names_stay(tmp_path):
    config = {"task": "classification", **DATA["classification"]}
    for given, stored in [
        ["vectors.txt", str(tmp_path / "vectors.txt")],
        ["../v/w.bin", str(tmp_path / "../v/w.bin")],
        ["run:base", "run:base"],
        ["glove_6b_50d", "glove_6b_50d"],
    ]:
        file = tmp_path / "c.yaml"
        plain = load({**config, "model": {"name": "recurrent", "embedding": {"pretrained": "glove_6b_50d"}}})
        text = to_yaml(plain.experiment).replace("pretrained: glove_6b_50d", f"pretrained: {given}")
        file.write_text(text, encoding="utf-8")
        assert load(file).experiment.model.embedding.pretrained == stored


@pytest.mark.parametrize(
    ("task", "model"),
    [
        ("language_model", "recurrent"),
        ("language_model", "transformer"),
        ("translation", "recurrent_encoder_decoder"),
        ("translation", "transformer"),
    ],
)
def test_a_tied_output_layer_has_no_rows_that_belong_to_no_token(task, model):
    (problem,) = refused(task, model, {"rows": 900}, tied=True).values()
    assert "leave rows or tied out" in problem
    assert experiment_of(task, model, {"rows": 900}, tied=False).model.embedding.rows == 900
    if task == "translation":  # the source's table is no one's output
        sides = {"source": {"rows": 900}, "target": {"trainable": True}}
        assert experiment_of(task, model, sides, tied=True).model.embedding.source.rows == 900


def test_an_option_of_a_table_that_is_not_there_is_refused():
    (problem,) = refused("classification", "recurrent", {"rows": 9}, one_hot=True).values()
    assert problem.startswith("has no effect: one_hot replaces the embedding")


def test_every_model_says_which_tables_it_has():
    sides = {
        (task.name, model.component_name()): list(model.model_validate({"name": model.component_name()}).tables)
        for task in TASKS.values()
        for model in task.registries.models
        if task.name in DATA
    }
    assert sides.pop(("classification", "bag")) == sides.pop(("classification", "naive_bayes_bag")) == []
    assert {task: found for (task, _), found in sides.items()} == {
        "classification": ["text"],
        "language_model": ["text"],
        "translation": ["source", "target"],
    }


DRAWN = [
    ["recurrent", None, 0.05 / 3**0.5],
    ["recurrent", "random_normal", 0.05],
    ["recurrent", {"name": "random_normal", "stddev": 0.3}, 0.3],
    ["separable_conv", {"name": "random_uniform", "minval": -1, "maxval": 1}, 1 / 3**0.5],
    ["transformer", {"name": "variance_scaling", "mode": "fan_out", "distribution": "untruncated_normal"}, 1 / 8],
]
"""Model, initializer, the standard deviation that it means."""


@pytest.mark.parametrize(("model", "initializer", "deviation"), DRAWN)
def test_the_table_is_drawn_as_the_config_says(model, initializer, deviation):
    built = tables_of("classification", model, {"initializer": initializer})["text"].layer(2000, "embedding")
    built.build()
    values = np.asarray(built.table)
    assert values.std() == pytest.approx(deviation, rel=0.02)
    assert abs(values.mean()) < deviation / 20


def test_each_side_can_be_drawn_by_its_own():
    each = {"source": {"initializer": {"name": "random_normal", "stddev": 2}}, "target": 8}
    tables = tables_of("translation", "recurrent_encoder_decoder", each)
    assert tables["source"].initializer.options == {"stddev": 2}
    assert (tables["source"].width, tables["target"].width) == (128, 8)
    assert tables["target"] == tables_of("translation", "recurrent_encoder_decoder", 8)["target"]


def test_an_initializer_that_draws_nothing_is_refused():
    side = {"source": {"initializer": "random_normal"}, "target": 8}
    assert refused("translation", "recurrent_encoder_decoder", side, uniform_init=0.08) == {
        "model.embedding.source.initializer": "has no effect: uniform_init draws all weights; remove it, or set it to "
        "its default, null"
    }
    fixed = {"pretrained": "glove_6b_50d", "trainable": False, "initializer": "random_normal"}
    assert refused("classification", "recurrent", fixed) == {
        "model.embedding.initializer": "has no effect: words without a fixed vector have zeros; remove it"
    }
    empty = {"name": "random_uniform", "minval": 1, "maxval": -1}
    assert refused("classification", "recurrent", {"initializer": empty}) == {
        "model.embedding.initializer": "random_uniform draws from minval to maxval, and 1.0 is not below -1.0"
    }
    unknown = refused("classification", "recurrent", {"initializer": "random_norml"})
    assert unknown["model.embedding.initializer"].startswith("unknown initializer 'random_norml'; did you mean")
