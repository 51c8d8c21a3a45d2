"""Options of beam search."""

import pytest

from seqlab.decoding.beam_options import BeamOptions
from seqlab.errors import RequestError


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 0}, r"beam width is 0; it must be between 1 \(greedy\) and 1,000"),
        ({"width": 99999999999}, "beam width is 99999999999"),
        ({"n_best": 5}, "n-best is 5; it must be between 1 and the beam width, 4"),
        ({"n_best": 0}, "n-best is 0"),
        ({"length_penalty": -0.5}, "length penalty is -0.5; it must be between 0 and 10"),
        ({"length_penalty": 1e308}, r"length penalty is 1e\+308; it must be between 0 and 10"),
        ({"unknown_penalty": 1e39}, r"unknown penalty is 1e\+39; it must be between 0 and 1,000"),
        ({"coverage_penalty": float("nan")}, "coverage penalty is nan"),
        ({"unknown_penalty": float("inf")}, "unknown penalty is inf"),
        ({"width": "4"}, "^beam width is '4'; it must be a whole number"),
        ({"n_best": 1.0}, "n-best is 1.0; it must be a whole number"),
        ({"length_penalty": "0.6"}, "length penalty is '0.6'; it must be a number"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(RequestError, match=message):
        BeamOptions(**options)


def test_by_the_names_of_the_command():
    assert BeamOptions(length_penalty=1.0).changed({"beam_width": 5, "n_best": 2}) == BeamOptions(5, 1.0, n_best=2)
    assert BeamOptions(width=7).changed({}) == BeamOptions(width=7)
    with pytest.raises(RequestError, match="no option 'beam_widht' of translation; did you mean 'beam_width'"):
        BeamOptions().changed({"beam_widht": 5})


def test_more_answers_than_the_beam_of_the_run_has():
    with pytest.raises(
        RequestError, match=r"n-best is 3, and the beam width 2 \(model\.decoding\): ask for .* 3 or more"
    ):
        BeamOptions(width=2).changed({"n_best": 3})
    assert BeamOptions(width=2).changed({"n_best": 3, "beam_width": 3}).n_best == 3
    with pytest.raises(RequestError, match="n-best is 5; it must be between 1 and the beam width, 3"):
        BeamOptions(width=2).changed({"n_best": 5, "beam_width": 3})


def test_in_words():
    assert str(BeamOptions(unknown_penalty=6)) == "beam search of width 4, length penalty 0.6, unknown penalty 6"
    assert str(BeamOptions(1, 0.6, 0.2)) == "greedy search", "one hypothesis is not ranked"
