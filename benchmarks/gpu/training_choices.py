"""What seqlab does on a GPU beside what it could do instead: steps a second of both."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from training_runs import Config, Training

from seqlab.layers.rnn import recurrent, unroll
from seqlab.training import train_step

WITHOUT_XLA = "spa_eng/transformer"


def rates(config_of: Callable[[str], Config], seconds: float) -> list[dict[str, Any]]:
    """For each choice: the recipe, steps a second as seqlab does it, and of the alternative."""
    found = []
    for choice, recipe, alternative, xla in (
        ("updates taken back, or a branch that the host takes", "shakespeare/char_gru", branch_on_host(), False),
        ("a simple RNN compiled by XLA, or a plain loop", "ag_news/simple_rnn_masked", plain_loop(), False),
        ("no XLA, or the step compiled", WITHOUT_XLA, contextlib.nullcontext(), True),
    ):
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
