"""Answers of the API are those of the run in Python, whoever else asks at the same time."""

import asyncio
import json
import shutil
import threading

import pytest
from asgi_exchange import Exchange, posted
from served_runs import serve

from seqlab import experiment
from seqlab.progress import SILENT
from seqlab.runs import Run
from seqlab.vectors.projection import project

TEXTS = ["The soup was not bad.", "The film was boring, and I never saw it twice.", "", "zzzz", "bad " * 300]
SENTENCES = ["the dog sleeps .", "", "the queen sees the old trees .", "zzzz"]


def test_predictions_are_those_of_the_run(classifier):
    answer = classifier.post("/v1/predict", {"texts": TEXTS})
    assert answer["run"] == classifier.loaded.run.id
    for found, wanted in zip(answer["predictions"], classifier.loaded.predict(TEXTS), strict=True):
        if wanted.label:
            assert (found["label"], found["probability"]) == (wanted.label, pytest.approx(wanted.probability, abs=1e-6))
            assert found["probabilities"] == pytest.approx(wanted.probabilities, abs=1e-6)
        else:
            assert (found["label"], found["probability"]) == (None, None)
    assert [each["is_guess"] for each in answer["predictions"]][3] is True


def test_a_threshold_changes_labels(classifier):
    def labels(threshold):
        return [
            each["label"]
            for each in classifier.post("/v1/predict", {"texts": TEXTS[:2], "threshold": threshold})["predictions"]
        ]

    assert labels(0) == ["positive", "positive"]
    assert labels(1) == ["negative", "negative"]


def together(served, path, bodies):
    """The answers to requests that are one call of the model, and how many items the calls had."""

    async def scenario():
        run, begun, released = next(iter(served.service.runs)), threading.Event(), threading.Event()
        busy = asyncio.ensure_future(run.worker.call(lambda: (begun.set(), released.wait(10))))
        await asyncio.to_thread(begun.wait, 10)
        exchanges = [posted(path, body) for body in bodies]
        tasks = [asyncio.ensure_future(each.through(served.app)) for each in exchanges]
        while run.taken < len(bodies):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        sizes = []
        run.worker.observe, before = sizes.append, run.worker.observe
        released.set()
        await asyncio.gather(busy, *tasks)
        run.worker.observe = before
        return [json.loads(each.sent[1]["body"]) for each in exchanges], sizes

    return asyncio.run(scenario())


def test_the_answer_to_a_text_does_not_depend_on_its_company(classifier):
    """Apart from what a sum rounds in another order."""
    answers, sizes = together(classifier, "/v1/predict", [{"texts": [text]} for text in TEXTS])
    assert sizes == [len(TEXTS)]
    for text, answer in zip(TEXTS, answers, strict=True):
        (found,) = answer["predictions"]
        wanted = classifier.loaded.predict(text)
        assert (found["label"] or "") == wanted.label
        assert found["label"] is None or found["probability"] == pytest.approx(wanted.probability, abs=1e-6)


def test_requests_with_other_options_are_calls_of_their_own(classifier):
    bodies = [{"texts": ["a", "b"]}, {"texts": ["a"], "threshold": 0.5}, {"texts": ["c"]}]
    answers, sizes = together(classifier, "/v1/predict", bodies)
    assert sorted(sizes) == [1, 3], "which comes first depends on the threads that read requests"
    assert [len(each["predictions"]) for each in answers] == [2, 1, 1]


def test_translations_are_those_of_the_run(translating):
    answers, sizes = together(translating, "/v1/translate", [{"texts": [text]} for text in SENTENCES])
    assert sizes == [len(SENTENCES)]
    found = [answer["translations"][0]["translation"] for answer in answers]
    assert found == [text or None for text in translating.loaded.translate(SENTENCES)]


