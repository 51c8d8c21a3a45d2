"""Metrics under the names that results have."""

from seqlab.registry import Component, Registry
from seqlab.tasks.evaluation import compute_metrics


def test_a_metric_gives_a_value_under_its_name_or_several_under_theirs():
    registry: Registry[Component] = Registry("metric")

    @registry.add
    def doubled(outputs, *, times: int = 2):
        """One value."""
        return outputs * times

    @registry.add
    def by_class(outputs):
        """Several values."""
        return {"f1.a": outputs, "f1.b": 0}

    metrics = [registry.read({"name": "doubled", "times": 3}), registry.read("by_class")]
    assert compute_metrics(0.5, metrics, 7) == {"loss": 0.5, "doubled": 21, "f1.a": 7, "f1.b": 0}
    assert list(compute_metrics(0.5, [], 7)) == ["loss"]
