"""Bodies that are no requests, from broken JSON to 100,000 characters: each has a clear answer."""

import pytest
from served_runs import HOME, serve

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("content", "status", "says"),
    [
        (b"", 400, "the body is empty"),
        (b"{", 400, "the body is not JSON"),
        (b"nonsense", 400, "the body is not JSON"),
        (b"[]", 422, "it must be a JSON object"),
        (b"null", 422, "it must be a JSON object"),
        (b'{"texts": ["\xff"]}', 400, "the body must be UTF-8; byte 12 is not"),
        (b'{"texts": ["a"], "texts": ["b"]}', 400, "the field 'texts' is given twice"),
        (b'{"rows": [{"a": 1, "a": 2}]}', 400, "the field 'a' is given twice"),
        (b"[" * 100_000, 400, "nested"),
        (b'{"texts": ["\\ud800"]}', 422, "texts.0 is '\\ud800'"),
        (b'{"texts": ["' + b"a" * 100_000 + b'"]}', 422, "texts.0 has 100,000 characters; it must have at most 20,000"),
        (b'{"texts": ["' + b"a" * 10_000_000 + b'"]}', 413, "larger than 4,194,304 bytes"),
        (b'{"threshold": ' + b"9" * 5000 + b"}", 400, "too many digits"),
        (b'{"threshold": 1e999, "texts": []}', 422, "threshold is inf"),
        (b'{"run": "\x1b[2J"}', 400, "not JSON"),
        (b'{"run": "\\u001b[2J", "texts": []}', 404, "no run"),
    ],
    ids=lambda each: repr(each)[:30],
)
def test_a_body_that_is_no_request(classifier, content, status, says):
    response = classifier.client.post("/v1/predict", content=content, headers=JSON)
    assert response.status_code == status, response.text
    assert says in response.json()["error"]["message"]
    assert response.text.isascii()
    assert "\x1b" not in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"null", 422, "the body is null; it must be a JSON object"),
        (b"[1]", 422, "the body is a list; it must be a JSON object"),
        (b"3", 422, "the body is a number; it must be a JSON object"),
        (b"", 400, "the body is empty: send a JSON object"),
        (b" \n", 400, "the body is empty: send a JSON object"),
        (b'\xef\xbb\xbf{"texts": ["a"]}', 400, "the body begins with a byte order mark"),
    ],
)
def test_a_body_that_is_no_object_is_called_what_it_is(classifier, body, status, says):
    response = classifier.client.post("/v1/predict", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == status
    assert response.json()["error"]["message"].startswith(says)


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/runs/"), ("POST", "/v1/predict/"), ("GET", "/health/")])
def test_a_slash_at_the_end_is_another_path(classifier, method, path):
    response = classifier.client.request(method, path, json={"texts": ["a"]}, follow_redirects=False)
    assert (response.status_code, response.json()["error"]["type"]) == (404, "not_found_error")


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("/v1/explain", {"texts": ["good"], "label": "positiv"}, "label"),
        ("/v1/explain", {"texts": ["good"], "target": "x"}, "target"),
        ("/v1/neighbors", {"word": "good", "side": "source"}, "side"),
        ("/v1/neighbors", {"word": "good", "matrix": "output"}, "matrix"),
        ("/v1/map", {"side": "target"}, "side"),
        ("/v1/analogy", {"a": "good", "b": "bad", "c": "soup", "matrix": "output"}, "matrix"),
    ],
)
def test_what_means_nothing_for_the_run_names_its_field(classifier, path, body, param):
    assert classifier.refused(path, body)["param"] == param


def test_control_characters_are_text(classifier):
    (found,) = classifier.post("/v1/predict", {"texts": ["good\x00\x1b[2J\u2028\x85good"]})["predictions"]
    assert found["label"] == classifier.loaded.predict("good\x00\x1b[2J\u2028\x85good").label


@pytest.mark.parametrize("path", ["/nowhere", "/docs", "/run.json", "/../run.json", "/page.css/../../run.json", "/%00"])
def test_there_is_nothing_else(classifier, path):
    assert classifier.client.get(path).status_code == 404


def test_a_wrong_method_is_refused_as_json(classifier):
    assert classifier.client.get("/v1/predict").json()["error"]["message"] == "use the method POST here"


def test_the_description_has_every_path_and_its_bounds(classifier):
    openapi = classifier.client.get("/openapi.json").json()
    assert set(openapi["paths"]) == {
        "/v1/predict", "/v1/translate", "/v1/explain", "/v1/generate", "/v1/completions", "/v1/neighbors",
        "/v1/analogy", "/v1/map", "/v1/runs", "/v1/models", "/v1/models/{model}", "/health", "/metrics",
    }  # fmt: skip
    texts = openapi["components"]["schemas"]["PredictRequest"]["properties"]["texts"]
    assert texts["anyOf"][0]["maxItems"] == 64
    assert texts["anyOf"][0]["items"]["maxLength"] == 20_000
    assert "text/event-stream" in openapi["paths"]["/v1/generate"]["post"]["responses"]["200"]["content"]


def test_pages_of_others_may_ask_only_if_that_is_wanted(loaded_classifier, classifier):
    preflight = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    assert classifier.client.options("/v1/predict", headers=preflight).status_code == 403
    open_to = serve(loaded_classifier, origins=["https://example.org"])
    allowed = open_to.client.options("/v1/predict", headers=preflight)
    assert allowed.headers["access-control-allow-origin"] == "https://example.org"
    evil = open_to.client.options("/v1/predict", headers={**preflight, "Origin": "https://evil.example"})
    assert (evil.status_code, "access-control-allow-origin" in evil.headers) == (403, False)


def test_a_page_that_had_its_name_resolve_here_reads_nothing(classifier):
    response = classifier.client.get("/v1/runs", headers={"Host": "evil.example"})
    assert (response.status_code, classifier.loaded.run.id in response.text) == (403, False)
    assert classifier.client.get("/v1/runs", headers={"Origin": HOME}).status_code == 200


def test_a_path_that_takes_no_body_says_so(classifier):
    assert classifier.client.post("/health", content=b"x").status_code == 405
    assert classifier.client.post("/v1/predict", content=b"x").status_code == 415
