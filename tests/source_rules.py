"""What a Python source does, read from its syntax tree: imports, calls, long functions, questions for the task."""

import ast
import re

LONGEST_FILE = 300
LONGEST_FUNCTION = 40
REASON = re.compile(rf"\b(over|longer than|more than) {LONGEST_FUNCTION} lines\b", re.IGNORECASE)
TASK_NAMES = {"classification", "regression", "language_model", "translation"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def imported(source, *, only_top=False):
    """Modules named by import statements; those under TYPE_CHECKING are for readers and type checkers only."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    nodes = ast.walk(tree) if not only_top else [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def prints(source):
    """The lines that call `print`."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]


def long_functions(source):
    """(name, lines) of each function that is too long and gives no reason.

    A reason is a docstring, or a comment directly above the function or its decorators, that says "over 40 lines",
    "longer than 40 lines" or "more than 40 lines".
    """
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function):
            length = node.end_lineno - node.lineno + 1
            if length > LONGEST_FUNCTION and not REASON.search(_explanation(node, lines)):
                yield node.name, length


def _explanation(function, lines):
    above = min(node.lineno for node in (function, *function.decorator_list)) - 1
    first = above
    while first and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    comment = " ".join(line.strip("# ") for line in lines[first:above])
    return f"{comment} {' '.join((ast.get_docstring(function) or '').split())}"


def questions_for_the_task(source):
    """(line, code) of each place that asks which task it is dealing with, by class or by name.

    `isinstance(task, str)` is not one: whether YAML gave text says nothing about the task. Nor are docstrings, or a
    name inside a longer text.
    """
    tree = ast.parse(source)
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        by_name = isinstance(node, ast.Constant) and node.value in TASK_NAMES and id(node) not in alone
        if by_name or _asks_for_class(node):
            yield node.lineno, ast.unparse(node)


def _asks_for_class(node):
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"isinstance", "type"}):
        return False
    if len(node.args) == 2 and ast.unparse(node.args[1]) == "str":
        return False
    named = node.args[0] if node.args else None
    name = named.attr if isinstance(named, ast.Attribute) else getattr(named, "id", "")
    return "task" in name.lower()
