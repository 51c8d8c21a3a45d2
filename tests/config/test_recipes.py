"""Recipes: their folder, their names, the names of their runs."""

import subprocess
import sys
from pathlib import Path

import pytest

from seqlab.config.recipes import slug, slug_of


def test_slugs():
    assert slug("a b/c:d") == "a-b-c-d"
    assert slug("../..") == "experiment"
    assert slug("Wörter") == "Wörter"
    assert len(slug("x" * 500)) == 60
    assert slug_of(Path("deep/folder/config.yaml")) == "config"


@pytest.mark.process
def test_a_recipe_is_loaded_without_anything_heavy():
    code = (
        "import sys\n"
        "sys.modules['tensorflow'] = sys.modules['keras'] = None\n"
        "from seqlab.config import load\n"
        "load('quickstart', ['training.epochs=3'])\n"
        "heavy = {'tensorflow', 'keras', 'sklearn', 'scipy', 'matplotlib', 'pandas', 'rich', 'typer'}\n"
        "print([name for name in heavy if sys.modules.get(name)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")
