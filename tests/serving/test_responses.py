"""Real answers have the forms that the API describes, and no other fields."""

import pytest

from seqlab.serving import responses
from seqlab.serving.refusals import refusal


def fits(model, answer):
    assert set(answer) <= set(model.model_fields)
    model.model_validate(answer)


@pytest.mark.parametrize(
    ("path", "body", "model"),
    [
        ("predict", {"texts": ["good"]}, responses.Predictions),
        ("explain", {"texts": ["good"]}, responses.Explanations),
        ("neighbors", {"word": "good"}, responses.Neighbors),
        ("map", {"top": 5}, responses.Map),
    ],
)
def test_of_a_classifier(classifier, path, body, model):
    fits(model, classifier.post(f"/v1/{path}", body))


def test_of_a_language_model_and_rows(writer, pricing):
    fits(responses.Completion, writer.post("/v1/completions", {"prompt": "the ", "max_tokens": 2}))
    row = {"about": "quiet", "city": "Paris", "size": None}
    fits(responses.Predictions, pricing.post("/v1/predict", {"rows": [row]}))


def test_of_the_server(pricing):
    for path, model in {
        "/v1/runs": responses.Runs,
        "/v1/models": responses.Models,
        "/health": responses.Health,
    }.items():
        fits(model, pricing.client.get(path).json())
    (run,) = pricing.client.get("/v1/runs").json()["runs"]
    fits(responses.DescribedRun, run)
    for column in run["columns"]:
        fits(responses.Column, column)


def test_of_errors(classifier):
    error = classifier.refused("/v1/predict", {"texts": 3})
    fits(responses.Refused, error)
    assert refusal(500, "x").status_code == 500
