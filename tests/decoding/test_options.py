"""Options that mean nothing are refused with their name, their value and what would do."""

import subprocess
import sys

import pytest

from seqlab.decoding.options import Sampling
from seqlab.errors import RequestError


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": -0.1}, r"temperature is -0.1; it must be 0 \(greedy\) or more"),
        ({"temperature": float("inf")}, "temperature is inf"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"top_k": 0}, "top-k is 0; it must be 1 or more"),
        ({"top_p": 0.0}, "top-p is 0.0; it must be above 0"),
        ({"top_p": 1.5}, "top-p is 1.5"),
        ({"top_p": float("nan")}, "top-p is nan"),
        ({"min_p": -0.5}, "min-p is -0.5; it must be between 0"),
        ({"min_p": 1.1}, "min-p is 1.1"),
        ({"repetition_penalty": 0.0}, "repetition penalty is 0.0; it must be above 0"),
        ({"repetition_penalty": float("inf")}, "repetition penalty is inf"),
        ({"seed": -1}, "seed is -1; it must be between 0 and 9223372036854775807"),
        ({"seed": 2**63}, "seed is 9223372036854775808"),
    ],
)
def test_what_means_nothing_is_refused(options, message):
    with pytest.raises(RequestError, match=message):
        Sampling(**options)


def test_the_ends_of_the_ranges_are_allowed():
    Sampling(temperature=0, top_k=1, top_p=1, min_p=1, repetition_penalty=1e-3, seed=2**63 - 1)
    Sampling(temperature=1e300, top_p=1e-9, min_p=0, seed=0)


@pytest.mark.process
def test_they_are_checked_without_tensorflow():
    code = (
        "import sys; sys.modules['tensorflow'] = sys.modules['keras'] = None\n"
        "import seqlab.decoding.options as options; print(options.Sampling().temperature)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("1.0", "")
