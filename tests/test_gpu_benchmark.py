"""The benchmark that settles on a GPU what a CPU cannot: it runs, and a wrong result is found."""

import argparse
import itertools
import json
import math

import numpy as np
import pytest
from documents import ROOT

FOLDER = ROOT / "benchmarks"
GPU = {"device": "gpu", "gpus": 2, "name": "a GPU"}
CPU = {"device": "cpu", "gpus": 0, "name": None}
ROWS = {"outputs": np.ones((4, 3, 2)), "gradient of weight 0": np.full((2, 2), 7.0)}


@pytest.fixture
def judged(benchmark):
    """`judged(part, answers, gpu)`: the verdict and why, where `answers` maps measures to answers, or to functions of
    the question that give one."""
    gpu, verdicts = benchmark("gpu"), benchmark("gpu_verdicts")

    def judge(part, answers, found=GPU):
        def ask(device, devices, question):
            answer = {"device": found, **answers}[question["measure"]]
            given = {"device": device, "devices": devices, **question["runtime"], **question["arguments"]}
            return {"found": answer(given) if callable(answer) else answer}

        measured = gpu.PARTS[part][0](verdicts.Machines(ask, small=False))
        gpu.PARTS[part][1](measured)
        return measured["verdict"]["verdict"], measured["verdict"]["why"]

    return judge


@pytest.mark.slow
def test_all_parts_run_on_a_cpu_and_settle_nothing(benchmark, tmp_path, capsys, monkeypatch):
    gpu, results = benchmark("gpu"), benchmark("gpu_results")
    reply = benchmark("worker").answering("cpu", 1, tmp_path)
    ended = benchmark("processes").Ended(1.0, 1.0, 1.0, json.dumps({"kills": 1, "differences": []}))
    monkeypatch.setattr(results, "carried_out", lambda command: ended)
    monkeypatch.setenv("SEQLAB_RUNS_DIR", str(tmp_path))
    # What XLA compiles would be most of the time.
    recurrent, unroll = benchmark("seqlab.layers.rnn.recurrent"), benchmark("seqlab.layers.rnn.unroll")
    monkeypatch.setattr(recurrent, "unroll_function", lambda *_, **__: unroll.unroll_plain)
    recipes = ("imdb/bigram", "shakespeare/char_gru", "tabular/synthetic_housing")
    machines = benchmark("gpu_verdicts").Machines(
        lambda device, devices, question: reply(question), small=True, recipes=recipes
    )
    record = tmp_path / "gpu.json"
    assert gpu.judge(machines, argparse.Namespace(only=None, json=record, small=True)) == 0
    found = json.loads(record.read_text(encoding="utf-8"))
    assert {found[name]["verdict"]["verdict"] for name in gpu.PARTS} == {"not measured here"}
    assert found["recipes"]["rows"].keys() == set(recipes)
    assert [row["search"] for row in found["decoding"]["rows"]] == ["shakespeare/char_gru"]
    assert all(found["decoding"]["lowest_of_equals"].values())
    shown = capsys.readouterr().out
    assert all(f"\n### {name}\n" in shown for name in (*gpu.PARTS, "verdicts"))
    assert "| layers | not measured here | there is no GPU: it ran on the CPU, and no problem was found |" in shown


@pytest.mark.slow
def test_the_shapes_of_a_gpu_are_those_of_the_recipes(benchmark, tmp_path):
    """On made data."""
    config = benchmark("seqlab.config")
    for name in ("tweets/word2vec", "spa_eng/luong", "shakespeare/char_gru"):
        real = benchmark("real_recipes").real_config(name, tmp_path)
        experiment, recipe = config.load(real).experiment, config.load(name).experiment
        assert (experiment.model, experiment.vectorizer) == (
            recipe.model.model_copy(update={"sample_words": ()} if name == "tweets/word2vec" else {}),
            recipe.vectorizer,
        )
        assert experiment.training.batch_size == recipe.training.batch_size
        words = set(next(tmp_path.rglob("*.*")).read_text(encoding="utf-8").split())
        assert len(words) > 5_000


def arrays(tmp_path, changed=0.0):
    """Answers a question for a layer; one row under the mask is `changed` on the GPU."""

    def answer(asked):
        path = tmp_path / f"{asked['device']}.npz"
        masked = {name: values.copy() for name, values in ROWS.items()}
        if asked["device"] == "auto":
            masked["outputs"][2] += changed
        unpadded = {f"unpadded/{name}": values for name, values in ROWS.items()}
        np.savez(path, **{f"masked/{name}": values for name, values in masked.items()}, **unpadded)
        return str(path)

    return answer


@pytest.mark.parametrize(
    ("changed", "verdict"), [(0.0, "holds"), (5e-5, "holds"), (2e-3, "does not hold"), (math.nan, "does not hold")]
)
def test_a_corrupt_row_is_found(judged, tmp_path, changed, verdict):
    found, why = judged("layers", {"layer": arrays(tmp_path, changed)})
    assert found == verdict
    assert ("gru, forward: differs from rows without padding" in why) == (verdict != "holds")
    assert ("gru, forward: differs from the CPU" in why) == (verdict != "holds")


