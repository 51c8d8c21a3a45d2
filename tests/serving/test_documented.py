"""docs/serving.md: its requests are answered in the form that it shows, and its tables have what there is."""

import json
import re

import pytest
from documents import ROOT, Command, blocks
from served_runs import serve

from seqlab.serving import limits as limits_of
from seqlab.serving.limits import MOST_BODY_BYTES, Limits

PAGE = ROOT / "docs" / "serving.md"
REQUESTS = [
    command
    for block in blocks(PAGE)
    if block.language == "console"
    for command in block.commands
    if command.words[0] == "curl"
]


def form(value):
    """A value without what differs from run to run: the keys, and the types of what they hold."""
    if isinstance(value, dict):
        scores = value and all(isinstance(each, float) for each in value.values())
        return "scores" if scores else {key: form(each) for key, each in value.items()}
    if isinstance(value, list):
        return [form(each) for each in value]
    return type(value).__name__


def events(text):
    found = []
    for part in filter(None, text.split("\n\n")):
        fields = dict(line.split(": ", 1) for line in part.splitlines())
        found.append((fields.get("event"), form(json.loads(fields["data"]))))
    return found


@pytest.mark.parametrize("command", REQUESTS, ids=lambda each: each.words[2].rpartition("/")[2])
def test_a_request_is_answered_in_the_form_that_is_shown(command: Command, loaded_classifier, writer, pricing):
    served = serve(loaded_classifier, writer.loaded, pricing.loaded)
    words = command.words
    assert words[2].startswith("http://127.0.0.1:8000/")
    assert words[4] == "Content-Type: application/json"
    body = json.loads(words[6])
    if "run" in body:
        body["run"] = {"quickstart": loaded_classifier, "flats": pricing.loaded}[body["run"]].run.id
    answer = served.client.post(words[2].removeprefix("http://127.0.0.1:8000"), json=body).text
    shown = "\n".join(command.shown)
    if shown.startswith("event: "):
        assert events(answer) == events(shown)
    else:
        assert form(json.loads(answer)) == form(json.loads(shown))


def test_the_table_has_every_path_and_every_field(classifier):
    openapi = classifier.client.get("/openapi.json").json()
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(?:POST|GET) (\S+)`(?:, `GET (\S+)`)? \| (.*?) \|", text, re.MULTILINE)
    assert {path for *paths, _ in rows for path in paths if path} == set(openapi["paths"])
    schemas = openapi["components"]["schemas"]
    for path, _, fields in rows:
        named = set(re.findall(r"`(\w+)`", fields))
        if "post" not in openapi["paths"][path] or "and the same" in fields or "options of" in fields:
            continue
        reference = openapi["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        known = set(schemas[reference.rpartition("/")[2]]["properties"])
        assert named <= known
        assert path == "/v1/completions" or known - named <= {"run"}, path


def test_the_bounds_it_names_are_those_that_hold():
    text = PAGE.read_text(encoding="utf-8")
    limits = Limits()
    assert f"`--max-waiting` ({limits.waiting})" in text
    assert f"`--timeout` ({limits.seconds:.0f} s" in text
    assert f"up to {limits.drain_seconds:.0f} seconds for those in progress" in text
    assert f"larger than {MOST_BODY_BYTES // 2**20} MiB" in text
    table = dict(re.findall(r"^\| ([^|`]+?) \| ([\d,; ]+) \|$", text, re.MULTILINE))
    found = [int(each.replace(",", "")) for row in table.values() for each in row.split("; ")]
    assert found == [
        limits_of.MOST_TEXTS, limits_of.MOST_CHARACTERS, limits_of.MOST_SENTENCE_CHARACTERS,
        limits_of.MOST_EXPLAINED_TEXTS, limits_of.MOST_EXPLAINED_CHARACTERS, limits_of.MOST_TOKENS,
        limits_of.MOST_SAMPLES, limits_of.MOST_PROMPTS, limits_of.WIDEST_BEAM, limits_of.MOST_NEIGHBORS,
        limits_of.MOST_MAPPED,
    ]  # fmt: skip
    assert limits_of.MOST_CELL_CHARACTERS == limits_of.MOST_CHARACTERS
    assert limits_of.MOST_CONTINUED_CHARACTERS == limits_of.MOST_SENTENCE_CHARACTERS
