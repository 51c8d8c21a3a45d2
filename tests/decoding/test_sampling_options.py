"""Sampling options come from the logits processors; a value out of range is refused with its name and the range."""

import subprocess
import sys

import jsonschema
import pytest

from seqlab.decoding.logits_processors import LOGITS_PROCESSORS
from seqlab.decoding.sampling_options import SamplingOptions, processor_options, sampling_schema
from seqlab.errors import RequestError


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": -0.1}, "temperature is -0.1; it must be a finite number of at least 0"),
        ({"temperature": float("inf")}, "temperature is inf; it must be a finite number"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"temperature": "hot"}, "temperature is hot; it must be a finite number"),
        ({"top_k": 0}, "top-k is 0; it must be a whole number above 0 and at most 1000000000, or left out"),
        ({"top_k": 2.5}, "top-k is 2.5; it must be a whole number"),
        ({"top_p": 0.0}, "top-p is 0.0; it must be a finite number above 0 and at most 1"),
        ({"top_p": 1.5}, "top-p is 1.5"),
        ({"top_p": float("nan")}, "top-p is nan"),
        ({"min_p": -0.5}, "min-p is -0.5; it must be a finite number of at least 0 and at most 1"),
        ({"min_p": 1.1}, "min-p is 1.1"),
        ({"repetition_penalty": 0.0}, "repetition-penalty is 0.0; it must be a finite number above 0"),
        ({"repetition_penalty": float("inf")}, "repetition-penalty is inf"),
        ({"seed": -1}, "seed is -1; it must be a whole number between 0 and 9223372036854775807"),
        ({"seed": 2**63}, "seed is 9223372036854775808"),
        ({"seed": "1"}, "seed is 1; it must be a whole number"),
        ({"temperature": "0.5"}, "temperature is 0.5; it must be a finite number"),
        (
            {"top_q": 1},
            "there is no sampling option 'top_q'; did you mean 'top_p'. there are repetition_penalty",
        ),
    ],
)
def test_values_out_of_range_are_refused(options, message):
    with pytest.raises(RequestError, match=message):
        SamplingOptions(**options)


def test_the_ends_of_the_ranges_are_allowed():
    SamplingOptions(temperature=0, top_k=1, top_p=1, min_p=1, repetition_penalty=1e-3, seed=2**63 - 1)
    SamplingOptions(temperature=1e300, top_p=1e-9, min_p=0, top_k=None, seed=0)


def test_values_are_the_given_ones_and_the_defaults_of_the_others():
    assert SamplingOptions(top_k=3, min_p=0.1).values == {
        "repetition_penalty": 1.0, "top_k": 3, "temperature": 1.0, "top_p": 1.0, "min_p": 0.1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "greedy", "filtered"),
    [
        ({}, False, False),
        ({"temperature": 0.3, "seed": 4}, False, False),
        ({"temperature": 0}, True, False),
        ({"top_k": 3}, False, True),
        ({"temperature": 0, "repetition_penalty": 2}, True, True),
        ({"top_p": 1, "min_p": 0, "top_k": None, "repetition_penalty": 1}, False, False),
    ],
)
def test_what_a_graph_is_made_for(options, greedy, filtered):
    sampling = SamplingOptions(**options)
    assert (sampling.greedy, sampling.filtered) == (greedy, filtered)


def test_the_schema_allows_what_the_options_allow():
    schema = sampling_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    assert list(schema["properties"]) == [*processor_options(), "seed"]
    assert all(each["description"] for each in schema["properties"].values())
    for options in ({}, {"temperature": 0, "top_k": None, "seed": 7}, {"top_k": 3, "top_p": 0.5}):
        jsonschema.validate(options, schema)
        SamplingOptions(**options)
    for options in ({"temperature": -1}, {"top_k": 0}, {"top_p": 0}, {"min_p": 2}, {"seed": -1}, {"top_q": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(options, schema)


def test_every_option_has_help_and_its_default_fits():
    for name, option in processor_options().items():
        assert option.field.description
        assert option.check(option.default) == option.default, name


@pytest.mark.usefixtures("own_logits_processors")
def test_an_option_has_one_name():
    def other(logits, seen, *, top_k: int = 0):
        """Another one."""
        return logits

    LOGITS_PROCESSORS.add(other)
    with pytest.raises(ValueError, match="two logits processors have an option called 'top_k'"):
        SamplingOptions()


@pytest.mark.usefixtures("own_logits_processors")
def test_an_option_is_a_number_or_a_boolean():
    def words(logits, seen, *, words: str = ""):
        """Takes a text."""
        return logits

    LOGITS_PROCESSORS.add(words)
    with pytest.raises(TypeError, match="the option words of a logits processor must be a bool, an int or a float"):
        _ = processor_options()["words"].type


@pytest.mark.process
def test_they_are_checked_without_tensorflow_and_numpy():
    code = (
        "import sys; sys.modules['tensorflow'] = sys.modules['keras'] = sys.modules['numpy'] = None\n"
        "from seqlab.decoding.sampling_options import SamplingOptions, sampling_schema\n"
        "print(SamplingOptions().values['temperature'], len(sampling_schema()['properties']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("1.0 6", "")