def test_without_a_gpu_a_problem_counts_and_its_absence_does_not(judged, tmp_path):
    assert judged("layers", {"layer": arrays(tmp_path)}, CPU)[0] == "not measured here"
    assert judged("layers", {"layer": arrays(tmp_path, 1.0)}, CPU)[0] == "does not hold"


NUMBERS = itertools.count()
STEP = {
    **dict.fromkeys(("loss", "steps_per_second", "examples_per_second", "tokens_per_second"), 1.0),
    "seconds_to_compile": 1.0,
    "gpu_megabytes": 5.0,
    "host_in_loops": 0,
    "traces": 1,
}
SEARCH = {"texts": ["a", "b", "c"], "rate": 1.0}
EQUALS = {"argmax, all equal": True}
READY = {
    "batch_size": 64,
    "batches": 9.0,
    "examples": 9.0,
    "tokens": 9.0,
    "gathered": {"1": 9.0, "4": 9.0},
    "fed": 10.0,
    "ready": 10.0,
}
CHOICE = {"choice": "this or that", "recipe": "r", "ours": 10.0, "alternative": 10.5}


def on(device, otherwise, then):
    """An answer of a device that differs from that of the others."""
    return lambda asked: then if asked["device"] == device else otherwise


@pytest.mark.parametrize(
    ("part", "right", "wrong", "why"),
    [
        ("recipes", {"recipes": ["a"], "speed": STEP}, {"speed": {**STEP, "traces": 2}}, "a: the step was traced 2"),
        ("recipes", {"recipes": ["a"], "speed": STEP}, {"speed": {**STEP, "loss": math.nan}}, "a: the loss is not"),
        (
            "precision",
            {"losses": [3.0, 2.0]},
            {"losses": lambda asked: [3.0, 2.2 if asked["precision"] == "mixed_float16" else 2.0]},
            "in mixed_float16 the loss differs by 10.0%",
        ),
        (
            "determinism",
            {"hash_of_weights": "ab"},
            {"hash_of_weights": lambda asked: str(next(NUMBERS))},
            "shakespeare/char_gru: two trainings gave two weights",
        ),
        (
            "decoding",
            {"written": SEARCH, "translated": SEARCH, "lowest_of_equals": EQUALS},
            {"written": on("cpu", SEARCH, {"texts": ["a", "b", "x"], "rate": 1.0})},
            "shakespeare/char_gru: only 67% of the texts are those of the CPU",
        ),
        (
            "decoding",
            {"written": SEARCH, "translated": SEARCH, "lowest_of_equals": EQUALS},
            {"lowest_of_equals": {"argmax, all equal": False}},
            "argmax, all equal: not the lowest place of equals",
        ),
        ("trainings", {"trained": [2.0, 1.0]}, {"trained": on("cpu", [2.0, 1.0], [2.0, 1.01])}, "by 9.9e-03"),
        (
            "two_gpus",
            {"trained": [2.0, 1.0]},
            {"trained": lambda asked: [2.0, 1.0 + 1e-4 * asked["devices"]]},
            "differ from one device's by 1.0e-04",
        ),
        ("alternatives", {"alternatives": [CHOICE]}, {"alternatives": [{**CHOICE, "ours": 5.0}]}, "second is faster"),
        ("pipeline", {"pipeline": READY}, {"pipeline": {**READY, "fed": 5.0}}, "a step waits for the pipeline"),
    ],
)
def test_what_is_wrong_is_said(judged, part, right, wrong, why):
    assert judged(part, right) == ("holds", "")
    found = judged(part, {**right, **wrong})
    assert found[0] == "does not hold"
    assert why in found[1]


def test_two_halves_of_a_cpu_are_no_two_gpus(judged):
    one = {**GPU, "gpus": 1}
    assert judged("two_gpus", {"trained": [1.0]}, one)[0] == "not measured here"


def test_a_question_that_fails_is_a_verdict_and_an_exit_status(benchmark, capsys):
    gpu, verdicts = benchmark("gpu"), benchmark("gpu_verdicts")

    def ask(device, devices, question):
        return {"found": GPU} if question["measure"] == "device" else {"error": "ResourceExhausted: 8 GB"}

    machines = verdicts.Machines(ask, small=False)
    assert gpu.judge(machines, argparse.Namespace(only="recipes", json=None, small=False)) == 1
    assert "| recipes | does not hold | ResourceExhausted: 8 GB |" in capsys.readouterr().out


def test_recipes_for_which_there_is_no_time_are_named(benchmark):
    verdicts = benchmark("gpu_verdicts")
    found, problems, left = verdicts.each_of(["a", "b"], -1.0, str)
    assert (found, problems, left) == ({}, [], ["a", "b"])
    machines = verdicts.Machines(lambda *_: {"found": GPU}, small=False)
    assert machines.judged([], left=left) == {"verdict": "holds", "why": "no time was left for a, b"}
