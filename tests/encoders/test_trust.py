"""Only SavedModels that the user named are loaded: in a config of theirs or on the command line, now or before."""

import shutil

import pytest
from tiny_encoder import save_encoder

from seqlab import config
from seqlab.encoders import find_encoder, trust
from seqlab.encoders.find_encoder import at_directory
from seqlab.errors import RequestError


@pytest.fixture(autouse=True)
def no_source_named(monkeypatch, tmp_path):
    monkeypatch.setattr(trust, "_NAMED", set())
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path / "cache"))


def test_the_command_that_names_a_model_can_be_pasted(tmp_path):
    source = str(save_encoder(tmp_path / "my encoder"))
    with pytest.raises(RequestError) as refusal:
        find_encoder(source).load()
    assert f"seqlab similar --encoder '{source}' \"a text\"" in str(refusal.value)


def test_a_model_is_loaded_once_it_was_named_wherever_its_copy_is(tmp_path):
    source = str(save_encoder(tmp_path / "encoder"))
    with pytest.raises(RequestError) as refusal:
        find_encoder(source).load()
    assert f'seqlab similar --encoder {source} "a text" "another"' in str(refusal.value)
    trust.name_source(source)
    find_encoder(source).load()
    trust._NAMED.clear()
    (tmp_path / "encoder").rename(tmp_path / "moved")
    find_encoder(str(tmp_path / "moved")).load()


def test_a_changed_model_has_to_be_named_again(tmp_path):
    source = save_encoder(tmp_path / "encoder")
    trust.name_source(str(source))
    find_encoder(str(source)).load()
    trust._NAMED.clear()
    (source / "another").write_bytes(b"")
    with pytest.raises(RequestError, match="never named on this machine"):
        find_encoder(str(source)).load()


def test_what_others_say_is_from_a_named_source_is_not_trusted(tmp_path):
    """A run of others can state the user's own source, and hold another graph with checksums to match."""
    source = str(save_encoder(tmp_path / "own"))
    theirs = save_encoder(tmp_path / "run" / "model" / "encoder", signature="serve")
    for _ in range(2):  # before and after it is loaded
        trust.name_source(source)
        with pytest.raises(RequestError, match="never named on this machine"):
            at_directory(source, theirs).load()
        find_encoder(source).load()
    with pytest.raises(RequestError, match="never named on this machine"):
        at_directory(source, theirs).load()
    copy = shutil.copytree(source, tmp_path / "copy")
    at_directory("elsewhere", copy).load()


def test_only_what_stood_there_when_it_was_named_is_trusted(tmp_path):
    source = save_encoder(tmp_path / "encoder")
    trust.name_source(str(source))
    find_encoder(str(source)).load()
    (source / "another").write_bytes(b"")
    with pytest.raises(RequestError, match="never named on this machine"):
        find_encoder(str(source)).load()


def test_a_config_names_its_source_unless_it_is_that_of_a_run(tmp_path):
    given = {
        "task": "classification",
        "data": "synthetic",
        "model": {"name": "sentence_encoder", "source": str(tmp_path / "encoder")},
    }
    config.load(given, trusted=False)
    assert set() == trust._NAMED
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text("{}", encoding="utf-8")
    stored = tmp_path / "run" / "config.yaml"
    text = f"{{task: classification, data: synthetic, model: {{name: sentence_encoder, source: {tmp_path}/a}}}}"
    stored.write_text(text, encoding="utf-8")
    config.load(stored)
    assert set() == trust._NAMED
    config.load(stored, [f"model.source={tmp_path}/b"])
    assert {f"{tmp_path}/b"} == trust._NAMED
    config.load(given)
    assert {f"{tmp_path}/b", f"{tmp_path}/encoder"} == trust._NAMED