def test_attention_steps_and_several_translations_are_answered_if_asked_for(translating):
    body = {"texts": ["the dog sleeps ."], "n_best": 2, "beam_width": 3, "attention": True, "steps": True}
    (found,) = translating.post("/v1/translate", body)["translations"]
    assert len(found["hypotheses"]) == 2
    best = found["hypotheses"][0]
    assert len(best["attention"][0]) == len(found["source_tokens"]) + 1
    assert sum(best["attention"][0]) == pytest.approx(1, abs=1e-2)
    assert all(len(step) == 3 for step in found["steps"][1:])
    (plain,) = translating.post("/v1/translate", {"texts": ["the dog sleeps ."]})["translations"]
    assert "steps" not in plain
    assert "attention" not in plain["hypotheses"][0]


def test_what_would_keep_a_model_busy_is_refused(translating, writer):
    assert (
        "is asked at /v1/translate"
        in translating.refused("/v1/predict", {"run": translating.loaded.run.id, "texts": ["a"]})["message"]
    )
    assert "no run of this server can do that" in translating.refused("/v1/predict", {"texts": ["a"]})["message"]
    long = translating.refused("/v1/explain", {"texts": ["a", "a" * 2001]})["message"]
    assert long == "texts.1 has 2,001 characters; a text that is translated must have at most 2,000"
    together = writer.refused("/v1/predict", {"texts": ["a" * 1500] * 2})["message"]
    assert together == "texts have 3,000 characters together; for a language model they must have at most 2,000"


def test_explanations_are_those_of_the_run(classifier):
    (found,) = classifier.post("/v1/explain", {"texts": [TEXTS[0]]})["explanations"]
    wanted = classifier.loaded.explain(TEXTS[0])
    assert found["kind"] == "attribution"
    assert [each["contribution"] for each in found["tokens"]] == [each.contribution for each in wanted.tokens]
    assert classifier.refused("/v1/explain", {"texts": ["a"], "label": "green"})["message"]


def test_neighbors_and_analogies(classifier):
    found = classifier.post("/v1/neighbors", {"word": "good", "top": 3})["neighbors"]
    assert [each["word"] for each in found] == [each.word for each in classifier.loaded.neighbors("good", top=3)]
    found = classifier.post("/v1/analogy", {"a": "good", "b": "bad", "c": "not", "top": 2})["neighbors"]
    assert [each["word"] for each in found] == [
        each.word for each in classifier.loaded.analogy("good", "bad", "not", top=2)
    ]
    assert "'goood' has no vector" in classifier.refused("/v1/neighbors", {"word": "goood"})["message"]


def test_the_server_tells_what_it_has(classifier):
    get = classifier.client.get
    (run,) = get("/v1/runs").json()["runs"]
    assert run["id"] == classifier.loaded.run.id == get("/v1/models").json()["data"][0]["id"]
    assert get("/health").json()["runs"] == [{"id": run["id"], "requests": 0, "on_disk": True}]
    classifier.post("/v1/predict", {"texts": ["a", "b"]})
    text = get("/metrics").text
    assert 'seqlab_requests_total{path="/v1/predict",status="200"} 1' in text
    assert f'seqlab_call_items_sum{{run="{run["id"]}"}} 2' in text


def test_a_run_that_is_deleted_while_it_is_served_answers_as_before(quick_run):
    served = serve(quick_run)
    shutil.rmtree(quick_run.directory)
    assert not Run(quick_run.directory).metadata_file.exists()
    assert served.post("/v1/predict", {"texts": [TEXTS[0]]})["predictions"][0]["label"] == "positive"
    assert served.post("/v1/explain", {"texts": [TEXTS[0]]})["explanations"][0]["tokens"]
    assert served.post("/v1/neighbors", {"word": "good"})["neighbors"]
    assert served.client.get("/health").json()["runs"][0]["on_disk"] is False
    assert served.client.get("/v1/runs").status_code == 200


