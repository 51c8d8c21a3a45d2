"""Likely label errors: the method against cleanlab, and the reading of a run."""

import json
from pathlib import Path

import numpy as np
import pytest
from examined_rows import labelled, sentences
from recorded_runs import predictions, recorded_run

from seqlab.diagnosis import Examined
from seqlab.diagnosis.label_errors import label_errors, likely_errors, refuse_other_data
from seqlab.errors import RequestError

LABELS = ["no", "yes"]
TEXT = sentences(60)


def data_of(size: int = 20) -> Examined:
    texts = [(text, LABELS[number % 2]) for number, text in enumerate(TEXT)]
    return labelled(texts[: -2 * size], texts[-2 * size : -size], texts[-size:])


def run_of(folder: Path, data: Examined, wrong: dict[str, list[int]]) -> Examined:
    """A run that is sure of the label, and as sure of the other one in some rows; its lines are in another order."""
    lines = {}
    for split in ("validation", "test"):
        rows = data.splits[split]
        targets = [LABELS.index(label) for label in rows.labels]
        sure = [1 - target if row in wrong.get(split, ()) else target for row, target in enumerate(targets)]
        written = predictions(LABELS, list(rows.labels), [[0.1, 0.9] if each else [0.9, 0.1] for each in sure])
        for line, content in zip(written, rows.contents, strict=True):
            line["id"] = content
        lines[split] = written[::-1]
    run = recorded_run(folder, "made", lines["validation"], lines["test"], splits=data.corpus.fingerprints)
    return Examined(data.located, data.corpus, run=run)


# Made by cleanlab 2.9.0: find_label_issues(targets, probabilities, filter_by="confident_learning",
# return_indices_ranked_by="normalized_margin"). The results of 300 random problems were equal.
BY_CLEANLAB: list[tuple[list[int], list[list[float]], list[int]]] = [
    (
        [0, 0, 1, 1, 2, 2, 2, 2, 0, 0, 1, 1, 2, 1, 0, 0, 1, 1, 2, 1, 1, 1, 0, 2],
        [
            [1.0, 0.0, 0.0],
            [0.47, 0.07, 0.46],
            [0.42, 0.56, 0.02],
            [0.09, 0.78, 0.13],
            [0.52, 0.22, 0.26],
            [0.46, 0.36, 0.18],
            [0.09, 0.15, 0.76],
            [0.36, 0.08, 0.56],
            [0.48, 0.3, 0.22],
            [0.38, 0.0, 0.62],
            [0.0, 0.96, 0.04],
            [0.1, 0.88, 0.02],
            [0.01, 0.17, 0.82],
            [0.1, 0.9, 0.0],
            [0.63, 0.03, 0.34],
            [0.44, 0.3, 0.26],
            [0.22, 0.78, 0.0],
            [0.13, 0.01, 0.86],
            [0.3, 0.08, 0.62],
            [0.0, 0.65, 0.35],
            [0.3, 0.46, 0.24],
            [0.34, 0.39, 0.27],
            [0.72, 0.0, 0.28],
            [0.02, 0.47, 0.51],
        ],
        [17, 9],
    ),
    (
        [0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 0, 0, 0],
        [
            [0.84, 0.16],
            [0.97, 0.03],
            [0.15, 0.85],
            [1.0, 0.0],
            [0.51, 0.49],
            [0.66, 0.34],
            [0.14, 0.86],
            [0.17, 0.83],
            [0.38, 0.62],
            [0.88, 0.12],
            [0.32, 0.68],
            [0.89, 0.11],
            [0.43, 0.57],
            [0.2, 0.8],
            [0.73, 0.27],
            [0.89, 0.11],
            [0.07, 0.93],
            [0.93, 0.07],
            [1.0, 0.0],
            [0.58, 0.42],
        ],
        [3, 11, 6, 8],
    ),
    (
        [0, 0, 1, 1, 2, 2, 3, 3, 1, 3, 3, 1, 0, 2, 2, 3, 2, 2, 3, 3, 3, 3, 2, 3],
        [
            [0.52, 0.0, 0.0, 0.48],
            [0.57, 0.08, 0.13, 0.22],
            [0.18, 0.07, 0.08, 0.67],
            [0.24, 0.63, 0.03, 0.1],
            [0.03, 0.32, 0.38, 0.27],
            [0.0, 0.5, 0.24, 0.26],
            [0.01, 0.23, 0.23, 0.53],
            [0.17, 0.21, 0.32, 0.3],
            [0.23, 0.55, 0.0, 0.22],
            [0.14, 0.37, 0.05, 0.44],
            [0.0, 0.11, 0.28, 0.61],
            [0.03, 0.69, 0.02, 0.26],
            [0.15, 0.25, 0.09, 0.51],
            [0.02, 0.0, 0.89, 0.09],
            [0.23, 0.06, 0.71, 0.0],
            [0.04, 0.0, 0.14, 0.82],
            [0.41, 0.05, 0.45, 0.09],
            [0.04, 0.32, 0.64, 0.0],
            [0.3, 0.0, 0.08, 0.62],
            [0.8, 0.08, 0.02, 0.1],
            [0.23, 0.36, 0.01, 0.4],
            [0.08, 0.07, 0.03, 0.82],
            [0.22, 0.07, 0.41, 0.3],
            [0.0, 0.23, 0.01, 0.76],
        ],
        [19, 2, 5],
    ),
]


