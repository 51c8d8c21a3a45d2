"""The benchmark of the default options: its configs name and set nothing, what is done is not repeated, its verdicts
are right, and the page shows what is on record."""

import argparse
import itertools
import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from documents import ROOT

from seqlab import config

FOLDER, PAGE = ROOT / "benchmarks", ROOT / "docs" / "defaults.md"


@pytest.fixture
def cells(benchmark):
    return benchmark("defaults_cells")


@pytest.fixture
def verdicts(benchmark):
    return benchmark("defaults_verdicts")


@pytest.fixture
def defaults(benchmark):
    return benchmark("defaults")


@pytest.fixture
def program(benchmark, monkeypatch):
    """Import one of the programs that are compared."""
    monkeypatch.syspath_prepend(str(FOLDER / "defaults"))
    return benchmark


def every(cells, sizes=(500,), seeds=(1,)):
    models = {model for source in cells.DATA.values() for model in source.peers}
    return cells.all_cells(cells.JUDGED, cells.DATA, models, sizes, seeds)


def lines(cells, data, model, who, figures, size=500):
    """Cell → line, a seed for each of `figures`."""
    found = {}
    for seed, each in enumerate(figures, 1):
        of = "" if who in cells.OF_DATA else model
        cell = cells.Cell(cells.DATA[data].task, data, size, of, who, seed)
        found[cell] = {**vars(cell), "figures": each}
    return found


def accuracies(*values):
    return [{"test.accuracy": value, "floor": 0.5, "examples": 2000} for value in values]


def test_what_is_the_same_for_all_models_is_trained_once(cells):
    found = cells.all_cells(["classification"], ["imdb"], ["bag", "naive_bayes_bag"], [500], [1])
    assert [(cell.model, cell.who) for cell in found] == [
        ("bag", "seqlab"),
        ("bag", "PyTorch"),
        ("", "tf-idf, logistic regression"),
        ("", "fastText"),
        ("", "fastText, 25 epochs"),
        ("naive_bayes_bag", "seqlab"),
    ]
    assert cells.all_cells(["translation"], ["imdb"], ["bag"], [500], [1]) == []
    groups = [(cell.data, cell.size, cell.seed) for cell in every(cells, cells.SIZES, cells.SEEDS)]
    assert len([key for key, _ in itertools.groupby(groups)]) == len(set(groups))


def test_each_program_is_there(cells):
    programs = {cell.program for cell in every(cells)}
    assert all((FOLDER / "defaults" / name).is_file() for name in programs)


def test_the_configs_name_and_set_nothing(cells):
    for cell in every(cells, cells.SIZES):
        if cell.who == cells.OURS:
            given = cells.config_of(cell)
            assert given.keys() <= {"task", "data", "vectorizer", "model", "runtime", "metrics"}
            of_table = {"path", "validation", "test", "label", "features"} if cells.DATA[cell.data].table else set()
            assert given["data"].keys() <= {"name", "take", "size", "split_seed", *of_table}
            assert given["runtime"] == {"seed": 1}
            assert isinstance(given["model"], str)
            assert isinstance(given.get("vectorizer", ""), str)
            config.load(given)


def test_a_network_of_a_peer_has_the_default_sizes(cells):
    settings = cells.settings_of(cells.Cell("classification", "imdb", 500, "recurrent", cells.PYTORCH, 1))
    resolved = config.dump(
        config.load({"task": "classification", "data": "imdb", "vectorizer": "words", "model": "recurrent"}).experiment
    )
    assert settings["units"] == resolved["model"]["units"]
    assert settings["epochs"] == resolved["training"]["epochs"]
    assert "optimizer" not in settings
    assert cells.settings_of(cells.Cell("classification", "imdb", 500, "", cells.LINEAR, 1)) == {}


