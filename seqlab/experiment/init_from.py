"""`init_from`: a model whose layers begin as those of another run, with its vocabulary (Dai & Le 2015).

Before there is a run: the other run is found and its options compared, its vocabulary is taken, the layers that both
models share are found. Afterwards they are placed in the model.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqlab import files
from seqlab.config import Experiment
from seqlab.config import load as load_config
from seqlab.config.choices import choices_of
from seqlab.errors import RequestError
from seqlab.experiment.load import load, on_machine_of
from seqlab.experiment.named_run import find_finished
from seqlab.experiment.prepare_data import PreparedData
from seqlab.experiment.run_session import vocabularies_began_with
from seqlab.progress import Progress
from seqlab.runs import Run
from seqlab.tasks import TASKS
from seqlab.tasks.token_vectors import INPUT_LAYERS
from seqlab.text.pair_vectorizers import knowing, parts_of
from seqlab.text.vectorizer import Vectorizer
from seqlab.text.vocabulary import Vocabulary
from seqlab.training.checkpoints import restorable
from seqlab.training.resume_compatibility import differences
from seqlab.training.shared_layers import SameRows, SharedLayers, Weights, shared_layers, tables_of, weights_of

if TYPE_CHECKING:
    import keras

    from seqlab.experiment.loaded_run import LoadedRun


@dataclass(frozen=True)
class Origin:
    """The weights that a model begins with, and what a run records of them."""

    weights: Weights
    vocabularies: Mapping[str, tuple[Vocabulary, Vocabulary]]
    """Side → the vocabulary with the special ids of the other model, and with those of this one."""
    shared_rows: Callable[[str, Vocabulary, Vocabulary], SameRows]
    """`shared_rows` of the options of this model."""
    head: bool
    """Whether the last layer is taken too."""
    record: Mapping[str, Any]

    def shared_with(self, model: keras.Model) -> SharedLayers:
        return shared_layers(model, self.weights, self._rows_of, head=self.head)

    def place(self, model: keras.Model) -> None:
        """Write the shared layers into a model with random weights."""
        self.shared_with(model).place(model)

    def _rows_of(self, layer: str) -> SameRows:
        sides = self.vocabularies
        before, after = sides[next((side for side in sides if layer in INPUT_LAYERS[side]), next(iter(sides)))]
        return self.shared_rows(layer, before, after)


def with_vocabulary(run: Run | None, experiment: Experiment, runs_dir: Path, *, force: bool = False) -> Experiment:
    """An experiment whose vectorizers know the vocabulary of the run that it begins with.

    A run that continues from a checkpoint knows it itself, and with `force` it keeps it for other data. Raises
    RequestError for a run that is not there, has no trained model, or differs in options that decide what its layers
    and tokens mean.
    """
    if experiment.init_from is None and not force:
        return experiment
    if needs_no_source(run, experiment) and run is not None:
        vocabularies = vocabularies_began_with(run, experiment)
    elif experiment.init_from is None:
        return experiment
    else:
        source, of_source = find_source(experiment, runs_dir)
        _refuse_differences(source, of_source, experiment)
        vocabularies = _vocabularies(source, of_source)
    if experiment.vectorizer is None or not vocabularies:
        return experiment
    return experiment.model_copy(update={"vectorizer": knowing(experiment.vectorizer, vocabularies)})


def resolve_origin(
    run: Run | None,
    experiment: Experiment,
    data: PreparedData,
    runs_dir: Path,
    progress: Progress,
    *,
    force: bool = False,
) -> Origin | None:
    """The layers to begin with; None if there are none to take, or a checkpoint has them.

    Raises RequestError if the models share no layer, or, unless `force`, if the other run changed since `run` began.
    """
    if experiment.init_from is None or needs_no_source(run, experiment):
        return None
    source, _ = find_source(experiment, runs_dir)
    sha256 = files.sha256_of_file(source.weights_file)
    if run is not None and not force and run.metadata().get("init_from", {}).get("sha256", sha256) != sha256:
        raise RequestError(
            f"run {source.id}, which init_from names, changed since run {run.id} began: restore it, or start a new "
            "run; use --force to resume anyway"
        )
    loaded = load(source, plugins=experiment.plugins, overrides=on_machine_of(experiment), progress=progress)
    origin = _origin(loaded, experiment, data, sha256)
    _report(origin.record, progress)
    return origin


def needs_no_source(run: Run | None, experiment: Experiment) -> bool:
    """Whether a checkpoint has all that a run took; the model of a refit begins with it again."""
    return run is not None and not experiment.training.refit and restorable(run.checkpoints_directory)


def find_source(experiment: Experiment, runs_dir: Path) -> tuple[Run, Experiment]:
    """The run that `init_from` names, and its config. Raises RequestError unless it is there and finished."""
    run = find_finished(str(experiment.init_from), "init_from", runs_dir)
    return run, load_config(run.config_file, plugins=experiment.plugins).experiment


def _refuse_differences(source: Run, of_source: Experiment, experiment: Experiment) -> None:
    """Raises RequestError if layers or tokens of the other run would mean something else here."""
    mine, other = choices_of(experiment).model, choices_of(of_source).model
    if mine.name != other.name or mine.tables.keys() != other.tables.keys():
        hint = ""
        if "word_vectors" in TASKS[of_source.task].capabilities and mine.tables and other.tables:
            hint = f"; of its word vectors alone, a model begins with model.embedding={{pretrained: run:{source.id}}}"
        raise RequestError(
            f"init_from: run {source.id} ({of_source.task}) has the model '{other.name}', whose layers are not those "
            f"of '{mine.name}' in {experiment.task}: name a run of such a model{hint}"
        )
    if found := [*_model_differences(experiment, of_source), *_vectorizer_differences(experiment, of_source)]:
        listed = "\n".join(f"  {key}: {_shown(here)} here, {_shown(there)} there" for key, here, there in found)
        same = " ".join(shlex.quote(f"{key}={_shown(there)}") for key, _, there in found)
        raise RequestError(
            f"init_from: the layers and tokens of run {source.id} would mean something else here:\n{listed}\n"
            f"name another run, or set {same}"
        )


Difference = tuple[str, object, object]
"""A key of the config, its value here, and that of the other run."""


def _model_differences(experiment: Experiment, of_source: Experiment) -> Iterator[Difference]:
    mine, other = choices_of(experiment).model, choices_of(of_source).model
    here, there = (model.model_dump(mode="json", include=set(mine.layer_options)) for model in (mine, other))
    for key, (one, another) in differences(here, there).items():
        yield f"model.{key}", one, another
    if "width" not in mine.layer_options and "embedding" not in mine.unused_options():
        widths, others = _widths(mine), _widths(other)
        if widths != others:
            yield "model.embedding", widths, others


def _widths(model: Any) -> object:
    """The width of the tables, or of each side's."""
    widths = {side: table.width for side, table in model.tables.items()}
    return next(iter(widths.values())) if len({*widths.values()}) == 1 else widths


