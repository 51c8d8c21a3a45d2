"""What only the data can refuse is refused before there is a run, and before TensorFlow is needed."""

import pytest
from quick import LANGUAGE_MODEL, QUICK, trained

from seqlab.errors import DataError, RequestError


@pytest.mark.parametrize(
    ("override", "said"),
    [
        (
            "training.monitor=validation.precision.negativ",
            "there is no class 'negativ'; did you mean 'negative'? the classes are",
        ),
        (
            "expected={test.support.x: [1, 2]}",
            "there is no metric 'test.support.x', because there is no class 'x'; the",
        ),
        ("training.class_weights={positive: 1.0}", "misses negative"),
        ("training.loss=sparse_categorical_crossentropy", "does not fit two classes"),
    ],
)
def test_classes(tmp_path, override, said):
    with pytest.raises(RequestError) as error:
        trained(tmp_path / "runs", override, given=QUICK)
    assert said in str(error.value)
    assert not (tmp_path / "runs").exists()


def test_a_class_with_a_dot_in_its_name(tmp_path):
    rows = "".join(f"word{number},{'v1.0' if number % 2 else 'v2.0'}\n" for number in range(60))
    (tmp_path / "data.csv").write_text(f"text,label\n{rows}", encoding="utf-8")
    given = {**QUICK, "data": {"name": "csv", "path": str(tmp_path / "data.csv")}}
    run = trained(tmp_path / "runs", "training.monitor=validation.f1.v2.0", "training.epochs=1", given=given)
    assert "validation.f1.v2.0" in run.result()


def test_a_text_shorter_than_a_window(tmp_path):
    with pytest.raises(DataError, match="a window of 99999 needs 100,000"):
        trained(tmp_path / "runs", "training.window=99999", given=LANGUAGE_MODEL)
    assert not (tmp_path / "runs").exists()
