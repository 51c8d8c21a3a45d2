"""What a result says of a trial."""

import json
from types import SimpleNamespace

import pytest

from seqlab.errors import SeqlabError
from seqlab.sweeps.outcomes import NoSuchGoal, Outcome, of_error, of_result


def run_with(**result):
    return SimpleNamespace(id="a-run", result=lambda: json.loads(json.dumps(result)))


def test_the_goal_of_a_result():
    assert of_result(run_with(goal=0.5), "goal", others_have_it=False) == Outcome("COMPLETE", 0.5)
    for value in (float("nan"), float("inf"), None, "0.5", True):
        found = of_result(run_with(goal=value), "goal", others_have_it=False)
        assert (found.state, found.reason) == ("FAIL", "goal of run a-run is not a finite number")


def test_a_goal_that_is_not_there():
    found = of_result(run_with(loss=1), "goal", others_have_it=True)
    assert (found.state, found.reason) == ("FAIL", "run a-run has no goal in its result")
    with pytest.raises(NoSuchGoal, match=r"did you mean 'validation\.loss'\?.*it has validation\.loss\. Correct"):
        of_result(run_with(**{"validation.loss": 1, "test.loss": 1}), "validation.lss", others_have_it=False)


def test_errors_are_told_with_what_they_are():
    assert of_error(SeqlabError("it diverged")).reason == "it diverged"
    assert of_error(ValueError("no")).reason == "ValueError: no"
