"""Before the first request, each run has answered in each of its ways."""

import pytest
from served_runs import serve

from seqlab.errors import RequestError
from seqlab.serving.warm_up import warm_up


def asked(monkeypatch, loaded):
    """The methods of the predictor that a warm-up calls, with what it gives them first."""
    served, seen = serve(loaded), {}
    predictor = served.loaded.predictor
    for name in ("predict", "explain", "generate", "translate", "word_vectors"):
        if original := getattr(predictor, name, None):

            def recorded(given, *rest, _name=name, _original=original, **options):
                given = given if given is None or isinstance(given, str) else list(given)
                seen.setdefault(_name, []).append(given)
                return _original(given, *rest, **options)

            monkeypatch.setattr(predictor, name, recorded)
    bugs = []
    warm_up(served.service.runs, bugs.append)
    served.service.runs.close()
    assert bugs == []
    return seen


def test_a_classifier(monkeypatch, loaded_classifier):
    seen = asked(monkeypatch, loaded_classifier)
    assert set(seen) == {"predict", "explain", "word_vectors"}
    ((text,),) = seen["predict"]
    assert loaded_classifier.predict(text).unreadable is False


def test_a_language_model_and_a_translator(monkeypatch, writer, translating):
    assert set(asked(monkeypatch, writer.loaded)) == {"predict", "explain", "generate", "word_vectors"}
    seen = asked(monkeypatch, translating.loaded)
    assert len(seen["translate"]) == 2  # as the API's default, and with the steps that the page shows


def test_rows(monkeypatch, pricing):
    assert asked(monkeypatch, pricing.loaded)["predict"] == [[{"about": None, "city": None, "size": None}]]


@pytest.mark.parametrize(("error", "reported"), [(RequestError("no"), 0), (ValueError("a bug"), 1)])
def test_what_fails_does_not_keep_the_server_from_beginning(monkeypatch, loaded_classifier, error, reported):
    def fail(*_, **__):
        raise error

    served, bugs = serve(loaded_classifier), []
    monkeypatch.setattr(served.loaded.predictor, "explain", fail)
    warm_up(served.service.runs, bugs.append)
    assert bugs == [error] * reported
    served.post("/v1/predict", {"texts": ["good"]})
    served.service.runs.close()
