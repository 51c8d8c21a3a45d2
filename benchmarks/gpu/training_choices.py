"""What seqlab does on a GPU beside what it could do instead: steps a second of both."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from training_runs import Config, Training

from seqlab.layers.rnn import recurrent, unroll
from seqlab.training import train_step


def rates(recipes: Sequence[str], config_of: Callable[[str], Config], seconds: float) -> list[dict[str, Any]]:
    """Of each recipe: what is chosen, steps a second as seqlab does it, and of the alternative."""
    alternatives = {
        "shakespeare/char_gru": ("updates taken back, or a branch that the host takes", branch_on_host(), False),
        "ag_news/simple_rnn_masked": ("a simple RNN compiled by XLA, or a plain loop", plain_loop(), False),
        "shakespeare/char_transformer": ("no XLA, or the step compiled by it", contextlib.nullcontext(), True),
    }
    found = []
    for recipe in recipes:
        choice, alternative, xla = alternatives[recipe]
        config = config_of(recipe)
        ours = Training(config).rate(seconds)
        with alternative:
            theirs = Training(config, jit_compile=xla).rate(seconds)
        found.append({"choice": choice, "recipe": recipe, "ours": ours, "alternative": theirs})
    return found


@contextlib.contextmanager
def branch_on_host() -> Iterator[None]:
    """Steps are compiled as for a CPU: whether a step is finite decides what is computed."""
    before = train_step.has_gpu
    train_step.has_gpu = lambda: False
    try:
        yield
    finally:
        train_step.has_gpu = before


@contextlib.contextmanager
def plain_loop() -> Iterator[None]:
    before = recurrent.unroll_function
    recurrent.unroll_function = lambda *_, **__: unroll.unroll_plain
    try:
        yield
    finally:
        recurrent.unroll_function = before
