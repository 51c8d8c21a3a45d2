"""Results that can be checked: a JSON record of each recipe's run, and the page of tables that is generated from them.

python docs/make_results.py record RUN --recipe imdb/bigram [--seeds RUN ...]   write docs/results/imdb-bigram.json
python docs/make_results.py record RUN --recipe imdb/bigram --changes model.hidden=0   a variant of it
python docs/make_results.py ensemble RUN RUN ... --name imdb   write docs/results/ensembles/imdb.json
python docs/make_results.py ladder imdb --runs-dir runs   write docs/results/ladders/imdb.json
python docs/make_results.py table                         rewrite docs/results.md

RUN is the directory of a finished run of the recipe as it is shipped, or with the `--changes` that are named.
The runs of a ladder are those of `seqlab ladder imdb --runs-dir runs`, all of them; `--note` says what its times depend
on. `--seeds` names runs that differ from it in `runtime.seed` alone: their mean and standard deviation, the run itself
included, go into the record. The RUNs of an ensemble are runs of the recipes that `ENSEMBLES` names, in their order. A
record holds nothing of the machine that made it but what can change a figure or a time: no path, no name of a host or a
user.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shlex
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from seqlab import config, files
from seqlab.comparison import combine
from seqlab.config.recipes import COURSE as COURSE_FOLDER
from seqlab.errors import RequestError, SeqlabError
from seqlab.experiment import load
from seqlab.experiment.ladder import LADDERS, finished, rung_of, steps_of
from seqlab.models.translation.translator import Decoding
from seqlab.reports.verdict import verdicts
from seqlab.runs import Run
from seqlab.text_format import counted

DOCS = Path(__file__).parent
RECORDS = DOCS / "results"
VARIANTS = RECORDS / "variants"
COURSE = RECORDS / "course"
ENSEMBLE_RECORDS = RECORDS / "ensembles"
LADDER_RECORDS = RECORDS / "ladders"
RESULTS = DOCS / "results.md"

ENSEMBLES = {"imdb": (("imdb/nb_trigram", "imdb/document_classifier", "imdb/masked_bilstm"), (0.922, 0.932))}
"""Name → the recipes of its runs, and the test accuracy to expect."""

ABSOLUTE = re.compile(r"""(?:^|[\s"'(=:])(?:/[\w.~-]+/|~/|[A-Za-z]:[\\/]|\\\\)""")
"""The beginning of a path that only one machine has."""

SENTENCES = {
    ("english", "spanish"): (
        "The course's sentences",
        ("I like soccer", "I like soccer and also going to the beach", "I love cats and dogs"),
    ),
    ("german", "english"): (
        "Sentences like captions",
        ("Zwei Hunde spielen im Schnee.", "Eine Frau liest im Park ein Buch.", "Ein Junge springt ins Wasser."),
    ),
}
"""What translators between these languages are asked, and how it is called."""

Record = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    recording = verbs.add_parser("record", help="write the record of a recipe's run")
    recording.add_argument("run", type=Path, metavar="RUN")
    recording.add_argument("--recipe", required=True, choices=config.recipe_names(), metavar="NAME")
    recording.add_argument("--changes", nargs="+", default=[], metavar="KEY=VALUE")
    recording.add_argument("--seeds", type=Path, nargs="+", default=[], metavar="RUN")
    combining = verbs.add_parser("ensemble", help="write the record of an ensemble of runs")
    combining.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    combining.add_argument("--name", required=True, choices=ENSEMBLES, metavar="NAME")
    climbing = verbs.add_parser("ladder", help="write the record of a ladder")
    climbing.add_argument("name", choices=LADDERS, metavar="NAME")
    climbing.add_argument("--runs-dir", type=Path, required=True)
    climbing.add_argument("--note", default="")
    verbs.add_parser("table", help="write the tables of all records")
    chosen = parser.parse_args()
    try:
        if chosen.verb == "record":
            _write_record(chosen.recipe, chosen.changes, Run(chosen.run), [Run(path) for path in chosen.seeds])
        elif chosen.verb == "ensemble":
            record = ensemble_record(*ENSEMBLES[chosen.name], [Run(path) for path in chosen.runs])
            ENSEMBLE_RECORDS.mkdir(parents=True, exist_ok=True)
            files.write_json(ENSEMBLE_RECORDS / f"{chosen.name}.json", {"name": chosen.name} | record)
        elif chosen.verb == "ladder":
            LADDER_RECORDS.mkdir(parents=True, exist_ok=True)
            files.write_json(
                LADDER_RECORDS / f"{chosen.name}.json", ladder_record(chosen.name, chosen.runs_dir, chosen.note)
            )
        else:
            of_several = read_records(ENSEMBLE_RECORDS), read_records(LADDER_RECORDS)
            files.write_text(RESULTS, results_page(read_records(), read_records(VARIANTS), *of_several))
    except SeqlabError as error:
        sys.exit(f"error: {error}")


def _write_record(recipe: str, changes: Sequence[str], run: Run, others: Sequence[Run]) -> None:
    record = record_of(recipe, run, config.load(recipe, changes).experiment, others)
    if changes:
        record |= {"command": shlex.join(["seqlab", "train", recipe, *changes]), "changes": list(changes)}
    target = record_file(recipe, changes)
    target.parent.mkdir(parents=True, exist_ok=True)
    files.write_json(target, record)
    sys.stdout.write(f"wrote {target}\n")
    for verdict in verdicts(record["result"], record["expected"]):
        sys.stdout.write(f"{verdict}\n")


def record_file(recipe: str, changes: Sequence[str] = ()) -> Path:
    name = recipe.replace("/", "-")
    if not changes:
        folder = COURSE if recipe.startswith(COURSE_FOLDER) else RECORDS
        return folder / f"{name}.json"
    return VARIANTS / f"{'-'.join([name, *re.findall(r'[a-z0-9_]+', ' '.join(changes))])}.json"


def read_records(folder: Path = RECORDS) -> list[Record]:
    """All records, by recipe."""
    return [files.read_json(path) for path in sorted(folder.glob("*.json"))]


def record_of(recipe: str, run: Run, experiment: config.Experiment, others: Sequence[Run] = ()) -> Record:
    """The record of a finished run of `experiment`. Raises RequestError when it is a run of anything else."""
    metadata, result = _facts_of(run), run.result()
    _refuse_another_config(run, metadata, experiment)
    expected = experiment.expected.bands
    sides = tuple(getattr(experiment.data, side, "") for side in ("source", "target"))
    data = {name: metadata["data"][name] for name in ("splits", "sizes", "counts", "notes")}
    record = {
        "recipe": recipe,
        "command": f"seqlab train {recipe}",
        "date": metadata["ended"][:10],
        "seed": metadata["config"]["runtime"]["seed"],
        "expected": {name: list(band) for name, band in expected.items()},
        "source": experiment.expected.source,
        "verdict": {each.name: each.where for each in verdicts(result, expected)},
        "seeds": _over_seeds(run, others, list(expected)) if others else None,
        "result": result,
        "epochs": run.metrics(),
        "parameters": metadata["parameters"],
        **{name: metadata[name] for name in ("trained_parameters",) if name in metadata},
        **({"pretrained": _vectors(metadata["pretrained"])} if "pretrained" in metadata else {}),
        "vocabulary_size": metadata.get("vocabulary_size"),  # rows without a text have none
        "machine": _machine(metadata),
        "data": {"files": [_without_place(source) for source in metadata["data"]["sources"]], **data},
        "config": comparable_config({**metadata["config"], "expected": config.dump(experiment)["expected"]}),
        **({"samples": run.samples_file.read_text(encoding="utf-8")} if experiment.task != "classification" else {}),
        **({"translations": _translations(run, SENTENCES[sides][1])} if sides in SENTENCES else {}),
    }
    places = {source["path"]: source["name"] for source in metadata["data"]["sources"]}
    masked: Record = _masked(record, places)
    _refuse_paths(masked)
    return masked


def ensemble_record(recipes: Sequence[str], band: tuple[float, float], runs: Sequence[Run]) -> Record:
    """The record of an ensemble: a run of each recipe. Raises RequestError for runs of anything else."""
    for recipe, run in zip(recipes, runs, strict=True):
        _refuse_another_config(run, _facts_of(run), config.load(recipe).experiment)
    result = combine(runs)
    members = [
        {"recipe": recipe, "weight": weight, "result": result.runs[name]}
        for recipe, (name, weight) in zip(recipes, result.weights.items(), strict=True)
    ]
    return {
        "command": shlex.join(["seqlab", "evaluate", *(recipe.replace("/", "-") for recipe in recipes), "--ensemble"]),
        "date": max(_facts_of(run)["ended"] for run in runs)[:10],
        "expected": {"test.accuracy": list(band)},
        "splits": runs[0].section("data", "splits"),
        "members": members,
        "ensemble": result.ensemble,
        "equal_weights": result.equal_weights,
    }


def ladder_record(name: str, runs_dir: Path, note: str = "") -> Record:
    """The rungs of a ladder whose models are all trained. Raises RequestError for one that is missing."""
    rungs, machines, dates = [], [], []
    for step in steps_of(name):
        run = finished(step.loaded, runs_dir)
        if run is None:
            raise RequestError(
                f"{step.recipe} is not trained in {runs_dir}: seqlab ladder {name} --runs-dir {runs_dir}"
            )
        metadata = run.metadata()
        rungs.append({**rung_of(step, run, LADDERS[name].metric).as_json(), "changes": list(step.changes)})
        machines.append(_machine(metadata))
        dates.append(metadata["ended"][:10])
    return {"name": name, "date": max(dates), "machine": machines[-1], "note": note, "rungs": rungs}


def _translations(run: Run, sentences: Sequence[str]) -> dict[str, dict[str, str]]:
    """Each sentence by greedy search and with three beams."""
    loaded = load(run)
    searches: dict[str, dict[str, Any]] = {
        "greedy": {"beam_width": 1, "length_penalty": 0.0},
        "three beams": {"beam_width": 3},
    }
    written = {name: loaded.translate(sentences, **options) for name, options in searches.items()}
    return {text: {name: written[name][place] for name in searches} for place, text in enumerate(sentences)}


def comparable_config(dumped: Mapping[str, Any]) -> dict[str, Any]:
    """A resolved config as the present seqlab reads that of a run, without what belongs to a machine (where its data
    lie, how many threads there were, which a record says of its machine), without the width of pretrained vectors,
    which is what they have, and without options that mean nothing."""
    data, model = {**dumped["data"], "path": None}, dict(dumped["model"])
    if pretrained_name(dumped) is not None:
        model["embedding"] = {**model["embedding"], "width": None}
    experiment = config.load({**dumped, "data": data, "model": model}, trusted=False).experiment
    comparable = config.dump(experiment)
    comparable["runtime"]["threads"] = None
    for option in experiment.model.unused_options():
        comparable["model"].pop(option, None)
    return comparable


def pretrained_name(dumped: Mapping[str, Any]) -> str | None:
    """The pretrained vectors of a resolved config."""
    embedding = dumped["model"].get("embedding")
    return embedding.get("pretrained") if isinstance(embedding, Mapping) else None


def _facts_of(run: Run) -> dict[str, Any]:
    metadata = run.metadata()
    if metadata["status"] != "finished" or not run.result():
        raise RequestError(f"run {run.id} is {run.status()}: only a finished run is a result")
    return metadata


def _refuse_another_config(run: Run, metadata: Mapping[str, Any], experiment: config.Experiment) -> None:
    """A record stands for the recipe as it is shipped. What it should reach may have been corrected since."""
    found, wanted = comparable_config(metadata["config"]), comparable_config(config.dump(experiment))
    different = [key for key in wanted if key != "expected" and found[key] != wanted[key]]
    if different:
        raise RequestError(f"run {run.id} is not one of this recipe: {', '.join(different)} differ")


def _over_seeds(run: Run, others: Sequence[Run], figures: Sequence[str]) -> dict[str, Any]:
    """Mean and standard deviation (n - 1) of each figure over runs that differ in their seed alone."""
    first, seeds, results = _facts_of(run), [], []
    for each in (run, *others):
        metadata = _facts_of(each)
        seeds.append(metadata["config"]["runtime"]["seed"])
        results.append(each.result())
        if _seedless(metadata) != _seedless(first):
            raise RequestError(f"run {each.id} differs from run {run.id} in more than its seed")
    if len(set(seeds)) < len(seeds):
        raise RequestError(f"each seed counts once; the runs have the seeds {', '.join(map(str, seeds))}")
    values = {name: [result[name] for result in results] for name in figures}
    summary = {
        name: {"mean": statistics.fmean(each), "standard_deviation": statistics.stdev(each), "values": each}
        for name, each in values.items()
    }
    return {"seeds": seeds, "figures": summary}


def _seedless(metadata: Mapping[str, Any]) -> tuple[Any, ...]:
    settings = comparable_config(metadata["config"])
    del settings["runtime"]["seed"], settings["expected"]
    return settings, metadata["data"]["splits"]


def _machine(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What decides how fast it goes, and the last digits. Memory and processor are known of this machine alone."""
    versions = {name: metadata["versions"].get(name) for name in ("python", "seqlab", "tensorflow", "keras", "numpy")}
    here = metadata["host"].get("name") == platform.node()
    return {
        "cores": metadata["host"]["cores"],
        "processor": _processor() if here else None,
        "memory_gb": _memory_gb() if here else None,
        "platform": metadata["host"]["platform"],
        **versions,
        **{name: metadata["machine"][name] for name in ("device", "precision", "deterministic", "threads")},
    }


def _memory_gb() -> float | None:
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return None
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9, 1)


def _processor() -> str | None:
    """The processor's own name, where Linux tells it."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor() or None
    names = re.findall(r"^model name\s*:\s*(.+)$", told, re.MULTILINE)
    return names[0].strip() if names else platform.processor() or None


def _without_place(source: Mapping[str, Any]) -> dict[str, Any]:
    return {name: source[name] for name in ("name", "size", "sha256", "official")}


def _vectors(pretrained: Mapping[str, Any]) -> dict[str, Any]:
    """The lineage of pretrained vectors, without the place of their file."""
    return {
        side: {**lineage, "file": _without_place(lineage["file"])} if "file" in lineage else lineage
        for side, lineage in pretrained.items()
    }


def _masked(value: Any, places: Mapping[str, str]) -> Any:
    """The same with each place of a data file replaced by the file's name."""
    if isinstance(value, str):
        for place, name in places.items():
            value = value.replace(place, name)
        return value
    if isinstance(value, Mapping):
        return {key: _masked(item, places) for key, item in value.items()}
    return [_masked(item, places) for item in value] if isinstance(value, list) else value


def _refuse_paths(value: Any) -> None:
    for text in strings_in(value):
        if ABSOLUTE.search(text):
            raise RequestError(f"a record belongs to no machine, but this one holds a path: {text!r}")


def strings_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from strings_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings_in(item)


def results_page(
    records: Sequence[Record],
    variants: Sequence[Record] = (),
    ensembles: Sequence[Record] = (),
    ladders: Sequence[Record] = (),
) -> str:
    """`docs/results.md`: the figures, what each key of a config brings, and below the machines and the data."""
    machines = _numbered(_machine_line(record) for record in (*records, *ladders))
    data = _numbered(_data_lines(record) for record in records)
    rows = [row for record in records for row in _rows(record, machines, data)]
    head = ("recipe", "figure", "reached", "expected", "over seeds", "train s", "in all s", "MB", "date", "where", "of")
    page = [
        "# Results",
        "",
        "Generated by `python docs/make_results.py table` from the records in [results/](results/): one run of each",
        "recipe as it is shipped, with its own seed (1337), the checkpoint chosen on validation and the test split",
        "read once. *Over seeds*: mean ± standard deviation, with the number of seeds. *Train s*: seconds in the",
        "training loop; *in all s*: from the start of the run to its written result, with the import of TensorFlow,",
        "and with reading and encoding the data unless the cache held them. *MB*: peak memory of the process. *Where*",
        "and *of*: the machine and the data, listed below.",
        "",
        *_markdown(head, rows),
    ]
    for ladder in ladders:
        page += _ladder(ladder, machines)
    page += _on_the_same_split(records)
    for ensemble in ensembles:
        page += _ensemble(ensemble)
    page += _translators(records)
    for record in records:
        if changed := [each for each in variants if each["recipe"] == record["recipe"]]:
            page += ["", *_one_key_at_a_time(record, changed)]
    page += ["", "## Machines", "", *(f"{number}. {line}" for line, number in machines.items())]
    page += ["", "## Data", "", *(f"- **{_letter(number)}**: {lines}" for lines, number in data.items())]
    return "\n".join(page) + "\n"


def _rows(record: Record, machines: Mapping[str, int], data: Mapping[str, int]) -> Iterator[tuple[str, ...]]:
    result, seeds = record["result"], record["seeds"]
    for figure, (low, high) in record["expected"].items():
        over = seeds and seeds["figures"][figure]
        yield (
            f"`{record['recipe']}`",
            figure,
            f"{result[figure]:.4f}",
            f"{low:g} to {high:g}",
            f"{over['mean']:.4f} ± {over['standard_deviation']:.4f} ({len(seeds['seeds'])})" if over else "",
            f"{result['train.seconds']:,.0f}",
            f"{result['seconds']:,.0f}",
            f"{result['peak_memory_mb']:,.0f}",
            record["date"],
            str(machines[_machine_line(record)]),
            _letter(data[_data_lines(record)]),
        )


def _on_the_same_split(records: Sequence[Record]) -> Iterator[str]:
    """What order, masks, direction, depth and attention bring: the classifiers of each split, the worst first."""
    classifiers = [record for record in records if record["config"]["task"] == "classification"]
    by_split: dict[str, list[Record]] = {}
    for record in classifiers:
        by_split.setdefault(str(record["data"]["splits"]), []).append(record)
    for group in by_split.values():
        if len(group) < 3:
            continue
        ranked = sorted(group, key=lambda each: float(each["result"]["test.accuracy"]))
        rows = [
            (
                f"`{each['recipe']}`",
                _reading(each),
                f"{each['result']['test.accuracy']:.4f}",
                f"{each['parameters']:,}",
                f"{each['result']['train.seconds']:,.0f}",
            )
            for each in ranked
        ]
        yield from ("", f"## On the same split: `{group[0]['config']['data']['name']}`", "")
        yield from _markdown(("recipe", "reads", "test accuracy", "parameters", "train s"), rows)


def _reading(record: Record) -> str:
    """How a classifier reads a text, in a few words."""
    model, vectorizer = record["config"]["model"], record["config"]["vectorizer"]
    if vectorizer is None:
        return f"sentence encoder {model['source']}, {model['hidden']} units; whole texts"
    words = f"{record['vocabulary_size']:,} words"
    if "bag" in model["name"]:
        kinds = ("words", "words and pairs", "words, pairs and triples")[vectorizer["ngrams"] - 1]
        return f"a bag of {record['vocabulary_size']:,} {kinds}"
    length = vectorizer["max_length"]
    place = f"{words}, the first {length}" if length else words
    if model["name"] == "transformer":
        return f"attention, {model['layers']} block{'s' * (model['layers'] > 1)}; {place}"
    if model["name"] != "recurrent":
        return f"convolutions, {model['blocks']} blocks; {place}"
    parts = [
        {"simple_rnn": "simple RNN", "lstm": "LSTM", "gru": "GRU"}[model["cell"]],
        *(["both directions"] if model["bidirectional"] else []),
        *([f"{model['layers']} layers"] if model["layers"] > 1 else []),
        "padding skipped" if model["mask"] else "padding read",
        *(["one-hot"] if model["one_hot"] else []),
        *([f"{vectors}"] if (vectors := pretrained_name(record["config"])) else []),
    ]
    titles = ", titles" if record["config"]["data"].get("fields") == "title" else ""
    return f"{', '.join(parts)}; {place}{titles}"


def _ladder(record: Record, machines: Mapping[str, int]) -> Iterator[str]:
    """The table of a ladder, from the simplest model to the strongest."""
    yield from ("", f"## Ladder: `{record['name']}`", "")
    note = f" {record['note']}" if record["note"] else ""
    yield f"`seqlab ladder {record['name']}`, {record['date']}, machine {machines[_machine_line(record)]}.{note}"
    metric = record["rungs"][0]["metric"]
    method = "Wilson's score interval" if metric.endswith(".accuracy") else "bootstrap interval over the test items"
    yield f"*95 %*: {method}. *Expected*: where the metric is in the band of the recipe."
    yield ""
    head = ("recipe", metric, "95 %", "parameters", "train s", "examples/s", "expected")
    rows = []
    for rung in record["rungs"]:
        interval, rate = rung["interval"], rung["train.examples_per_second"]
        rows.append(
            (
                " ".join([f"`{rung['recipe']}`", *(f"`{change}`" for change in rung["changes"])]),
                f"{rung['value']:.4f}",
                f"{interval[0]:.4f} to {interval[1]:.4f}" if interval else "",
                f"{rung['parameters']:,}",
                f"{rung['train.seconds']:,.0f}",
                f"{rate:,.0f}" if rate else "",
                rung["note"],
            )
        )
    yield from _markdown(head, rows)


def _ensemble(record: Record) -> Iterator[str]:
    """The runs with their weights, their mean with equal weights, and the ensemble."""
    rows = [(f"`{each['recipe']}`", f"{each['weight']:.3f}", each["result"]) for each in record["members"]]
    rows += [("equal weights", "", record["equal_weights"]), ("**ensemble**", "", record["ensemble"])]
    columns = ("validation.loss", "validation.accuracy", "test.loss", "test.accuracy")
    yield from ("", f"## Ensemble: `{record['name']}`", "")
    yield "Class probabilities, averaged with the weights that minimize the log loss of validation:"
    yield from (f"`{record['command']}`.", "")
    head = ("", "weight", *(column.replace(".", " ") for column in columns))
    yield from _markdown(head, [(name, weight, *(f"{of[key]:.4f}" for key in columns)) for name, weight, of in rows])


def _translators(records: Sequence[Record]) -> Iterator[str]:
    """Figures with their signatures, and what becomes of the course's sentences."""
    translators = [record for record in records if record["config"]["task"] == "translation"]
    if not translators:
        return
    figures = ("bleu", "chrf", "bleu_tokenized", "bleu_standardized", "exact_match", "perplexity")
    figures += ("free_running_perplexity",)
    rows = []
    for record in translators:
        values = [record["result"].get(f"test.{name}") for name in figures]
        shown = ["" if value is None else f"{value:.3f}" if value < 1 else f"{value:.2f}" for value in values]
        rows.append((f"`{record['recipe']}`", *shown, f"{record['parameters']:,}"))
    yield from ("", "## Translation", "")
    yield "On the test split, with four beams and a length penalty of 0.6; perplexities are teacher-forced unless named"
    yield "free-running."
    for record in translators:
        own = record["config"]["model"].get("decoding", {})
        if differing := {name: value for name, value in own.items() if value != getattr(Decoding(), name)}:
            shown = ", ".join(f"`{name}: {value}`" for name, value in differing.items())
            yield f"`{record['recipe']}` writes with {shown} (`model.decoding`)."
    yield from ("Signatures:", "")
    signed: dict[str, list[str]] = {}
    for record in translators:
        said = (f"{name} `{record['result'][f'test.{name}_signature']}`" for name in ("bleu", "chrf"))
        signed.setdefault(", ".join(said), []).append(f"`{record['recipe']}`")
    for signatures, recipes in signed.items():
        yield f"- {', '.join(recipes)}: {signatures}"
    yield ""
    yield from _markdown(("recipe", *(name.replace("_", " ") for name in figures), "parameters"), rows)
    for called, sentences in SENTENCES.values():
        asked = [record for record in translators if record.get("translations", {}).keys() == set(sentences)]
        if asked:
            yield from ("", f"{called}, by greedy search and with three beams, whatever came out:", "")
            said = [
                (f"`{record['recipe']}`", search, *(record["translations"][text][search] for text in sentences))
                for record in asked
                for search in ("greedy", "three beams")
            ]
            yield from _markdown(("recipe", "search", *sentences), said)


def _one_key_at_a_time(record: Record, variants: Sequence[Record]) -> list[str]:
    """The recipe and its variants, the worst first."""
    rows = [
        (
            " ".join(f"`{change}`" for change in each.get("changes", [])) or "**as it is shipped**",
            *(f"{each['result'][f'{split}.accuracy']:.4f}" for split in ("validation", "test")),
            f"{each['parameters']:,}",
            f"{each['result']['train.seconds']:,.0f}",
        )
        for each in sorted([record, *variants], key=lambda each: float(each["result"]["test.accuracy"]))
    ]
    return [
        f"## One key at a time: `{record['recipe']}`",
        "",
        "The same articles, split and seed; one run each, so that differences of less than half a point mean little.",
        "",
        *_markdown(("changed", "validation accuracy", "test accuracy", "parameters", "train s"), rows),
    ]


def _machine_line(record: Record) -> str:
    machine = record["machine"]
    memory = f", {machine['memory_gb']:g} GB of memory" if machine["memory_gb"] else ""
    processor = f" ({machine['processor']})" if machine["processor"] else ""
    return (
        f"{counted(machine['cores'], 'core')}{processor}{memory}, {machine['device'].upper()}, {machine['precision']}; "
        f"{machine['platform']}; Python {machine['python']}, TensorFlow {machine['tensorflow']}, "
        f"Keras {machine['keras']}, seqlab {machine['seqlab']}"
    )


def _data_lines(record: Record) -> str:
    """One item of a list: the files with their checksums, and the sizes of the splits."""
    found, name = record["data"], record["config"]["data"]["name"]
    published = {True: "the published bytes", False: "differs from the published file", None: "no published checksum"}
    unit = "tokens" if record["config"]["task"] == "language_model" else "examples"
    sizes = ", ".join(f"{size[unit]:,} {split}" for split, size in found["sizes"].items())
    lines = [f"`{name}`: {sizes} {unit}"]
    lines += [
        f"{file['name']}, {file['size']:,} bytes, {published[file['official']]}, sha256 `{file['sha256']}`"
        for file in found["files"]
    ]
    return "\n  - ".join([*lines, *(note for note in found["notes"] if "sha256" not in note)])


def _numbered(lines: Iterator[str]) -> dict[str, int]:
    return {line: number for number, line in enumerate(dict.fromkeys(lines), start=1)}


def _letter(number: int) -> str:
    return chr(ord("A") + number - 1)


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


if __name__ == "__main__":
    main()
