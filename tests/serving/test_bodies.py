"""Bodies that JSON's reader would take in silence, or refuse without saying why; and errors that know their field."""

import pytest

from seqlab.errors import RequestError
from seqlab.serving.bodies import FieldError, UnreadableBody, in_field, read_json


def test_json_is_read():
    assert read_json('{"a": [1, "ä"], "b": {"a": null}}'.encode()) == {"a": [1, "ä"], "b": {"a": None}}


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        (b'{"a": 1, "b": 2, "a": 3}', "a", "the field 'a' is given twice"),
        (b'[{"b": {"c": 1, "c": 1}}]', "c", "the field 'c' is given twice"),
        (b'{"a": "\xff"}', None, "byte 7 is not"),
        (b"[" * 100_000, None, "nested too deeply"),
        (b"9" * 5000, None, "too many digits"),
    ],
    ids=["twice", "within", "utf-8", "nested", "digits"],
)
def test_what_is_refused_is_said(body, field, says):
    with pytest.raises(UnreadableBody) as caught:
        read_json(body)
    assert (caught.value.status_code, caught.value.field, says in caught.value.detail) == (400, field, True)


def test_an_error_knows_its_field_and_the_innermost_one_is_told():
    with pytest.raises(FieldError, match="wrong") as caught, in_field("outer"), in_field("inner", 3):
        raise RequestError("wrong")
    assert (caught.value.field, caught.value.value) == ("inner", 3)
    with pytest.raises(ValueError, match="a bug"), in_field("x"):
        raise ValueError("a bug")
