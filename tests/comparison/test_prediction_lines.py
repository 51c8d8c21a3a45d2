"""Lines of recorded predictions that are no records, and what is taken for a number."""

import pytest
from recorded_runs import predictions, recorded_run

from seqlab.comparison.prediction_lines import is_count, read_predictions
from seqlab.errors import RequestError
from seqlab.runs.selection import is_number

LINES = predictions(["a", "b"], ["a"], [[1, 0]])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty: restore it"),
        (b"[]\n", r"line 1 of .* is damaged \(it is not a mapping\)"),
        (b'{"id": 1}\n{"id"\n', "line 2 of .* is damaged"),
        (b'{"id": 1}\n\n', "line 2 of .* is damaged"),
        (b"\xff", r"is damaged \(it is not UTF-8\)"),
        (b"[" * 100_000, "line 1 of .* is damaged"),
    ],
)
def test_what_is_no_file_of_records(tmp_path, content, message):
    run = recorded_run(tmp_path, "run", LINES, LINES)
    run.predictions_file("test").write_bytes(content)
    with pytest.raises(RequestError, match=message):
        read_predictions(run, "test", dict)


def test_a_missing_file(tmp_path):
    with pytest.raises(RequestError, match=r"test\.jsonl is missing: restore it"):
        read_predictions(recorded_run(tmp_path, "run", LINES, None), "test", dict)


def test_numbers_and_counts():
    assert [is_number(each) for each in (1, 1.5, True, "1", None)] == [True, True, False, False, False]
    assert [is_count(each, 1) for each in (1, 0, -1, 1.0, True, 10**30)] == [True] + [False] * 5