def test_a_full_queue_answers_429_and_a_hang_up_frees_its_place(impatient):
    impatient.loaded.predict("a")  # compiled once

    async def scenario():
        run, begun, released = next(iter(impatient.service.runs)), threading.Event(), threading.Event()
        busy = asyncio.ensure_future(run.worker.call(lambda: (begun.set(), released.wait(10))))
        await asyncio.to_thread(begun.wait, 10)
        waiting = [posted("/v1/predict", {"texts": ["a"]}) for _ in range(2)]
        tasks = [asyncio.ensure_future(each.through(impatient.app)) for each in waiting]
        while run.taken < 2:
            await asyncio.sleep(0.01)
        refused = await posted("/v1/predict", {"texts": ["a"]}).through(impatient.app)
        waiting[0].gone.set()
        await tasks[0]
        taken = run.taken
        await tasks[1]  # nothing answers it: it is late
        healthy = await Exchange().through(impatient.app)
        released.set()
        await busy
        answered = await posted("/v1/predict", {"texts": ["a"]}).through(impatient.app)
        statuses = [refused.status, waiting[0].status, taken, waiting[1].status, healthy.status, answered.status]
        return statuses, refused.error, refused.headers["retry-after"], run.taken

    statuses, error, after, left = asyncio.run(scenario())
    assert statuses == [429, None, 1, 504, 200, 200]
    assert "--max-waiting" in error["message"]
    assert (after, left) == ("1", 0)


def test_a_bug_is_told_to_the_operator_and_not_to_the_client(loaded_classifier, monkeypatch):
    served = serve(loaded_classifier)
    monkeypatch.setattr(type(loaded_classifier), "stream_predictions", lambda *_, **__: 1 / 0)
    response = served.client.post("/v1/predict", json={"texts": ["a"]})
    assert response.status_code == 500
    assert "division" not in response.text
    assert [type(each) for each in served.bugs] == [ZeroDivisionError]


def test_what_is_loaded_again_answers_the_same(finished_run, classifier):
    again = experiment.load(finished_run, progress=SILENT)
    body = {"texts": TEXTS[:2]}
    assert serve(again).post("/v1/predict", body) == classifier.post("/v1/predict", body)


ROW = {"about": "quiet garden", "city": "Rome", "size": 70}


def test_rows_are_answered_with_what_was_not_found(pricing):
    rows = [ROW, {**ROW, "city": "Paris"}, {**ROW, "size": None}]
    answer = pricing.post("/v1/predict", {"rows": rows})
    wanted = [each.prediction for each in pricing.loaded.predict(rows)]
    assert [each["prediction"] for each in answer["predictions"]] == pytest.approx(wanted, rel=1e-6)
    unknown, missing = answer["notes"]
    assert "'city' that training lacks ('Paris')" in unknown
    assert "no 'size'" in missing
    found = pricing.post("/v1/explain", {"rows": rows})
    assert found["notes"] == answer["notes"]
    city, size = ([explained["features"][place]["note"] for explained in found["explanations"]] for place in (0, 1))
    assert [bool(note) for note in city] == [False, True, False]
    assert [bool(note) for note in size] == [False, False, True]
    explained = found["explanations"][0]
    assert [each["column"] for each in explained["features"]] == ["city", "size"]
    assert [each["token"] for each in explained["tokens"]] == ["quiet", "garden"]


def test_without_a_run_texts_and_rows_go_to_the_first_that_reads_them(loaded_classifier, pricing):
    classifying, numbers = loaded_classifier.run.id, pricing.loaded.run.id
    for order in ((loaded_classifier, pricing.loaded), (pricing.loaded, loaded_classifier)):
        served = serve(*order)
        for path in ("/v1/predict", "/v1/explain"):
            assert served.post(path, {"rows": [ROW]})["run"] == numbers
            assert served.post(path, {"texts": ["a good book"]})["run"] == classifying
        served.service.runs.close()


def test_texts_have_no_notes(classifier):
    assert set(classifier.post("/v1/predict", {"texts": ["good"]})) == {"run", "predictions"}


