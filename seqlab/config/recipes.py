"""The recipes that come with seqlab: `imdb/bigram` is the file `imdb/bigram.yaml` of their folder."""

from __future__ import annotations

import difflib
from pathlib import Path

from seqlab.config.messages import shown
from seqlab.errors import RequestError


def recipes_folder() -> Path:
    """`configs/` beside the package in a checkout; packed into the package where it is installed."""
    package = Path(__file__).parent.parent
    packed = package / "recipes"
    return packed if packed.is_dir() else package.parent / "configs"


def recipe_names() -> list[str]:
    folder = recipes_folder()
    return sorted(file.relative_to(folder).with_suffix("").as_posix() for file in folder.rglob("*.yaml"))


def find_config(source: str | Path) -> Path:
    """The file that a path or the name of a recipe means. Raises RequestError when there is neither."""
    path, names = Path(source), recipe_names()
    if isinstance(source, Path) or _is_there(path, or_folder=source not in names):
        return path
    if source in names:
        return recipes_folder() / f"{source}.yaml"
    plain = source.removesuffix(".yaml").removesuffix(".yml")
    close = difflib.get_close_matches(plain, names, n=1)
    hint = f"did you mean the recipe '{close[0]}'? " if close else ""
    raise RequestError(f"there is no file and no recipe {shown(source)}; {hint}the recipes are {', '.join(names)}")


def _is_there(path: Path, *, or_folder: bool) -> bool:
    try:
        return path.is_file() or (or_folder and path.exists())
    except (OSError, ValueError):  # a name that no file can have
        return False


def slug_of(path: Path) -> str:
    """The name of a config in the names of its runs: `imdb-bigram` for a recipe, else the file's name."""
    with_folders = path.resolve()
    folder = recipes_folder().resolve()
    name = with_folders.relative_to(folder) if with_folders.is_relative_to(folder) else Path(path.name)
    return slug(name.with_suffix("").as_posix())


def slug(text: str) -> str:
    """Letters, digits, `_`, `.` and `-`, at most 60, not beginning with a dot."""
    kept = "".join(character if character.isalnum() or character in "_." else "-" for character in text)
    return kept[:60].strip("-.") or "experiment"
