"""Reference pages about what a config can say, made of the registries of seqlab: the same as `seqlab parts` prints.

`pages()` is path → Markdown. They are built with the site (hooks.py) and stand nowhere in the repository, so that there
is nothing to keep in step with the code.
"""

from __future__ import annotations

import functools
import itertools
import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from markdown_text import code, escaped, fenced, table

from seqlab import keras_names
from seqlab.config.recipes import Recipe, read_plain_yaml, recipes, recipes_folder
from seqlab.config.schema import options_schema
from seqlab.experiment.catalogue import Description, Option, all_components, describe, describe_section, sections

RECIPES = "reference/recipes.md"
ROOT = Path(__file__).parents[2]
SECTION_OF = {"dataset": "data", "vectorizer": "vectorizer", "model": "model"}
"""Kind → the section of a config that names it."""
USES = {
    "dataset": "Named in the section `data` of a config: `data: NAME`, or `data: {name: NAME, …}` with options.",
    "vectorizer": "Named in the section `vectorizer` of a config, of a translator also for each side "
    "([text](../text.md)).",
    "model": "Named in the section `model` of a config: `model: NAME`, or `model: {name: NAME, …}` with options.",
    "metric": "Computed by default; `metrics: [NAME, …]` in a config chooses some of them.",
    "logits_processor": "Each has an option of `seqlab generate`; they are applied in this order "
    "([language models](../language_models.md#generate-text)).",
}
KERAS = {
    "optimizer": keras_names.OPTIMIZERS,
    "schedule": keras_names.SCHEDULES,
    "initializer": keras_names.INITIALIZERS,
}


def pages() -> dict[str, tuple[str, str]]:
    """Path in the site → title and Markdown, in the order of the navigation."""
    found = {"reference/keys.md": ("Keys of all sections", _keys_page())}
    groups = [
        (key, list(each)) for key, each in itertools.groupby(all_components(), lambda each: (each.kind, each.task))
    ]
    registries = Counter(kind for (kind, _), _ in groups)
    for (kind, task), described in groups:
        title = f"{kind.replace('_', ' ').capitalize()}s"
        if registries[kind] > 1:
            title += f": {task}"
        found[f"reference/{_file_name(title)}.md"] = title, _components_page(title, kind, described)
    found["reference/keras.md"] = "Optimizers, schedules, losses", _keras_page()
    found[RECIPES] = "Recipes", _recipes_page()
    return found


def _file_name(title: str) -> str:
    return re.sub(r"\W+", "_", title.lower())


def _components_page(title: str, kind: str, described: Iterable[Description]) -> str:
    parts = [f"# {title}", USES.get(kind, "")]
    for each in described:
        parts += [f"## {each.name}", escaped(each.help), _options_table(each.options)]
        used_in = _recipes_with(kind, each)
        if used_in:
            parts.append(f"Recipes: {', '.join(used_in)}.")
        parts.append(_source(each))
    return _page(parts)


def _source(component: Description) -> str:
    """A link from the folder `reference`, as if it stood in `docs`; hooks.py makes a page of the file."""
    file, _, line = component.source.rpartition(":")
    path = Path(file).relative_to(ROOT).as_posix()
    return f"Source: [{path}, line {line}](../../{path}#L{line})"


def _page(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


def _options_table(options: Iterable[Option]) -> str:
    rows = [(code(each.name), code(each.default), _about(each)) for each in options]
    return table(("key", "default", "is"), rows) if rows else "No options."


def _about(option: Option) -> str:
    """What it does, then what is allowed."""
    sentences = [escaped(option.help), f"*{escaped(option.allowed)}*" if option.allowed else ""]
    return " ".join(filter(None, sentences))


def _recipes_with(kind: str, component: Description) -> list[str]:
    """Links to the recipes that name a component."""
    section = SECTION_OF.get(kind)
    if section is None:
        return []
    tasks = component.task.split(", ")
    return [
        link_to_recipe(recipe.name, RECIPES)
        for recipe, content in _recipes()
        if recipe.task in tasks and component.name in _names(content.get(section))
    ]


def _names(section: Any) -> set[str]:
    """The components that a section names, of pairs those of both sides."""
    if isinstance(section, str):
        return {section}
    if not isinstance(section, Mapping):
        return set()
    if "name" in section:
        return {section["name"]}
    return set().union(*map(_names, section.values()))


def link_to_recipe(name: str, here: str) -> str:
    """A link to a recipe from a page of the site. In the anchor of a heading letters, digits and `_` stay."""
    page = posixpath.relpath(RECIPES, posixpath.dirname(here) or ".")
    anchor = re.sub(r"[^\w-]", "", name.lower())
    return f"[{name}]({page}#{anchor})"


def _keys_page() -> str:
    parts = ["# Keys of all sections", "The keys of a config that belong to no component, with their defaults."]
    parts.append("[Configuration](../configuration.md) explains how a config is written.")
    for name in sections():
        parts.append(f"## {name}")
        for each in describe_section(name):
            parts += [f"### {name}: {each.task}", escaped(each.help), _options_table(each.options)]
    return _page(parts)


def _keras_page() -> str:
    parts = [
        "# Optimizers, schedules, losses",
        "Names that are passed to Keras unchanged. An option that is not set keeps the default of Keras; `required` "
        "ones have none. A name alone is enough: `optimizer: adam`. With options: `optimizer: {name: adamw, "
        "weight_decay: 0.01}`.",
    ]
    for kind, registry in KERAS.items():
        described = [describe(each, options_schema(each), kind, "") for each in registry]
        parts += [f"## {kind.capitalize()}s", table(("name", "options"), map(_keras_row, described))]
    losses = ", ".join(map(code, get_args(keras_names.Loss)))
    parts += ["## Losses", f"For `training.loss` of classification and regression: {losses}."]
    return _page(parts)


def _keras_row(described: Description) -> tuple[str, str]:
    return code(described.name), "; ".join(map(_keras_option, described.options)) or "none"


def _keras_option(option: Option) -> str:
    required = ", required" if option.default == "required" else ""
    return f"{code(option.name)} ({escaped(option.allowed.removesuffix(' or null'))}{required})"


def _recipes_page() -> str:
    parts = [
        "# Recipes",
        "The configs that are shipped. `seqlab train NAME` trains one; [results](../results.md) has what they reached, "
        "[the course, re-run](../course.md) those with the course's own training.",
    ]
    for recipe, _ in _recipes():
        text = (recipes_folder() / f"{recipe.name}.yaml").read_text(encoding="utf-8")
        parts += [f"## {recipe.name}", *_recipe_lines(recipe), fenced(text, "yaml")]
    return _page(parts)


def _recipe_lines(recipe: Recipe) -> Iterator[str]:
    yield escaped(recipe.description)
    bands = [f"`{metric}` {low:g} to {high:g}" for metric, (low, high) in recipe.expected.items()]
    if bands:
        yield f"Expected: {', '.join(bands)} ({escaped(recipe.source or '')})."
    if recipe.time:
        yield f"Time: {escaped(recipe.time)}."


@functools.cache
def _recipes() -> list[tuple[Recipe, Mapping[str, Any]]]:
    """All recipes with what is in their files."""
    folder = recipes_folder()
    return [(each, read_plain_yaml((folder / f"{each.name}.yaml").read_text(encoding="utf-8"))) for each in recipes()]