@pytest.mark.parametrize(("targets", "probabilities", "expected"), BY_CLEANLAB)
def test_the_candidates_and_their_order_are_those_of_cleanlab(targets, probabilities, expected) -> None:
    found = likely_errors(np.array(probabilities), np.array(targets))
    assert [each.index for each in found] == expected


def test_by_hand() -> None:
    """Thresholds are the means 0.75 and 0.7: the third example counts for the second class, the last for none."""
    probabilities = np.array([[0.9, 0.1], [0.95, 0.05], [0.2, 0.8], [0.95, 0.05], [0.1, 0.9], [0.2, 0.8], [0.6, 0.4]])
    targets = np.array([0, 0, 0, 0, 1, 1, 1])
    (suspect,) = likely_errors(probabilities, targets)
    assert (suspect.index, suspect.suggested) == (2, 1)
    assert suspect.margin == pytest.approx(-0.6)


def test_a_class_without_examples_is_suggested_for_none() -> None:
    probabilities = np.array([[0.2, 0.1, 0.7], [0.6, 0.1, 0.3], [0.1, 0.8, 0.1]])
    assert likely_errors(probabilities, np.array([0, 0, 1])) == []


def test_planted_errors_are_found_in_their_rows(tmp_path: Path) -> None:
    data = run_of(tmp_path, data_of(), {"validation": [4], "test": [7, 11]})
    validation, test = label_errors(data).findings
    assert [each.location for each in validation.instances] == ["validation:5"]
    assert {each.location for each in test.instances} == {"test:8", "test:12"}
    assert validation.instances[0].detail == "no, rather 'yes' (0.900)"
    assert label_errors(data).figures["test"] == {"examples": 20, "likely_errors": 2}


def test_right_labels_and_no_run(tmp_path: Path) -> None:
    assert label_errors(run_of(tmp_path, data_of(), {})).findings == []
    assert "--run RUN" in label_errors(data_of()).skipped


def test_a_run_of_other_data_is_refused(tmp_path: Path) -> None:
    run = run_of(tmp_path, data_of(), {}).run
    assert run is not None
    with pytest.raises(RequestError, match=r"the validation split of run .* is not that of this config"):
        refuse_other_data(run, data_of(19).corpus)
    refuse_other_data(run, data_of().corpus)


def test_a_run_that_is_not_finished_is_refused(tmp_path: Path) -> None:
    data = data_of()
    run = recorded_run(tmp_path, "made", None, None, splits=data.corpus.fingerprints, finished=False)
    with pytest.raises(RequestError, match="only a finished one has predictions"):
        refuse_other_data(run, data.corpus)


def test_predictions_of_other_rows_are_damaged(tmp_path: Path) -> None:
    data = run_of(tmp_path, data_of(), {})
    assert data.run is not None
    file = data.run.predictions_file("test")
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    for changed in (lines[:-1], [*lines, lines[0]], [{**lines[0], "id": "0" * 32}, *lines[1:]]):
        file.write_text("".join(f"{json.dumps(line)}\n" for line in changed), encoding="utf-8")
        with pytest.raises(RequestError, match=r"test\.jsonl is not of the rows of the split"):
            label_errors(data)