def _vectorizer_differences(experiment: Experiment, of_source: Experiment) -> Iterator[Difference]:
    mine, other = ({} if each.vectorizer is None else parts_of(each.vectorizer) for each in (experiment, of_source))
    if mine.keys() != other.keys():
        yield "vectorizer", _named(mine), _named(other)
    for part in mine.keys() & other.keys():
        place = f"vectorizer.{part}" if part else "vectorizer"
        found = differences(*({place: each[part].token_options} for each in (mine, other)))
        name = f"{place}.name"  # the options of another vectorizer are others
        yield from ((key, *found[key]) for key in ([name] if name in found else found))


def _named(parts: Mapping[str, Vectorizer]) -> object:
    """The parts of a section by their names."""
    names = {part: vectorizer.name for part, vectorizer in parts.items()}
    return names.get("", names or None)


def _shown(value: object) -> str:
    return value if isinstance(value, str) and value.isidentifier() else json.dumps(value)


def _vocabularies(source: Run, of_source: Experiment) -> dict[str, Vocabulary]:
    """Side → the vocabulary of the other run."""
    vectorizers = TASKS[of_source.task].restore(choices_of(of_source), source.directory).vectorizers
    return {side: vectorizer.vocabulary for side, vectorizer in vectorizers.items()}


def _origin(loaded: LoadedRun, experiment: Experiment, data: PreparedData, sha256: str) -> Origin:
    """What a new model takes of a trained one; a model of its shape is built and left for that."""
    run, of_source = loaded.run, loaded.trained
    before = {side: vectorizer.vocabulary for side, vectorizer in loaded.task.vectorizers.items()}
    vectorizers = data.task.vectorizers
    both = {side: (before[side], vectorizers[side].vocabulary) for side in vectorizers}
    model = data.task.build(None)
    component = choices_of(experiment).model
    head = of_source.task == experiment.task and component.predicts_tokens
    origin = Origin(weights_of(loaded.model), both, component.shared_rows, head, {})
    shared = origin.shared_with(model)
    if not {*shared.taken, *shared.partly} - (set() if head else tables_of(model)):
        why = "; ".join(f"{layer} {reason}" for layer, reason in shared.random.items())
        raise RequestError(f"init_from: run {run.id} shares no layer with this model but the table of tokens: {why}")
    record = {
        "run": run.id,
        "task": of_source.task,
        "sha256": sha256,
        "layers": [*shared.taken],
        "partly": {layer: [*names] for layer, names in shared.partly.items()},
        "random": dict(shared.random),
        "tokens": {side: len(after.tokens) for side, (_, after) in both.items()},
    }
    return replace(origin, record=record)


def _report(record: Mapping[str, Any], progress: Progress) -> None:
    parts = [*record["layers"]]
    parts += [f"{layer} without {', '.join(names)}" for layer, names in record["partly"].items()]
    tokens = " and ".join(f"{number:,}" for number in record["tokens"].values())
    known = f" and its {tokens} tokens" if tokens else ""
    progress.say(f"begins with run {record['run']}{known}: {', '.join(parts)}")
    for layer, reason in record["random"].items():
        progress.say(f"{layer} begins random: it {reason}")
