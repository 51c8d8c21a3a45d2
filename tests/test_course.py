"""The recipes of the course: what they differ in from ours, their parameters, and the page made of their records."""

import importlib.util
import itertools
import re
import sys

import pytest
from documents import ROOT

from seqlab import config
from seqlab.config import recipes
from seqlab.config.recipes import recipes_folder
from seqlab.models.classification import ClassifierContext

sys.path.insert(0, str(ROOT / "docs"))
_specification = importlib.util.spec_from_file_location("rerun_course", ROOT / "docs" / "rerun_course.py")
rerun_course = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(rerun_course)
make_results = rerun_course.make_results
sys.path.remove(str(ROOT / "docs"))

RECORDS = {record["recipe"]: record for record in make_results.read_records(make_results.COURSE)}
SECTIONS = ("data", "vectorizer", "model", "training", "runtime")

PRINTED = {
    "course/imdb/one_hot_bilstm": 5_128_513,
    "course/imdb/bilstm": 5_194_049,
    "course/imdb/masked_bilstm": 5_194_049,
    "course/imdb/glove_bilstm": 2_034_113,
    "course/ag_news/simple_rnn_titles": 1_281_364,
}
"""Parameters that the course prints. Recipes with the same network have the same."""


def first_comment(name):
    lines = (recipes_folder() / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    return " ".join(line[2:] for line in itertools.takewhile(lambda line: line.startswith("# "), lines))


@pytest.mark.parametrize("name", rerun_course.NAMES)
class TestRecipe:
    def test_its_comment_names_every_key_in_which_it_differs_from_ours(self, name):
        ours = name.removeprefix(recipes.COURSE)
        found, wanted = (config.dump(config.load(each).experiment) for each in (name, ours))
        assert found["task"] == wanted["task"]
        differing = {
            f"{section}.{key}"
            for section in SECTIONS
            for key in found[section] or {}
            if found[section][key] != wanted[section][key]
        }
        said = re.search(rf"Differs from {ours} in (.+)\.$", first_comment(name)).group(1)
        assert {*re.findall(r"(?:^|, )(\w+\.\w+)", said)} == differing
        assert differing or said == "nothing"

    def test_its_training_stops_at_no_earlier_epoch_than_the_course(self, name):
        training = config.load(name).experiment.training
        assert training.patience is None
        assert not training.refit
        assert training.schedule is None

    def test_it_says_what_the_course_printed_and_expects_nothing(self, name):
        expected = config.load(name).experiment.expected
        assert expected.source
        assert not expected.bands, "the bands of a recipe are those of our records"


@pytest.mark.slow
@pytest.mark.parametrize("name", PRINTED)
def test_the_parameters_are_those_that_the_course_prints(name):
    experiment = config.load(name).experiment
    model, vectorizer = experiment.model, experiment.vectorizer
    titles = vectorizer.fit.take is not None
    words = 4_705 if titles else vectorizer.max_tokens  # as many as 2,000 titles have, about
    if "glove" in name:
        model = model.with_widths({"text": 100})
    built = model.build(ClassifierContext(words, 4 if titles else 1, weighted=False, max_length=vectorizer.max_length))
    assert built.count_params() == PRINTED[name]
    if "glove" in name:
        assert sum(weight.shape.num_elements() for weight in built.trainable_weights) == 34_113
    if "parameters" in experiment.expected.source:
        assert f"{PRINTED[name]:,} parameters" in experiment.expected.source


def test_a_masked_network_has_the_parameters_of_the_unmasked_one():
    """The counts above hold for the recipes that change the mask alone."""
    titles, masked = (
        config.load(f"course/ag_news/simple_rnn_{each}").experiment.model for each in ("titles", "masked")
    )
    assert masked == titles.model_copy(update={"mask": True})


def test_the_page_is_made_of_the_records():
    page = rerun_course.PAGE.read_text(encoding="utf-8")
    records = [*make_results.read_records(), *RECORDS.values()]
    assert rerun_course.with_table(page, records) == page


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_is_of_the_recipe_as_it_is_shipped(name):
    recorded = config.load(RECORDS[name]["config"], trusted=False).experiment
    shipped = config.load(name).experiment
    assert make_results.comparable_config(config.dump(recorded)) == make_results.comparable_config(config.dump(shipped))
    assert make_results.record_file(name) == make_results.COURSE / f"{name.replace('/', '-')}.json"
    assert not any(map(make_results.ABSOLUTE.search, make_results.strings_in(RECORDS[name])))


def test_a_row_has_figures_only_if_there_is_a_record():
    record = {"recipe": "course/imdb/unigram", "result": {"test.accuracy": 0.87654, "seconds": 90.0}}
    ours = {"recipe": "imdb/bigram", "result": {"test.accuracy": 0.9}}
    rows = dict(_row(row) for row in list(rerun_course.table([record, ours]))[2:])
    assert list(rows) == rerun_course.NAMES
    assert rows["course/imdb/unigram"] == ["test accuracy 0.892", "accuracy 0.8765", "1.5", "`imdb/unigram`", ""]
    assert rows["course/imdb/bigram"] == ["test accuracy 0.904", "", "", "`imdb/bigram`", "accuracy 0.9000"]


def _row(line):
    _, recipe, *cells = [cell.strip() for cell in line.strip("|").split("|")]
    return recipe.strip("`"), cells


def test_a_name_that_is_no_recipe_of_the_course_is_refused(tmp_path):
    with pytest.raises(make_results.SeqlabError, match="imdb/bigram is no recipe of the course; there are course/"):
        rerun_course.trained("imdb/bigram", tmp_path)