class TestRecord:
    def test_what_is_done_is_not_repeated(self, cells, tmp_path):
        path, (first, second) = tmp_path / "a" / "r.jsonl", every(cells)[:2]
        cells.add_to_record(path, first, {"figures": {"test.accuracy": 0.5}})
        with path.open("a", encoding="utf-8") as file:
            file.write('{"task": "classifi')  # a kill while it was written
        assert cells.missing([first, second], cells.read_record(path)) == [second]
        cells.add_to_record(path, second, {"figures": {"test.accuracy": 0.6}})
        cells.add_to_record(path, first, {"figures": {"test.accuracy": 0.7}})
        record = cells.read_record(path)
        assert {cell: line["figures"]["test.accuracy"] for cell, line in record.items()} == {first: 0.7, second: 0.6}
        assert cells.missing([first, second], record) == []

    def test_a_line_of_other_defaults_is_out_of_date_one_without_younger_options_is_not(self, cells):
        cell = every(cells)[0]
        line = json.loads(json.dumps({**vars(cell), "settings": cells.settings_of(cell)}))
        assert cells.is_current(line)
        del line["settings"]["training"]["layer_decay"]
        assert cells.is_current(line)
        for change in ({"epochs": 3}, {"an_option_that_is_gone": 1}):
            changed = {**line["settings"], "training": {**line["settings"]["training"], **change}}
            assert not cells.is_current({**line, "settings": changed})

    def test_the_one_that_is_shipped_is_of_the_present_defaults(self, cells, defaults):
        record = cells.read_record(FOLDER / "results" / "defaults.jsonl")
        assert [cell for cell, line in record.items() if not cells.is_current(line)] == []
        assert all({"seconds", "versions", "machine", "date"} <= line.keys() for line in record.values())
        page = PAGE.read_text(encoding="utf-8")
        assert all(mark in page for mark in defaults.MARKS)
        assert defaults.between(page, defaults.MARKS, defaults.tables(record)) == page


class TestVerdicts:
    """Of `bag` on IMDB: ours, and a peer's accuracies."""

    def judged(self, cells, verdicts, ours, theirs, model="bag"):
        record = lines(cells, "imdb", model, cells.OURS, ours)
        for who in cells.DATA["imdb"].peers[model]:
            record |= lines(cells, "imdb", model, who, theirs)
        (found,) = verdicts.verdicts_on(record)
        return found.verdict, found.why

    def test_worse_by_more_than_the_deviation_of_the_differences(self, cells, verdicts):
        """Differences of 0.03, 0.05, 0.04: mean 0.04, standard deviation 0.01."""
        ours, theirs = accuracies(0.72, 0.80, 0.76), accuracies(0.75, 0.85, 0.80)
        verdict, why = self.judged(cells, verdicts, ours, theirs, "recurrent")
        assert (verdict, why) == ("does not hold", "worse than PyTorch by 0.040 ± 0.010")
        assert self.judged(cells, verdicts, theirs, ours) == ("holds", "")

    def test_a_difference_within_the_deviation_or_hardly_any_holds(self, cells, verdicts):
        """Differences of 0.1 and -0.06 (0.02 ± 0.11), and of 0.007 each, a hundredth of 0.8 being 0.008."""
        assert self.judged(cells, verdicts, accuracies(0.7, 0.8), accuracies(0.8, 0.74))[0] == "holds"
        assert self.judged(cells, verdicts, accuracies(0.793, 0.793), accuracies(0.8, 0.8))[0] == "holds"
        assert self.judged(cells, verdicts, accuracies(0.791, 0.791), accuracies(0.8, 0.8))[0] == "does not hold"

    def test_one_seed_says_nothing_of_a_peer(self, cells, verdicts):
        verdict, why = self.judged(cells, verdicts, accuracies(0.7), accuracies(0.9), "transformer")
        assert (verdict, why) == ("not measured here", "PyTorch: fewer than two common seeds")

    def test_a_classifier_at_the_majority_class(self, cells, verdicts):
        """Of 2,000 texts, half of them positive, two standard errors are 0.0224."""
        theirs = [{"test.accuracy": 0.51}, {"test.accuracy": 0.6}]
        verdict, why = self.judged(cells, verdicts, accuracies(0.522, 0.8), theirs, "transformer")
        assert verdict == "does not hold"
        assert why == "no better than the majority class in 1 of 2 trainings (PyTorch too)"
        theirs[0] = {"test.accuracy": 0.525}
        why = self.judged(cells, verdicts, accuracies(0.522, 0.8), theirs, "transformer")[1]
        assert why == "no better than the majority class in 1 of 2 trainings"
        assert self.judged(cells, verdicts, accuracies(0.523, 0.8), accuracies(0.5, 0.5))[0] == "holds"

    def test_a_training_that_failed(self, cells, verdicts):
        ours = [{"error": "diverged"}, *accuracies(0.8)]
        verdict, why = self.judged(cells, verdicts, ours, accuracies(0.7, 0.7))
        assert verdict == "does not hold"
        assert why == "failed: diverged"

    @pytest.mark.parametrize(("loss", "constant"), [(3.24, True), (3.22, False), (math.nan, True)])
    def test_a_language_model_at_the_frequencies(self, cells, verdicts, loss, constant):
        """A floor of 3.4: a twentieth below it is 3.23."""
        assert verdicts.is_constant(cells.DATA["shakespeare"], {"test.loss": loss, "floor": 3.4}) is constant

    def test_a_lower_loss_is_better(self, cells, verdicts):
        ours = lines(cells, "shakespeare", "recurrent", cells.OURS, [{"test.loss": 2.4, "floor": 3.4}] * 2)
        theirs = lines(cells, "shakespeare", "recurrent", cells.PYTORCH, [{"test.loss": 2.5}] * 2)
        counts = lines(cells, "shakespeare", "recurrent", cells.BIGRAMS, [{"test.loss": 2.3}] * 2)
        (found,) = verdicts.verdicts_on(ours | theirs | counts)
        assert found.why == "worse than bigrams by 0.100 ± 0.000"

    def test_the_tables_have_means_over_seeds_and_what_does_not_hold(self, cells, verdicts):
        record = lines(cells, "imdb", "recurrent", cells.OURS, accuracies(0.6, 0.7))
        record |= lines(cells, "imdb", "recurrent", cells.PYTORCH, accuracies(0.8, 0.9))
        record |= lines(cells, "imdb", "", cells.FASTTEXT, accuracies(0.51), size=2_000)
        shown = verdicts.tables(record)
        assert "| model | program | 500 | 2,000 |" in shown
        assert "| recurrent | seqlab | 0.650 ± 0.071 |  |" in shown
        assert "|  | fastText |  | 0.510 |" in shown
        assert "|  | the majority class | 0.500 ± 0.000 |  |" in shown
        assert "Verdicts: 0 holds, 1 does not hold, 0 not measured here." in shown
        assert "| imdb | recurrent | 500 | worse than PyTorch by 0.200 ± 0.000 |" in shown
        assert verdicts.tables({}) == "Nothing is on record yet."


