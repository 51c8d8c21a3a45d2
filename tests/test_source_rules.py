"""The checkers that test_architecture.py trusts find what they look for, and nothing else."""

import pytest
from source_rules import LONGEST_FUNCTION, imported, long_functions, prints, questions_for_the_task

LONG = "def long():\n" + "    pass\n" * LONGEST_FUNCTION
COMMENT = "# One option per parameter,\n# hence over 40 lines.\n"


def test_imports_of_functions_count_and_those_of_type_checkers_do_not():
    source = "import os\nif TYPE_CHECKING:\n    import keras\ndef f():\n    from a.b import c\n"
    assert list(imported(source)) == ["os", "a.b", "a.b.c"]
    assert list(imported(source, only_top=True)) == ["os"]


def test_a_call_of_print_is_found_and_a_method_of_that_name_is_not():
    assert prints("console.print(1)\nif True:\n    print(2)\n") == [3]


def test_a_long_function_is_found_wherever_it_stands():
    inside = "class A:\n" + "".join(f"    {line}\n" for line in LONG.splitlines())
    for source in (LONG, "async " + LONG, inside):
        assert list(long_functions(source)) == [("long", LONGEST_FUNCTION + 1)]
    assert list(long_functions("def short():\n" + "    pass\n" * (LONGEST_FUNCTION - 1))) == []


@pytest.mark.parametrize(
    "source",
    [
        COMMENT + LONG,
        COMMENT + "@decorated\n" + LONG,
        LONG.replace("    pass\n", '    """What it does.\n\n    Longer than\n    40 lines: a table.\n    """\n', 1),
    ],
)
def test_a_long_function_may_give_its_reason(source):
    assert list(long_functions(source)) == []


@pytest.mark.parametrize("source", [COMMENT + "\n" + LONG, "# A table.\n" + LONG, LONG + COMMENT])
def test_a_comment_elsewhere_or_about_something_else_is_no_reason(source):
    assert list(long_functions(source)) == [("long", LONGEST_FUNCTION + 1)]


@pytest.mark.parametrize(
    "code",
    [
        "isinstance(task, Translation)",
        "isinstance(run.fitted_task, (A, B))",
        "type(self.task)",
        "'translation'",
        "'language_model'",
    ],
)
def test_a_question_for_the_task_is_found(code):
    assert list(questions_for_the_task(f"x = 1\nif task.name == {code}:\n    pass\n")) == [(2, code)]


@pytest.mark.parametrize(
    "source",
    [
        "'classification'",
        "def f():\n    'translation'",
        "isinstance(task, str)",
        "isinstance(x, Task)",
        "'translations'",
    ],
)
def test_docstrings_and_like_words_are_no_question(source):
    assert list(questions_for_the_task(source)) == []
