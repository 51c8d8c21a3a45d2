"""A classifier of rows with random weights: a text, a category and a number; and a regression without the text."""

import numpy as np

from seqlab.data.datasets.labelled_tables import CommaSeparated
from seqlab.data.records import Records
from seqlab.progress import SILENT
from seqlab.tasks import CLASSIFICATION, REGRESSION, Choices
from seqlab.text import Words

CITIES, SIZES = ["Rome", "Zürich", "", "São Paulo"], ["1", "", "3.5", "-2"]


def predictor_of(model, text="review"):
    data = CommaSeparated(path="x.csv", features={"text": text, "categories": ["city"], "numbers": ["größe"]})
    cells = list(zip(CITIES * 3, SIZES * 3, strict=True))
    columns = {"text": [f"w{number} w1" for number in range(12)]} if text else {}
    cells_of = {**columns, "label": ["no", "yes"] * 6, "features": cells}
    train = Records(cells_of, keys=("text",) if text else ("label",))
    task = CLASSIFICATION.fit(Choices(data, Words() if text else None, model), train, SILENT)
    built = task.build(task.encode(train, SILENT))
    random = np.random.default_rng(1)
    for weight in built.trainable_variables:
        weight.assign(random.normal(0, 0.5, weight.shape))
    return task.predictor(built)


def regression_of(model):
    data = CommaSeparated(path="x.csv", features={"categories": ["city"], "numbers": ["größe"]})
    cells = list(zip(CITIES * 3, SIZES * 3, strict=True))
    numbers = [1e6 + 100.0 * row**2 for row in range(12)]
    train = Records({"number": numbers, "features": cells, "row": [str(row) for row in range(12)]}, keys=("row",))
    task = REGRESSION.fit(Choices(data, None, model), train, SILENT)
    built = task.build(task.encode(train, SILENT))
    random = np.random.default_rng(1)
    for weight in built.trainable_variables:
        weight.assign(random.normal(0, 0.5, weight.shape))
    return task.predictor(built)
