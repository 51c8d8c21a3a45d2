"""Results: each record is a run of its recipe as it is shipped, in its band, and the tables are made of the records."""

import contextlib
import importlib.util
import io
import json

import pytest
from documents import PAGES, ROOT, assert_shown, blocks
from quick import QUICK, comparable, trained

from seqlab import config
from seqlab.cli.ensemble import print_ensemble
from seqlab.comparison import EnsembleResult
from seqlab.errors import RequestError

_specification = importlib.util.spec_from_file_location("make_results", ROOT / "docs" / "make_results.py")
make_results = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(make_results)

RECORDS = {record["recipe"]: record for record in make_results.read_records()}
VARIANTS = {record["command"]: record for record in make_results.read_records(make_results.VARIANTS)}
ENSEMBLES = {record["name"]: record for record in make_results.read_records(make_results.ENSEMBLE_RECORDS)}
LADDER_RECORDS = {record["name"]: record for record in make_results.read_records(make_results.LADDER_RECORDS)}
OUTPUTS = [(page, block) for page in PAGES for block in blocks(page) if block.mark == "output"]


def test_the_tables_are_made_of_the_records():
    kinds = (RECORDS, VARIANTS, ENSEMBLES, LADDER_RECORDS)
    page = make_results.results_page(*(list(records.values()) for records in kinds))
    assert make_results.RESULTS.read_text(encoding="utf-8") == page


@pytest.mark.parametrize("recipe", config.recipe_names())
def test_a_recipe_that_expects_figures_has_them_on_record(recipe):
    """Once there are records at all; a recipe on made-up data is run by the tests themselves."""
    experiment = config.load(recipe).experiment
    if RECORDS and experiment.expected.bands and experiment.data.name != "synthetic":
        assert recipe in RECORDS


@pytest.mark.parametrize("recipe", RECORDS)
class TestRecord:
    def test_stands_under_the_name_of_its_recipe(self, recipe):
        assert make_results.record_file(recipe).exists()

    def test_is_of_the_recipe_as_it_is_shipped(self, recipe):
        record, shipped = RECORDS[recipe], config.load(recipe).experiment
        recorded = config.load(record["config"], trusted=False).experiment  # keys may be younger than it
        assert make_results.comparable_config(config.dump(recorded)) == make_results.comparable_config(
            config.dump(shipped)
        )
        assert record["seed"] == record["config"]["runtime"]["seed"] == shipped.runtime.seed

    def test_lies_in_the_band_that_the_recipe_states(self, recipe):
        record, bands = RECORDS[recipe], config.load(recipe).experiment.expected.bands
        assert record["expected"] == {name: list(band) for name, band in bands.items()}
        for name, (low, high) in bands.items():
            assert low <= record["result"][name] <= high
            assert record["verdict"][name] == "within"

    def test_says_what_it_was_made_with(self, recipe):
        record = RECORDS[recipe]
        assert {"cores", "platform", "python", "tensorflow", "keras", "memory_gb"} <= record["machine"].keys()
        assert all(len(file["sha256"]) == 64 for file in record["data"]["files"])
        assert tuple(record["data"]["splits"]) == config.load(recipe).experiment.data.splits

    def test_belongs_to_no_machine(self, recipe):
        paths = [text for text in make_results.strings_in(RECORDS[recipe]) if make_results.ABSOLUTE.search(text)]
        assert not paths


@pytest.mark.parametrize("command", VARIANTS)
def test_a_variant_is_the_recipe_with_its_changes(command):
    record = VARIANTS[command]
    wanted = config.load(record["recipe"], record["changes"]).experiment
    recorded = config.load(record["config"], trusted=False).experiment
    assert make_results.comparable_config(config.dump(recorded)) == make_results.comparable_config(config.dump(wanted))
    assert make_results.record_file(record["recipe"], record["changes"]).exists()
    assert record["data"]["splits"] == RECORDS[record["recipe"]]["data"]["splits"]
    assert not any(map(make_results.ABSOLUTE.search, make_results.strings_in(record)))


