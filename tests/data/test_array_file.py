"""Arrays from bytes of strangers."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.data.array_file import read_array


def saved(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def with_header(text, data=b""):
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + data


@pytest.mark.parametrize(
    "array", [np.arange(6, dtype=">f4").reshape(2, 3), np.asfortranarray(np.eye(3)), np.array(["a", "ä"]), np.empty(0)]
)
def test_what_numpy_saves_is_read(array):
    np.testing.assert_array_equal(read_array(saved(array)), array)


FLOATS = "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY",
        with_header("{'descr': ("),
        with_header("-" * 9000 + "1"),
        with_header("(" * 9000),
        with_header(FLOATS % "(100000000000,)", b"\0" * 8),
        with_header(FLOATS % "(10**40,)", b"\0" * 8),
        with_header(FLOATS % "(-1, 3)", b"\0" * 8),
        with_header(FLOATS % "('2',)", b"\0" * 8),
        with_header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", b"\0" * 8),
        with_header("{'descr': '<U0', 'fortran_order': False, 'shape': (1,), }"),
        saved(np.arange(9.0))[:-1],
    ],
)
def test_damaged_bytes_are_a_value_error(content):
    with pytest.raises(ValueError, match=r"\w"):
        read_array(content)


def test_a_truth_value_is_no_trap_as_a_length():
    assert read_array(with_header(FLOATS % "(True,)", b"\0" * 4)).shape == (1,)


@given(st.binary(max_size=60), st.integers(0, 130))
def test_whatever_is_changed_it_is_an_array_or_a_value_error(noise, place):
    content = bytearray(saved(np.arange(4, dtype=np.float32)))
    content[place : place + len(noise)] = noise
    try:
        array = read_array(bytes(content))
    except ValueError:
        return
    assert array.nbytes <= len(content)