class TestCommand:
    def chosen(self, tmp_path, **options):
        given = {"only": ["word_vectors"], "data": ["tweets"], "models": ["cbow"], "sizes": [500], "seeds": [1, 2]}
        others = {"record": tmp_path / "r.jsonl", "table": False, "page": None, "peers_python": sys.executable}
        return argparse.Namespace(**{**given, **others, **options})

    def test_what_is_missing_is_trained_and_judged(self, defaults, tmp_path, monkeypatch, capsys):
        asked = []

        def ask(self, name, question):
            asked.append((name, question.get("do")))
            if question.get("do") == "write":
                Path(question["file"]).touch()
                return {}
            if name == "with_gensim.py":
                assert question["skip_gram"] is False
                return {"vectors": "v.npz", "versions": {"gensim": "4"}}
            loss = 2.0 if question["do"] == "train" else 1.5
            return {"figures": {"validation.loss": loss, "floor": 2.5}, "versions": {"seqlab": "0"}}

        monkeypatch.setattr(defaults.Programs, "ask", ask)
        assert defaults.judge(self.chosen(tmp_path)) == 1
        of_a_seed = [("ours.py", "write"), ("ours.py", "train"), ("with_gensim.py", None), ("ours.py", "judge")]
        assert asked == of_a_seed * 2
        printed = capsys.readouterr()
        assert "| tweets | cbow | 500 | worse than gensim by 0.500 ± 0.000 |" in printed.out
        assert "4 of 4: tweets 500 cbow gensim, seed 2: validation.loss 1.5" in printed.err
        asked.clear()
        assert defaults.judge(self.chosen(tmp_path)) == 1
        assert defaults.judge(self.chosen(tmp_path, table=True, seeds=[1])) == 0
        assert asked == []
        assert capsys.readouterr().err == ""
        record = tmp_path / "r.jsonl"
        record.write_text(record.read_text(encoding="utf-8").replace('"epochs": ', '"epochs": 1'), encoding="utf-8")
        defaults.judge(self.chosen(tmp_path, table=True))
        assert capsys.readouterr().err == "2 of these 4 trainings had other defaults\n"

    def test_the_tables_replace_those_of_the_page(self, defaults, tmp_path):
        page = tmp_path / "page.md"
        page.write_text("before\n{}old{}\nafter\n".format(*defaults.MARKS), encoding="utf-8")
        assert defaults.judge(self.chosen(tmp_path, page=page)) == 0
        once = page.read_text(encoding="utf-8")
        assert once == "before\n{}\n\nNothing is on record yet.\n\n{}\nafter\n".format(*defaults.MARKS)
        defaults.judge(self.chosen(tmp_path, page=page))
        assert page.read_text(encoding="utf-8") == once


