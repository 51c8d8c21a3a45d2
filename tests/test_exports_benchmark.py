"""The benchmark of exports: the texts that it compares, and its table."""

import json

import pytest

from seqlab.config import load, recipe_names
from seqlab.exports.format_names import FORMATS

LINE = {
    "recipe": "imdb/bigram", "format": "sklearn", "of": "labels", "answers": 1000, "unequal": 1, "difference": 2.2e-7,
    "bytes": 1_340_000,
}  # fmt: skip


@pytest.fixture
def exports(benchmark):
    return benchmark("exports")


def test_every_case_is_a_recipe_that_can_be_made_so_short(exports):
    for recipe, (_, changes) in exports.CASES.items():
        assert recipe in recipe_names()
        load(recipe, changes)


def test_many_texts_are_spread_and_a_long_one_is_cut_into_prompts(exports):
    many = exports.texts_of([str(number) for number in range(5_000)])
    assert (len(many), many[0], many[-1]) == (1_000, "0", "4999")
    prompts = exports.texts_of(["to be or not to be " * 500])
    assert len(prompts) == 1_000
    assert max(map(len, prompts)) == exports.LONGEST_PROMPT
    assert all(prompt == prompt.strip() for prompt in prompts)


def test_the_table(exports, tmp_path):
    record = tmp_path / "record.jsonl"
    record.write_text(json.dumps(LINE) + "\n" + json.dumps({**LINE, "difference": None}) + "\n", encoding="utf-8")
    head, _, row, other = exports.table(exports.read_record(record)).splitlines()
    assert head.count("|") == row.count("|") == other.count("|")
    assert row == "| `imdb/bigram` | `sklearn` | 1,000 labels | 999 | 2e-07 | 1.3 MB |"
    assert exports.read_record(tmp_path / "none") == []


def test_the_page_keeps_what_is_around_the_table(exports):
    page = f"before\n{exports.MARKS[0]}\nold\n{exports.MARKS[1]}\nafter"
    assert (
        exports.between(page, exports.MARKS, "new") == f"before\n{exports.MARKS[0]}\n\nnew\n\n{exports.MARKS[1]}\nafter"
    )


@pytest.fixture
def clean(benchmark):
    return benchmark("clean_exports")


def test_every_format_is_run_where_there_is_nothing_else(clean):
    assert {name for name, _ in clean.CASES.values()} == set(FORMATS)
    for _, (given, *changes) in clean.CASES.values():
        load(given, changes)


def test_packages_and_lines_are_those_of_the_readme(clean, tmp_path):
    text = (
        "It needs no seqlab: after `pip install onnxruntime tokenizers`, in this folder:\n\n```python\nprint(1)\n```\n"
    )
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    assert clean.told(tmp_path) == (["onnxruntime", "tokenizers"], "print(1)\n")
    (tmp_path / "README.md").write_text("nothing", encoding="utf-8")
    with pytest.raises(SystemExit, match="does not say how it is used"):
        clean.told(tmp_path)


def test_the_table_of_clean_environments_has_the_order_of_the_cases(clean):
    lines = [
        {"case": "onnx", "packages": ["onnxruntime"], "installed": ["a==1", "b==2"], "works": False},
        {"case": "sklearn, stems", "packages": ["numpy", "snowballstemmer"], "installed": ["a==1"], "works": True},
    ]
    assert clean.table(lines).splitlines()[2:] == [
        "| sklearn, stems | `numpy snowballstemmer` | 1 | run |",
        "| onnx | `onnxruntime` | 2 | fail |",
    ]
    page = f"a\n{clean.MARKS[0]}\nold\n{clean.MARKS[1]}\nb"
    assert clean.between(page, clean.MARKS, "new") == f"a\n{clean.MARKS[0]}\n\nnew\n\n{clean.MARKS[1]}\nb"
    assert "PYTHONPATH" not in clean.quiet()
