"""The options of an explanation: names, values, and what means nothing."""

import pytest

from seqlab.errors import RequestError
from seqlab.explanations.options import ExplainOptions


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"method": "occlusions"}, "there is no method 'occlusions'; did you mean 'occlusion'"),
        ({"methd": "occlusion"}, "has no option 'methd'; did you mean 'method'"),
        ({"alternatives": -1}, "alternatives is -1"),
        ({"alternatives": True}, "alternatives is True"),
    ],
)
def test_what_there_is_not_is_refused(given, message):
    with pytest.raises(RequestError, match=message):
        ExplainOptions.of(given)


def test_an_option_that_means_nothing_is_refused_only_if_it_is_given():
    ExplainOptions(method="occlusion").refuse({"target": "there is none"})
    with pytest.raises(RequestError, match="--class has no effect: there are none; leave it out"):
        ExplainOptions(label="x").refuse({"target": "there is none", "label": "there are none"})
