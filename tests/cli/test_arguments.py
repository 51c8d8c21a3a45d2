"""A run given as an argument or as an option."""

import pytest

from seqlab.cli.arguments import chosen_run, split_run
from seqlab.errors import RequestError


def test_the_run_is_the_argument_or_the_option_or_the_default() -> None:
    assert chosen_run("a", None) == chosen_run(None, "a") == chosen_run(None, None, "a") == "a"
    assert chosen_run("a", None, "latest") == "a"
    with pytest.raises(RequestError, match="two runs are given: a and --run b"):
        chosen_run("a", "b")
    with pytest.raises(RequestError, match="RUN is missing"):
        chosen_run(None, None)


def test_with_the_option_the_first_argument_is_a_text() -> None:
    assert split_run("a", None, ["b"]) == ("a", ["b"])
    assert split_run("a", "run", ["b"]) == ("run", ["a", "b"])
    assert split_run(None, "run", []) == ("run", [])
