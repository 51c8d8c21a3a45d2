"""How large activations and gradients are before the first step, of every model with default options."""

import pytest
from deviations import deviations, models

ALL = [[task, model] for task, model in models() if task != "word_vectors"]  # those begin with logits of zero
SMALL_ON_PURPOSE = 0.005
"""A classifier's recurrent layer begins over small vectors: with large ones, those of rare words stay noise, and it
learns less from few texts (docs/defaults.md)."""
ZERO_ON_PURPOSE = {("regression", "tabular"): "logits"}
"""What is added to another model's output: training begins with that model alone."""
BAND = (0.03, 3.0)


@pytest.mark.parametrize(("task", "model"), ALL, ids=[f"{task}-{'-'.join(map(str, m.values()))}" for task, m in ALL])
def test_what_reaches_the_output_is_neither_lost_nor_too_large(task, model):
    found = deviations(task, model)
    lowest, highest = BAND
    if (task, model["name"]) == ("classification", "recurrent"):
        lowest = SMALL_ON_PURPOSE
    zero = ZERO_ON_PURPOSE.get((task, model["name"]))
    read = [name for name in found.activations if not name.endswith("positions") and name != zero]
    last = read[-2:]  # what the logits read, and they
    for name in last:
        assert lowest < found.activations[name] < highest, name
    # Which token comes next cannot be told from the gradient of the logits' bias alone.
    weights = {name: size for name, size in found.gradients.items() if "key/bias" not in name and size > 0}
    assert max(weights.values()) < 1
    assert any(size > 1e-4 for name, size in weights.items() if not name.endswith("bias"))