class TestFrequencies:
    def test_losses_by_counts(self, program):
        """Three ids, 0 0 1: counts with one added are 3, 2, 1 of 6. Of the pairs 00 and 01, the first context has two
        successors, so that half of its probability is that of single ids; ids 1 and 2 were followed by none."""
        frequencies = program("frequencies")
        train, test = np.array([0, 0, 1]), np.array([0, 1, 2])
        assert frequencies.unigram_loss(train, test, 3) == pytest.approx(-math.log(3 / 6 * 2 / 6 * 1 / 6) / 3)
        after_0, after_1 = (1 + 2 * 2 / 6) / 4, 1 / 6
        assert frequencies.bigram_loss(train, test, 3) == pytest.approx(-math.log(after_0 * after_1) / 2)

    def test_the_probabilities_after_each_id_sum_to_one(self, program):
        frequencies, train = program("frequencies"), np.array([0, 2, 2, 1, 0, 2])
        for first in range(4):
            losses = [frequencies.bigram_loss(train, np.array([first, after]), 4) for after in range(4)]
            assert sum(math.exp(-loss) for loss in losses) == pytest.approx(1)

    def test_unseen_characters_count_for_all_alike(self, program):
        unseen = {"number": 2, "cost": 20.0}
        assert program("frequencies").with_unseen(8 * 2.5, 8, unseen) == pytest.approx(6.0)

    def test_no_score_by_frequency_is_better_than_that_of_words_without_vectors(self, program):
        counts, negatives = np.array([50.0, 20.0, 5.0]), 5
        found = program("frequencies").without_vectors(counts, counts, np.ones(3), negatives)
        right, noise = counts / counts.sum(), counts**0.75 / (counts**0.75).sum()
        tried = np.random.default_rng(0).normal(np.log(right / (negatives * noise)), 0.3, (200, 3))
        losses = (right * np.logaddexp(0, -tried) + negatives * noise * np.logaddexp(0, tried)).sum(axis=1)
        assert found <= losses.min()
        assert found == pytest.approx(losses.min(), abs=0.02)


