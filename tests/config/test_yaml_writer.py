"""Plain values as YAML: read back here and elsewhere as they were, and laid out for people."""

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.config import load, to_yaml
from seqlab.config.source_map import Source
from seqlab.config.yaml_reader import read_yaml
from seqlab.config.yaml_writer import flow, yaml_lines

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    | st.from_regex(r"[-+0-9eEox._:~#a-f ]{1,8}") | st.sampled_from(["no", "On", "y", "1:30", "010", "1e-3", "0o7"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=9), plain, max_size=4))
def test_any_plain_values_read_back_here_and_elsewhere(values):
    text = "\n".join(line for line, _ in yaml_lines(values)) or "{}"
    assert repr(read_yaml(Source("a", text)).value) == repr(values)
    assert yaml.safe_load(text) == values


@settings(deadline=None)
@given(plain)
def test_a_value_on_one_line_says_all_of_it(value):
    text = f"a: {flow(value)}"
    assert "\n" not in text
    assert repr(read_yaml(Source("a", text)).value) == repr({"a": value})


def test_long_lists_stand_below_each_other(write, small):
    names = [f"a_long_name_of_a_module_{number}" for number in range(5)]
    text = to_yaml(load(write(f"{small}plugins: [{', '.join(names)}]\n"), trusted=False).experiment)
    assert f"plugins:\n  - {names[0]}\n  - {names[1]}\n" in text
