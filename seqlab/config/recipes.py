"""The recipes shipped with seqlab: `imdb/bigram` is the file `imdb/bigram.yaml` in their folder."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqlab import files
from seqlab.errors import RequestError
from seqlab.text_format import quoted


def recipes_folder() -> Path:
    """`recipes/` inside an installed package; `configs/` beside the package in a checkout."""
    package = Path(__file__).parent.parent
    packed = package / "recipes"
    return packed if packed.is_dir() else package.parent / "configs"


COURSE = "course/"
"""The folder of the course's systems with the course's own training: `course/imdb/bigram` beside `imdb/bigram`."""


def recipe_names() -> list[str]:
    """The names of all shipped recipes, sorted; those of the course last."""
    folder = recipes_folder()
    names = (file.relative_to(folder).with_suffix("").as_posix() for file in folder.rglob("*.yaml"))
    return sorted(names, key=lambda name: (name.startswith(COURSE), name))


@dataclass(frozen=True)
class Recipe:
    """What the list of recipes shows of a recipe.

    `expected`: metric → lowest and highest expected value; `time`: of a whole run, such as `25 s on two cores`, empty
    unless it was measured.
    """

    name: str
    task: str
    data: str
    description: str
    time: str
    expected: Mapping[str, tuple[float, float]]
    source: str | None


def recipes() -> Iterator[Recipe]:
    """All shipped recipes in the order of their names, read without validating them."""
    for name in recipe_names():
        text = (recipes_folder() / f"{name}.yaml").read_text(encoding="utf-8")
        content = read_plain_yaml(text)
        expected = dict(content.get("expected") or {})
        source = expected.pop("source", None)
        bands = {metric: (float(low), float(high)) for metric, (low, high) in expected.items()}
        task, data = str(content["task"]), _name_of(content["data"])
        description, _, time = _header(text).partition(" Time: ")
        yield Recipe(name, task, data, _first_sentence(description), time.rstrip("."), bands, source)


def read_plain_yaml(text: str) -> dict[str, Any]:
    """The mapping in a YAML text, without locations or validation; empty if it is not one.

    For lists and completion, which must not wait for pydantic and NumPy.
    """
    import yaml

    try:
        content = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _name_of(component: object) -> str:
    return str(component["name"] if isinstance(component, dict) else component)


def _header(text: str) -> str:
    """The comment at the top of a config, on one line."""
    lines = itertools.takewhile(lambda line: line.startswith("# "), text.splitlines())
    return " ".join(line.removeprefix("# ").strip() for line in lines)


def _first_sentence(text: str) -> str:
    return re.split(r"(?<!et al)\. ", text)[0].rstrip(".:")


def find_config(source: str | Path) -> Path:
    """The file of a path or of a recipe name. Raises RequestError if neither exists, or if reading it could wait."""
    path, names = Path(source), recipe_names()
    if _is_named_pipe(path):
        raise RequestError(f"{path} is a pipe, and reading it could wait for ever: save the config in a file")
    if isinstance(source, Path) or _exists(path, or_folder=source not in names):
        return path
    if not files.why_impossible(path) and path.is_symlink():
        raise RequestError(f"{path} is a link to {str(path.readlink())!r}, which does not exist: correct the link")
    if source in names:
        return recipes_folder() / f"{source}.yaml"
    from seqlab.registry import close_match  # not above: completion reads the names of recipes without pydantic

    # Without the suffix, which all files have in common: it would make all short names alike.
    beside = {_without_suffix(name): name for name in _configs_in(path.parent)}
    hint = f"did you mean the recipe '{close}'? " if (close := close_match(_without_suffix(source), names)) else ""
    if close_file := close_match(_without_suffix(path.name), beside):
        hint = f"did you mean {quoted(str(path.parent / beside[close_file]))}? "
    raise RequestError(f"no file or recipe {quoted(source)}; {hint}`seqlab recipes` lists the recipes")


def is_config(source: str) -> bool:
    """Whether this is the name of a recipe or the path of a file."""
    return source in recipe_names() or _exists(Path(source), or_folder=False)


def _without_suffix(name: str) -> str:
    return name.removesuffix(".yaml").removesuffix(".yml")


def _configs_in(folder: Path) -> list[str]:
    try:
        return [each.name for each in folder.iterdir() if each.suffix in {".yaml", ".yml"}]
    except (OSError, ValueError):  # not a folder, or not a valid name of one
        return []


def _exists(path: Path, *, or_folder: bool) -> bool:
    try:
        return path.is_file() or (or_folder and path.exists())
    except (OSError, ValueError):  # not a valid file name
        return False


def _is_named_pipe(path: Path) -> bool:
    """Whether the path is a FIFO, which may have no writer. What a shell passes below `/dev` or `/proc` has one."""
    try:
        return path.is_fifo() and path.absolute().parts[1] not in {"dev", "proc"}
    except (OSError, ValueError):  # not a valid file name
        return False


def slug_of(path: Path) -> str:
    """The name of a config in run ids: `imdb-bigram` for a recipe, else the name of the file."""
    with_folders = path.resolve()
    folder = recipes_folder().resolve()
    name = with_folders.relative_to(folder) if with_folders.is_relative_to(folder) else Path(path.name)
    return slug(name.with_suffix("").as_posix())


def slug(text: str) -> str:
    """At most 60 letters, digits, `_`, `.` and `-`, not starting with a dot."""
    plain = "".join(character if character.isalnum() or character in "_." else "-" for character in text)
    return plain[:60].strip("-.") or "experiment"
