"""A training on several hosts: they meet, must be alike, and begin with the same state. See docs/scale.md.

Every host walks through `train`. What one must do for all, the chief does: it evaluates, and writes the run. The others
have a run in a temporary folder, which nobody sees.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import seqlab
from seqlab.config import Experiment, dump
from seqlab.config.batch_division import small_batch_problems
from seqlab.errors import RequestError
from seqlab.experiment.plugin_sources import checksums_of
from seqlab.experiment.prepare_data import PreparedData
from seqlab.hosts.cluster import find_cluster
from seqlab.hosts.group import ALONE, Group
from seqlab.hosts.meeting import meet
from seqlab.progress import Progress
from seqlab.runs import Run
from seqlab.runs.environment import current_environment
from seqlab.runs.selection import flattened

if TYPE_CHECKING:
    import keras

    from seqlab.training.state import TrainingState

Result = TypeVar("Result")

MOST_DIFFERENCES = 10
"""That an error lists."""
ABSENT = "(absent)"


@dataclass(frozen=True)
class RunElsewhere(Run):
    """A run that the chief of several hosts has written: its directory may not be on this host."""


@contextlib.contextmanager
def joined(experiment: Experiment, runs_dir: Path, *, single: bool, progress: Progress) -> Iterator[tuple[Group, Path]]:
    """All hosts of a training, and the folder of this host's run: `runs_dir` for the chief, or a temporary one.

    `single`: whether the run is one of several that this process trains. Raises RequestError if there are several
    hosts, and they cannot train it together, or differ in what decides how training goes.
    """
    cluster = find_cluster(experiment.runtime.hosts)
    if cluster is None:
        yield ALONE, runs_dir
        return
    if not single:
        raise RequestError("runtime.hosts: runs of a group or a sweep are trained by single hosts: leave hosts out")
    for path, problem in small_batch_problems(experiment, len(cluster.addresses)):
        raise RequestError(f"{'.'.join(map(str, path))}: {problem}")
    with meet(cluster, progress) as hosts:
        role = "it writes the run" if hosts.is_chief else "host 0 writes the run"
        progress.say(f"this is {hosts.name(hosts.index)} of {hosts.count} hosts; {role}")
        _refuse_differences(hosts, "differ", _facts(experiment))
        if hosts.is_chief:
            yield hosts, runs_dir
        else:
            with tempfile.TemporaryDirectory(prefix="seqlab-host-") as folder:
                yield hosts, Path(folder)


def refuse_several_hosts(experiment: Experiment, command: str) -> None:
    """Raises RequestError if a command that is for one host is given a config for several."""
    if experiment.runtime.hosts is not None:
        raise RequestError(f"{command} is for one host: add runtime.hosts=null")


def refuse_other_data(hosts: Group, data: PreparedData) -> None:
    """Raises RequestError, on all hosts, if their data differ, or what was learned of them."""
    if hosts.count == 1:
        return
    learned = {
        f"the vocabulary of {side}": hashlib.sha256(json.dumps(vectorizer.vocabulary.tokens).encode()).hexdigest()
        for side, vectorizer in data.task.vectorizers.items()
    }
    splits = {f"the {name} split": fingerprint for name, fingerprint in data.metadata["splits"].items()}
    _refuse_differences(hosts, "have other data", {**splits, **learned, "the classes": list(data.labels)})


def by_chief(hosts: Group, function: Callable[[], Result]) -> Callable[[], Result]:
    """A function that the chief alone computes; the others wait for what it returns, values that JSON can hold."""

    def compute() -> Result:
        result: Result = hosts.from_chief(function() if hosts.is_chief else None)
        return result

    return compute


def run_of_chief(hosts: Group) -> Run:
    """Wait, on another host, until the chief has evaluated the model and written the run."""
    return RunElsewhere(Path(hosts.finish(None)))


def with_state_of_chief(hosts: Group, variables: Mapping[str, keras.Variable], state: TrainingState) -> TrainingState:
    """The chief's state on all hosts, and its values of all `variables`: those of a checkpoint that only it has.

    Values travel to hosts that have others; at the beginning of a training all have the same.
    """
    if hosts.count == 1:
        return state
    from seqlab.training.state import TrainingState
    from seqlab.training.weights import array_bytes, restore_arrays_from

    state = TrainingState.from_json(hosts.from_chief(state.to_json()))
    content = array_bytes(variables)
    digests = hosts.exchange(hashlib.sha256(content).hexdigest())
    if hosts.is_chief:
        for index in range(1, hosts.count):
            if digests[index] != digests[0]:
                hosts.send_bytes(content, index)
    elif digests[hosts.index] != digests[0]:
        restore_arrays_from(variables, hosts.receive_bytes(), hosts.name(0))
    return state


def _facts(experiment: Experiment) -> dict[str, Any]:
    """What must be the same on all hosts, by its name. Files of data may lie elsewhere: their contents are compared."""
    elsewhere = {f"data.{key}" for key in experiment.data.locations}
    config = {key: value for key, value in flattened(dump(experiment)) if not _is_below(key, elsewhere)}
    versions = {f"the version of {name}": version for name, version in current_environment()["versions"].items()}
    plugins = {f"the plug-in {name}": digest for name, digest in checksums_of(experiment.plugins).items()}
    return {"the source code of seqlab": _source_code(), **versions, **plugins, **config}


def _is_below(key: str, prefixes: set[str]) -> bool:
    return any(key == each or key.startswith(f"{each}.") for each in prefixes)


def _source_code() -> str:
    """sha256 of all Python files of the package."""
    root, digest = Path(seqlab.__path__[0]), hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def _refuse_differences(hosts: Group, how: str, facts: Mapping[str, Any]) -> None:
    """Raises RequestError, on all hosts, that names each host, each fact in which it differs from the chief, and both
    values."""
    of_hosts = hosts.exchange(dict(facts))
    chiefs = of_hosts[0]
    found = [
        f"  {key}: {_shown(chiefs.get(key, ABSENT))} on {hosts.name(0)}, {_shown(others.get(key, ABSENT))} on "
        f"{hosts.name(index)}"
        for index, others in enumerate(of_hosts)
        for key in [*chiefs, *(each for each in others if each not in chiefs)]
        if chiefs.get(key, ABSENT) != others.get(key, ABSENT)
    ]
    if found:
        more = [f"  and {len(found) - MOST_DIFFERENCES} more"] if len(found) > MOST_DIFFERENCES else []
        listed = "\n".join([*found[:MOST_DIFFERENCES], *more])
        raise RequestError(f"the hosts {how}, and cannot train one model:\n{listed}")


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text[:12] if len(text) == 64 else text[:200]  # a sha256
