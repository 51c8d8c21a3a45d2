"""The starter config of each task."""

import pytest

from seqlab.config import load, starter
from seqlab.errors import RequestError
from seqlab.tasks import TASKS


@pytest.mark.parametrize("task", TASKS)
def test_each_task_has_a_valid_starter(write, task):
    assert load(write(starter(task))).experiment.task == task


@pytest.mark.parametrize("task", TASKS)
def test_it_fits_a_terminal(task):
    assert all(len(line) < 80 for line in starter(task).splitlines())


def test_the_schema_is_named_in_the_first_line():
    first, _, rest = starter("classification", "seqlab.schema.json").partition("\n")
    assert first == "# yaml-language-server: $schema=seqlab.schema.json"
    assert rest == starter("classification")


def test_an_unknown_task():
    with pytest.raises(RequestError, match=r"unknown task 'clasification'; did you mean 'classification'\?"):
        starter("clasification")