def test_a_map_is_that_of_the_most_frequent_words_whatever_is_named(classifier):
    vectors = classifier.loaded.word_vectors()
    first, later = list(vectors.words[:20]), vectors.words[40]
    alone = classifier.post("/v1/map", {"top": 20})["points"]
    assert [each["word"] for each in alone] == first
    assert [[each["x"], each["y"]] for each in alone] == pytest.approx(project(vectors.matrix[:20], "pca"), abs=1e-5)
    beside = classifier.post("/v1/map", {"top": 20, "words": [later, first[3], later]})["points"]
    assert beside[:20] == alone
    assert [each["word"] for each in beside[20:]] == [later]
    assert "has no vector" in classifier.refused("/v1/map", {"words": ["qqqq"]})["message"]
    assert "at least 2" in classifier.refused("/v1/map", {"top": 1})["message"]


def test_a_model_is_found_by_id_and_by_name(classifier):
    (listed,) = classifier.client.get("/v1/models").json()["data"]
    run = classifier.loaded.run
    for reference in (run.id, run.id[16:]):
        assert classifier.client.get(f"/v1/models/{reference}").json() == listed
    assert classifier.client.get("/v1/models/other").json()["error"]["param"] == "model"


@pytest.mark.parametrize(
    ("path", "body", "param", "says"),
    [
        ("predict", {"texts": ["a"]}, "texts", 'reads rows: send rows, as in [{"about": …, "city": …, "size": …}]'),
        ("predict", {"rows": [ROW, {**ROW, "size": "big"}]}, "rows.1.size", "rows.1: in 'size', 'big' is not a number"),
        ("explain", {"rows": [ROW, {"about": "", "city": ""}]}, "rows.1.size", "rows.1 has no 'size'; give null"),
        ("explain", {"rows": [ROW], "method": "contributions", "label": "x"}, "label", "label"),
        ("neighbors", {"word": "qqqq"}, "word", "'qqqq' has no vector"),
        ("analogy", {"a": "quiet", "b": "qqqq", "c": "garden"}, "b", "'qqqq' has no vector"),
        ("map", {"words": ["quiet", "qqqq"]}, "words.1", "'qqqq' has no vector"),
    ],
)
def test_an_error_names_its_field(pricing, path, body, param, says):
    error = pricing.refused(f"/v1/{path}", body)
    assert (error["param"], says in error["message"]) == (param, True), error


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("generate", {"temperature": -1}, "temperature"),
        ("generate", {"top_p": 0}, "top_p"),
        ("generate", {"topp": 0}, "topp"),
        ("generate", {"prompt": "\u4e2d"}, "prompt"),
        ("completions", {"prompt": ["a", "\u4e2d"]}, "prompt.1"),
        ("completions", {"prompt": "a", "best_of": 3}, "best_of"),
        ("predict", {"texts": ["\u4e2d"]}, "texts"),
    ],
)
def test_an_error_of_a_language_model_names_its_field(writer, path, body, param):
    error = writer.refused(f"/v1/{path}", body)
    assert (error["param"], error["value"]) == (param, [*_leaves(body)][-1])
    assert "top-p" not in error["message"]


def _leaves(value):
    for each in value.values() if isinstance(value, dict) else value:
        yield from _leaves(each) if isinstance(each, list) else [each]


def test_rows_of_a_run_that_reads_texts(classifier):
    error = classifier.refused("/v1/predict", {"rows": [{"a": 1}]})
    assert (error["param"], error["message"].endswith("reads texts: send texts, a list of them")) == ("rows", True)


def test_a_run_that_is_not_served_is_named_with_the_one_that_may_be_meant(classifier):
    name = classifier.loaded.run.id[16:]
    error = classifier.refused("/v1/predict", {"run": f"{name}s", "texts": []}, 404)
    assert (error["param"], error["value"]) == ("run", f"{name}s")
    assert f"did you mean '{name}'?" in error["message"]


def test_a_client_is_told_how_wide_the_beam_of_a_translator_is(translating, classifier):
    for served, width in ((translating, 4), (classifier, None)):
        (run,) = served.client.get("/v1/runs").json()["runs"]
        assert run["beam_width"] == width
