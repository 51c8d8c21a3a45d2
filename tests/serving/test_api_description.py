"""The description of the API says what is really sent."""


def test_the_description_has_the_errors_that_there_are(classifier):
    """Clients that are generated from it can read them: FastAPI would describe a form that is never sent."""
    openapi = classifier.client.get("/openapi.json").json()
    assert not {"HTTPValidationError", "ValidationError"} & set(openapi["components"]["schemas"])
    assert set(openapi["components"]["schemas"]["Refused"]["properties"]) == set(
        classifier.refused("/v1/predict", {"texts": 3})
    )
    of_predict = openapi["paths"]["/v1/predict"]["post"]["responses"]
    assert set(of_predict) == {"200", *map(str, (400, 403, 404, 405, 408, 413, 415, 422, 429, 500, 503, 504))}
    assert of_predict["422"]["content"]["application/json"]["schema"]["$ref"].endswith("/Refusal")
    assert {"400", "404"}.isdisjoint(openapi["paths"]["/health"]["get"]["responses"])
    assert list(openapi["paths"]["/metrics"]["get"]["responses"]["200"]["content"]) == ["text/plain"]
    assert "text/event-stream" in openapi["paths"]["/v1/completions"]["post"]["responses"]["200"]["content"]