@pytest.mark.parametrize("name", make_results.ENSEMBLES)
class TestEnsemble:
    def test_is_one_of_recipes_on_the_same_split(self, name):
        recipes, band = make_results.ENSEMBLES[name]
        record = ENSEMBLES[name]
        assert [each["recipe"] for each in record["members"]] == list(recipes)
        for member in record["members"]:
            assert record["splits"] == RECORDS[member["recipe"]]["data"]["splits"]
            low, high = RECORDS[member["recipe"]]["expected"]["test.accuracy"]
            assert low <= member["result"]["test.accuracy"] <= high
        assert record["expected"] == {"test.accuracy": list(band)}
        assert not any(map(make_results.ABSOLUTE.search, make_results.strings_in(record)))

    def test_its_weights_are_the_best_on_validation_and_it_lies_in_its_band(self, name):
        record = ENSEMBLES[name]
        assert sum(member["weight"] for member in record["members"]) == pytest.approx(1)
        losses = [each["result"]["validation.loss"] for each in record["members"]]
        assert record["ensemble"]["validation.loss"] <= min(*losses, record["equal_weights"]["validation.loss"])
        low, high = record["expected"]["test.accuracy"]
        assert low <= record["ensemble"]["test.accuracy"] <= high

    def test_its_page_trains_the_recipes_and_shows_the_figures(self, name, capsys):
        record = ENSEMBLES[name]
        (block,) = (block for page in PAGES for block in blocks(page) if (block.mark, block.of) == ("ensemble", name))
        *training, evaluating = block.commands
        commands = [command.words[command.words.index("seqlab") :] for command in training]
        assert commands == [["seqlab", "train", member["recipe"]] for member in record["members"]]
        assert evaluating.typed == record["command"]
        runs = {f"20260101-000000-{each['recipe'].replace('/', '-')}": each for each in record["members"]}
        print_ensemble(
            EnsembleResult(
                weights={name: each["weight"] for name, each in runs.items()},
                chosen_by="validation",
                runs={name: each["result"] for name, each in runs.items()},
                ensemble=record["ensemble"],
                equal_weights=record["equal_weights"],
            )
        )
        assert_shown(evaluating.shown, capsys.readouterr().out.splitlines(), rounding=0)


@pytest.mark.parametrize("name", LADDER_RECORDS)
def test_a_ladder_is_whole_and_its_figures_are_in_their_bands(name):
    record, steps = LADDER_RECORDS[name], make_results.LADDERS[name].steps
    assert [(each["recipe"], tuple(each["changes"])) for each in record["rungs"]] == list(steps)
    for rung in record["rungs"]:
        low, high = rung["interval"]
        assert low < rung["value"] < high
        band = config.load(rung["recipe"]).experiment.expected.bands.get(rung["metric"])
        assert band is None or rung["note"] != "within" or band[0] <= rung["value"] <= band[1]
        if not rung["changes"]:  # of another split, the figure of the recipe is another one
            assert rung["parameters"] == RECORDS[rung["recipe"]]["parameters"]
    assert not any(map(make_results.ABSOLUTE.search, make_results.strings_in(record)))


@pytest.mark.parametrize(("page", "block"), OUTPUTS, ids=[f"{page.name}-{block.of}" for page, block in OUTPUTS])
def test_a_page_shows_the_figures_on_record(page, block):
    command, *writing = block.commands
    if block.of not in RECORDS:
        assert command.shown == ["…"], f"{page.name} shows figures of {block.of}, which has no record"
        return
    assert any(line.startswith("accuracy") for line in command.shown)
    assert_shown(command.shown, _said(RECORDS[block.of]), rounding=0)
    for each in writing:
        _stands_on_record(each, RECORDS[block.of])


def _stands_on_record(command, record):
    """What a text goes on with, or what becomes of a sentence."""
    if "translate" in command.words:
        assert command.shown == [record["translations"][command.words[2]]["three beams"]]
        assert command.words[3:] == ["--beam-width", "3"]
    else:
        assert "generate" in command.words
        assert "\n".join(command.shown).removesuffix("\n…") in record["samples"]


