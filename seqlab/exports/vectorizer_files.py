"""A vectorizer as a file of its options and tokens, and a script that encodes texts with it without seqlab."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from seqlab import files
from seqlab.errors import RequestError
from seqlab.exports.refusals import refuse_function
from seqlab.text import Words
from seqlab.text.characters import FittedCharacters
from seqlab.text.fitted_words import FittedWords
from seqlab.text.substitutions import substitutions
from seqlab.text.subwords import FittedSubwords
from seqlab.text.untrained import untrained_ids
from seqlab.text.vectorizer import FittedVectorizer

SCRIPTS = Path(__file__).parent / "scripts"
SCRIPT, OPTIONS, TOKENIZER = "vectorizer.py", "vectorizer.json", "tokenizer.json"


def write_vectorizer(fitted: FittedVectorizer, directory: Path) -> None:
    """Write `vectorizer.py` and what it reads: `vectorizer.json`, of subwords also `tokenizer.json`.

    Raises RequestError for a vectorizer of a plug-in, and for one that calls functions of a plug-in.
    """
    refuse_plugin_functions(fitted)
    files.write_json(directory / OPTIONS, options_of(fitted), indent=None)
    if isinstance(fitted, FittedSubwords):
        files.write_text(directory / TOKENIZER, fitted.tokenizer_json())
    copy_script("subword_vectorizer.py" if isinstance(fitted, FittedSubwords) else SCRIPT, directory / SCRIPT)


def packages_of(fitted: FittedVectorizer) -> list[str]:
    """The packages that the script needs, as `pip install` takes them."""
    if isinstance(fitted, FittedSubwords):
        return ["tokenizers"]
    return ["snowballstemmer"] if isinstance(fitted, FittedWords) and fitted.options.stem else []


def loading(script: str, name: str, folder: str = "model") -> str:
    """Python that makes an object of a script's class: `Vectorizer('model')`. Not by `import`: the scripts of two
    exports in one process have the same names."""
    return f"runpy.run_path('{folder}/{script}')['{name}']('{folder}')"


def copy_script(name: str, target: Path) -> None:
    """Copy one of the scripts that use an export."""
    shutil.copyfile(SCRIPTS / name, target)


def run_script(path: Path) -> SimpleNamespace:
    """What a script of an export defines, as it is on the disk. As the README of an export does it: no module is
    imported, so that those of several exports do not meet, and no bytecode is written among the files of the export."""
    return SimpleNamespace(**runpy.run_path(str(path)))


def refuse_plugin_functions(fitted: FittedVectorizer) -> None:
    """Raises RequestError for what no file can describe: code of a plug-in."""
    if isinstance(fitted, FittedWords):
        chosen = {"standardize": fitted.options.standardize, "split": fitted.options.split}
        for option, value in chosen.items():
            refuse_function(option, value)
    elif not isinstance(fitted, FittedCharacters | FittedSubwords):
        raise RequestError(
            f"the vectorizer {type(fitted).__name__} is of a plug-in, and an export holds no code of plug-ins"
        )


def options_of(fitted: FittedVectorizer) -> dict[str, Any]:
    """What the script reads."""
    common = {
        "first_id": len(fitted.vocabulary.specials),
        "unknown": fitted.vocabulary.unknown,
        "max_length": fitted.max_length,
        "output": fitted.output,
        "untrained": np.flatnonzero(untrained_ids(fitted.vocabulary)).tolist(),
    }
    if isinstance(fitted, FittedSubwords):
        return {"lower": fitted.options.lowercase, **common}
    words = {"ngrams": 1, "removed": [], "stem": None, "hash_buckets": None, "reverse": False}
    steps: dict[str, Any] = {"before": [], "after": []}
    if isinstance(fitted, FittedWords):
        options: Words = fitted.options
        done = substitutions(options, fitted.vocabulary.rules, "re")
        steps = {"before": done.before, "after": done.after}
        words = {name: getattr(options, name) for name in words if name != "removed"}
        words |= {"removed": sorted(options.removed_words)}
        tokens_are, lower = "whole" if options.split == "none" else "words", done.lower
    else:
        assert isinstance(fitted, FittedCharacters)
        tokens_are, lower = "characters", fitted.options.lowercase
    tokens = [] if words["hash_buckets"] else list(fitted.vocabulary.tokens)
    return {"tokens_are": tokens_are, "lower": lower, **steps, **words, **common, "tokens": tokens}
