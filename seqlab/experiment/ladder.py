"""A ladder: the course's models of a dataset, trained on one split and put in one table.

What is finished is not trained again, and what was interrupted is resumed, so that the command can be stopped and
repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from seqlab import runs
from seqlab.comparison.intervals import intervals_or_none
from seqlab.config import Loaded, dump
from seqlab.config import load as load_config
from seqlab.config.loading import DEFAULT
from seqlab.config.yaml_writer import flow
from seqlab.errors import DivergedError, RequestError
from seqlab.experiment.resume import same_config
from seqlab.reports.verdict import verdicts
from seqlab.runs import Run
from seqlab.runs.selection import flattened
from seqlab.text_format import one_of, quoted

RUNNING_TEXT = ("data.split=90_10", "data.validation=0.01", "expected={}")
"""The course splits Shakespeare without a test part: what it reaches there says nothing of another split."""


class Step(NamedTuple):
    """A recipe of a ladder, with what is changed in it so that all have the same split."""

    recipe: str
    changes: tuple[str, ...] = ()


class LoadedStep(NamedTuple):
    """A recipe of a ladder with all overrides, and its config."""

    recipe: str
    changes: tuple[str, ...]
    loaded: Loaded


class Ladder(NamedTuple):
    """Recipes from the simplest model to the strongest, and the metric of the test split that ranks them."""

    metric: str
    steps: tuple[Step, ...]
    embedded: str
    """`data` of `--quick`: embedded, so that it needs no download."""
    vectors: tuple[str, ...] = ()
    """Recipes that need files besides the data, which `--quick` leaves out."""


def _steps(dataset: str, *names: str) -> tuple[Step, ...]:
    return tuple(Step(f"{dataset}/{name}") for name in names)


LADDERS: Mapping[str, Ladder] = {
    "imdb": Ladder(
        "accuracy",
        _steps("imdb", "unigram", "bigram", "tfidf_bigram", "nb_trigram", "one_hot_bilstm", "bilstm", "masked_bilstm",
               "glove_bilstm", "separable_conv", "transformer"),
        "{name: synthetic, size: 3000}",
        ("imdb/glove_bilstm",),
    ),
    "ag_news": Ladder(
        "accuracy",
        _steps("ag_news", "bigram", "simple_rnn_titles", "simple_rnn_masked", "lstm", "bilstm_2layer"),
        "{name: synthetic, size: 3000}",
    ),
    "shakespeare": Ladder(
        "bits_per_character",
        (
            Step("shakespeare/char_gru", RUNNING_TEXT),
            *_steps("shakespeare", "char_lstm", "char_transformer", "subword"),
        ),
        "{name: synthetic, size: 60000}",
    ),
    "spa_eng": Ladder(
        "bleu",
        _steps("spa_eng", "lstm", "bidirectional", "luong", "bahdanau", "transformer", "luong_large",
               "transformer_large"),
        "{name: synthetic, size: 1500}",
    ),
    "multi30k": Ladder(
        "bleu", _steps("multi30k", "seq2seq_lstm", "attention", "transformer"), "{name: synthetic, size: 1500}"
    ),
}  # fmt: skip
"""Dataset → its ladder. To add one, name its recipes here."""

QUICK: Mapping[str, object] = {
    "model.units": 32,
    "model.embedding": 32,
    "model.embedding.width": 32,
    "model.width": 32,
    "model.heads": 2,
    "model.layers": 1,
    "model.feed_forward": 64,
    "model.filters": 32,
    "training.epochs": 6,
    "training.learning_rate": 0.005,
    "training.schedule": None,
    "training.average_checkpoints": None,
    "vectorizer.max_tokens": 2000,
    "vectorizer.max_length": 64,
    "vectorizer.fit.fields": None,
    "runtime.threads": None,
}
"""What `--quick` sets of the keys that a recipe has: models that train in seconds, one after another in one process,
whose threads cannot change."""


@dataclass(frozen=True)
class Rung:
    """A model of a ladder with what it reached; without a value, `note` says why."""

    recipe: str
    run: Run | None
    metric: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    """Bounds of the 95 % interval over the examples of the split; None if there is none."""
    parameters: int | None = None
    seconds: float | None = None
    """In the training loop."""
    examples_per_second: float | None = None
    note: str = ""
    """Where the value is in the band that the recipe expects, or why there is none."""

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "recipe": self.recipe,
            "run": None if self.run is None else self.run.id,
            "metric": self.metric,
            "value": self.value,
            "interval": None if self.low is None else [self.low, self.high],
            "parameters": self.parameters,
            "train.seconds": self.seconds,
            "train.examples_per_second": self.examples_per_second,
            "note": self.note,
        }


def steps_of(
    name: str, overrides: Sequence[str] = (), *, only: Sequence[str] = (), quick: bool = False
) -> list[LoadedStep]:
    """The steps of a ladder, in its order.

    `overrides` change all of them; `only` names some, such as `bigram`. Raises RequestError for a ladder or a recipe
    that there is not, and ConfigError for an override that does not fit all of them.
    """
    ladder = LADDERS.get(name)
    if ladder is None:
        raise RequestError(f"no ladder {quoted(name)}: choose {one_of(list(LADDERS))}")
    names = [step.recipe.partition("/")[2] for step in ladder.steps]
    if unknown := [each for each in only if each.rpartition("/")[2] not in names]:
        raise RequestError(f"the ladder of {name} has no {quoted(unknown[0])}: choose {one_of(names)}")
    chosen = {each.rpartition("/")[2] for each in only} or set(names)
    found = []
    for step in ladder.steps:
        if step.recipe.partition("/")[2] in chosen and not (quick and step.recipe in ladder.vectors):
            changes = (*(_quick_changes(step, ladder) if quick else step.changes), *overrides)
            found.append(LoadedStep(step.recipe, changes, load_config(step.recipe, changes)))
    return found


def _quick_changes(step: Step, ladder: Ladder) -> list[str]:
    loaded = load_config(step.recipe)
    values = dict(flattened(dump(loaded.experiment)))
    written = {".".join(map(str, path)) for path, origin in loaded.origins.items() if origin != DEFAULT}
    # A mapping is set by its keys, such as `model.embedding.width`, unless it is set to null as a whole.
    changes = [
        f"{key}={flow(value)}"
        for key, value in QUICK.items()
        if key in written and (value is None or values.get(key) is not None)
    ]
    return [f"data={ladder.embedded}", "expected={}", *changes]


def climb(name: str, steps: Sequence[LoadedStep], runs_dir: Path, train: Callable[[LoadedStep], Run]) -> Iterator[Rung]:
    """Train what is not finished, one after another, and yield each rung. `train` returns a finished run.

    A training that diverges is a rung without a value. Any other error of `train` ends the ladder: what is finished
    stays finished.
    """
    metric = LADDERS[name].metric
    for step in steps:
        run = finished(step.loaded, runs_dir)
        try:
            yield rung_of(step, run or train(step), metric)
        except DivergedError as error:
            yield Rung(step.recipe, None, metric, note=f"diverged: {error}")


def finished(loaded: Loaded, runs_dir: Path) -> Run | None:
    """The newest finished run of a config."""
    for summary in reversed(runs.list_runs(runs_dir)):
        if summary.status == "finished" and same_config(summary.run, loaded.experiment) is not None:
            return summary.run
    return None


def rung_of(step: LoadedStep, run: Run, metric: str) -> Rung:
    """What a finished run reached on its test split, or on validation if it has none, beside what its recipe expects
    today: an older run may have recorded another band."""
    result, metadata = run.result(), run.metadata()
    split = "test" if any(key.startswith("test.") for key in result) else "validation"
    key = f"{split}.{metric}"
    value = result.get(key)
    interval = intervals_or_none(run, split).get(key)
    found = verdicts(result, step.loaded.experiment.expected.bands)
    return Rung(
        step.recipe,
        run,
        key,
        value if isinstance(value, int | float) else None,
        interval.low if interval else None,
        interval.high if interval else None,
        metadata.get("parameters"),
        result.get("train.seconds"),
        result.get("train.examples_per_second"),
        f"the run has no {key}" if value is None else found[0].where if found else "",
    )