def _said(record):
    """What training said, as far as a record knows it: all but the layers of the model."""
    from seqlab.cli.console import print_note
    from seqlab.cli.metrics import print_metrics, print_verdicts
    from seqlab.cli.progress import terminal_progress
    from seqlab.reports.summary import report_data
    from seqlab.reports.verdict import verdicts

    terminal = io.StringIO()
    with contextlib.redirect_stdout(terminal), contextlib.redirect_stderr(terminal):
        progress = terminal_progress()
        report_data({**record["data"], "notes": []}, progress)
        for figures in record["epochs"]:
            progress.epoch(figures)
        print_metrics(record["result"])
        print_verdicts(verdicts(record["result"], record["expected"]), record["source"])
        print_note(f"run 20260101-000000-{record['recipe'].replace('/', '-')}")
    return terminal.getvalue().splitlines()


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    """Runs with the seeds 1 and 2."""
    folder = tmp_path_factory.mktemp("others")
    return [trained(folder, f"runtime.seed={seed}") for seed in (1, 2)]


class TestMaking:
    @pytest.fixture
    def experiment(self):
        return config.load({**QUICK, "expected": {"test.accuracy": [0.5, 0.9], "source": "a test"}}).experiment

    def test_a_record_of_a_run(self, quick_run, experiment):
        record = make_results.record_of("quick", quick_run, experiment)
        assert json.loads(json.dumps(record)) == record
        assert comparable(record["result"]) == comparable(quick_run.result())
        assert record["seed"] == 1337
        assert record["seeds"] is None
        assert record["config"]["data"]["path"] is None
        assert str(quick_run.directory.parent) not in json.dumps(record)

    def test_mean_and_deviation_over_seeds(self, quick_run, experiment, others):
        found = make_results.record_of("quick", quick_run, experiment, others)["seeds"]
        values = [run.result()["test.accuracy"] for run in (quick_run, *others)]
        assert found["seeds"] == [1337, 1, 2]
        assert found["figures"]["test.accuracy"]["values"] == values
        assert found["figures"]["test.accuracy"]["mean"] == pytest.approx(sum(values) / 3)
        with pytest.raises(RequestError, match="each seed counts once; the runs have the seeds 1337, 1, 1"):
            make_results.record_of("quick", quick_run, experiment, [others[0], others[0]])

    def test_runs_of_anything_else_are_refused(self, quick_run, experiment, tmp_path):
        other = trained(tmp_path, "training.epochs=1")
        with pytest.raises(RequestError, match="is not one of this recipe: training differ"):
            make_results.record_of("quick", other, experiment)
        with pytest.raises(RequestError, match="in more than its seed"):
            make_results.record_of("quick", quick_run, experiment, [other])
        quick_run.update(status="stopped")
        with pytest.raises(RequestError, match="is stopped: only a finished run is a result"):
            make_results.record_of("quick", quick_run, experiment)

    def test_paths_of_a_machine_are_masked_or_refused(self, quick_run, experiment):
        data = quick_run.metadata()["data"]
        source = {"name": "a.csv", "path": "/somewhere/a.csv", "size": 1, "sha256": "0" * 64, "official": None}
        quick_run.update(data={**data, "sources": [source], "notes": ["/somewhere/a.csv is not the published file"]})
        found = make_results.record_of("quick", quick_run, experiment)["data"]
        assert found["notes"] == ["a.csv is not the published file"]
        assert found["files"] == [{name: source[name] for name in ("name", "size", "sha256", "official")}]
        quick_run.update(data={**data, "notes": ["see /somewhere/else/b.csv"]})
        with pytest.raises(RequestError, match=r"this one holds a path: 'see /somewhere/else/b\.csv'"):
            make_results.record_of("quick", quick_run, experiment)

    def test_an_ensemble_of_runs_of_anything_else_is_refused(self, quick_run, others):
        with pytest.raises(RequestError, match=r"is not one of this recipe: .* differ"):
            make_results.ensemble_record(["quickstart", "quickstart"], (0.9, 1.0), [quick_run, others[0]])

    def test_a_ladder_with_a_model_that_is_not_trained_is_refused(self, tmp_path):
        with pytest.raises(RequestError, match=r"imdb/unigram is not trained in .*: seqlab ladder imdb --runs-dir"):
            make_results.ladder_record("imdb", tmp_path)

    def test_the_page(self, quick_run, experiment, others):
        record = make_results.record_of("quick", quick_run, experiment, others)
        page = make_results.results_page([record])
        accuracy = quick_run.result()["test.accuracy"]
        assert f"| `quick` | test.accuracy | {accuracy:.4f} | 0.5 to 0.9 | " in page
        assert "`synthetic`: 360 train, 120 validation, 120 test examples" in page
        assert "\n1. " in page