@pytest.mark.slow
class TestPrograms:
    """On the data that seqlab makes up itself."""

    @pytest.fixture
    def written(self, program, tmp_path):
        def write(task, model, data):
            given = {"task": task, "data": {"name": "synthetic", **data}, "model": model}
            vectorizer = {"language_model": "characters", "regression": None}.get(task, "words")
            given |= {} if vectorizer is None else {"vectorizer": vectorizer}
            asked = {"task": task, "config": given, "file": str(tmp_path / f"{task}.json")}
            assert program("ours").reply({"do": "write", **asked}) == {}
            return asked, json.loads((tmp_path / f"{task}.json").read_text(encoding="utf-8"))

        return write

    def test_a_classifier_is_trained_on_the_texts_that_are_written(self, program, written):
        asked, content = written("classification", "transformer", {"size": 210})
        train, test = content["splits"]["train"], content["splits"]["test"]
        assert {len(column) for column in train.values()} == {len(train["targets"])}
        assert [len(ids) for ids in train["ids"]] == [len(tokens.split()) for tokens in train["tokens"]]
        asked["config"]["model"] = "bag"
        figures = program("ours").reply({"do": "train", **asked})["figures"]
        assert figures["examples"] == len(test["targets"])
        assert figures["floor"] == max(np.bincount(test["targets"])) / len(test["targets"])
        assert {"test.accuracy", "test.loss", "best_epoch", "epochs"} <= figures.keys()

    @pytest.mark.parametrize("who", ["tf-idf, logistic regression", "fastText, 25 epochs"])
    def test_linear_classifiers(self, program, cells, tmp_path, who):
        """One word decides; of four test texts, one has the wrong label."""
        texts, targets = ["good film", "bad film", "so good", "so bad"] * 50, [1, 0, 1, 0] * 50
        train = {"texts": texts, "tokens": texts, "targets": targets}
        test = {"texts": texts[:4], "tokens": texts[:4], "targets": [1, 0, 1, 1]}
        file = tmp_path / "texts.json"
        file.write_text(json.dumps({"splits": {"train": train, "test": test}}), encoding="utf-8")
        name = cells.PROGRAMS[who].removesuffix(".py")
        pytest.importorskip({"with_fasttext": "fasttext", "with_scikit_learn": "sklearn"}[name])
        answer = program(name).reply({"who": who, "seed": 1, "file": str(file)})
        assert answer["figures"]["test.accuracy"] == 0.75

    def test_prices(self, program, written):
        """The rule is linear, and its best error is 400."""
        asked, content = written("regression", "tabular", {"size": 700})
        assert len(content["splits"]["train"]["numbers"][0]) == 8
        peer = program("with_scikit_learn").reply({"who": "linear regression", "seed": 1, **asked})
        assert 400 <= peer["figures"]["test.mse"] < 450
        assert program("frequencies").floor_of("regression", content)["floor"] > 3_000

    def test_characters(self, program, written):
        asked, content = written("language_model", "recurrent", {"size": 20_000})
        bigrams = program("bigrams").reply(asked)["figures"]["test.loss"]
        assert bigrams < program("frequencies").floor_of("language_model", content)["floor"]

    def test_pairs(self, program, written):
        _, content = written("translation", "transformer", {"size": 300})
        split = content["splits"]["test"]
        assert len(split["source"]) == len(split["target_texts"])
        assert {(ids[0], ids[-1]) for ids in split["target"]} == {(2, 3)}
        words = [content["words"][index] for index in split["target"][0][1:-1]]
        assert all(word == "[UNK]" or word in split["target_texts"][0].lower() for word in words)
        assert program("frequencies").floor_of("translation", content)["floor"] > 2

    def test_vectors_of_others_have_the_loss_of_the_network_that_they_come_from(self, program, written, tmp_path):
        """Zeros: ln 2 for the right word and each of five negatives."""
        asked, content = written("word_vectors", "skip_gram", {"size": 400})
        words = sorted({word for row in content["splits"]["train"]["words"] for word in row})
        zeros = np.zeros((len(words), 100), np.float32)
        np.savez(tmp_path / "v.npz", words=np.array(words), input=zeros, output=zeros)
        judged = program("ours").reply({"do": "judge", **asked, "vectors": str(tmp_path / "v.npz")})
        assert judged["figures"]["validation.loss"] == pytest.approx(6 * math.log(2), abs=0.15)
        assert 1 < program("frequencies").floor_of("word_vectors", content)["floor"] < 6 * math.log(2)

    @pytest.mark.parametrize("model", ["bag", "recurrent", "separable_conv", "transformer"])
    def test_classifiers_in_pytorch(self, program, cells, written, model):
        pytest.importorskip("torch")
        asked, _ = written("classification", "transformer", {"size": 210})
        settings = cells.settings_of(cells.Cell("classification", "imdb", 500, model, cells.PYTORCH, 1))
        question = {**asked, **settings, "model": model, "seed": 1, "epochs": 2}
        figures = program("classifiers_with_pytorch").reply(question)["figures"]
        assert figures["best_epoch"] in {1, 2}
        assert figures == program("classifiers_with_pytorch").reply(question)["figures"]

    @pytest.mark.parametrize("model", ["recurrent", "transformer"])
    def test_language_models_in_pytorch(self, program, cells, written, model):
        torch = pytest.importorskip("torch")
        asked, content = written("language_model", "recurrent", {"size": 20_000})
        settings = cells.settings_of(cells.Cell("language_model", "shakespeare", 500, model, cells.PYTORCH, 1))
        question = {**asked, **settings, "model": model, "seed": 1, "epochs": 2, "layers": 1}
        module = program("language_models_with_pytorch")
        assert module.reply(question)["figures"]["test.loss"] < math.log(content["vocabulary_size"])
        network = module.MODELS[model](content["vocabulary_size"], {**question, "dropout": 0.0}).eval()
        for length in (2, 60, 151, 260):
            ids = torch.randint(content["vocabulary_size"], (length,))
            assert len(network.losses(ids, 100)) == length - 1

    @pytest.mark.parametrize("model", ["recurrent_encoder_decoder", "transformer"])
    def test_translators_in_pytorch(self, program, cells, written, model):
        torch = pytest.importorskip("torch")
        asked, content = written("translation", "transformer", {"size": 300})
        settings = cells.settings_of(cells.Cell("translation", "spa_eng", 500, model, cells.PYTORCH, 1))
        question = {**asked, **settings, "model": model, "seed": 1, "epochs": 1}
        module = program("translators_with_pytorch")
        figures = module.reply(question)["figures"]
        assert figures["test.loss"] < 2 * math.log(content["sizes"][1])
        network = module.MODELS[model](content["sizes"], question).eval()
        with torch.inference_mode():
            pair = torch.tensor([[5, 6, 3]]), torch.tensor([[2, 7, 8]])
            alone = network(*pair)
            beside = network(*(torch.nn.functional.pad(ids, (0, 2)) for ids in pair))[:, :3]
        assert torch.allclose(alone, beside, atol=1e-5)  # padding changes nothing
