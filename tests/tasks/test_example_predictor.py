"""Raw examples are answered as prepared ones are, a batch at a time."""

import itertools

import numpy as np
from quick import trained

from seqlab import experiment
from seqlab.data.splits.load_splits import load
from seqlab.progress import SILENT
from seqlab.tasks.model_inputs import EVALUATION_BATCH

GIVEN = {
    "task": "regression",
    "data": {"name": "synthetic", "size": 1_400},
    "model": {"name": "tabular", "hidden": 4},
    "training": {"epochs": 1},
}


def test_rows_and_splits_have_the_same_outputs_however_many_there_are(tmp_path):
    loaded = experiment.load(trained(tmp_path, given=GIVEN))
    records = load(loaded.experiment.data).splits["train"]
    names = loaded.experiment.data.feature_columns.names
    rows = [dict(zip(names, cells, strict=True)) for cells in records["features"]]
    assert len(rows) > 3 * EVALUATION_BATCH
    answers = [answer.prediction for answer in loaded.predict(rows)]
    outputs = loaded.predictor.outputs_of(loaded.task.encode(records, SILENT), SILENT)
    assert np.allclose(answers, loaded.task.scale.restored(outputs))
    endless = loaded.predictor.predict(itertools.cycle(rows[:1]))
    assert next(endless) == next(endless)
    assert loaded.predictor.notes_on_rows(rows[:3]) == []
    number = loaded.experiment.data.feature_columns.numbers[0]
    (far,) = loaded.predictor.notes_on_rows([{**rows[0], number: "1e38"}])
    assert far.startswith(
        f"1 of 1 row has a '{number}' so far from those of training that it is read as 1e+30 deviations"
    )
    (missing,) = loaded.predictor.notes_on_rows([{**rows[0], number: ""}])
    assert missing.startswith(f"1 of 1 row has no '{number}'")
