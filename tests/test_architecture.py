"""The rules of docs/architecture.md: who may import whom, what must not be imported early, how long code may be."""

import subprocess
import sys
from pathlib import Path

import pytest
from source_rules import LONGEST_FILE, imported, long_functions, prints, questions_for_the_task

PACKAGE = Path(__file__).parents[1] / "seqlab"
GROUND = {
    "errors", "files", "interruption", "keras_names", "notebook_html", "progress", "registry", "runtime", "runs",
    "text_format",
}  # fmt: skip
ARROWS = {
    "api": {"cli", "comparison", "experiment", "config", "data"},
    "cli": {
        "experiment",
        "sweeps",
        "config",
        "comparison",
        "diagnosis",
        "exports",
        "reports",
        "decoding",
        "vectors",
        "explanations",
        "serving",
    },
    "serving": {"experiment", "tasks", "decoding", "explanations", "vectors"},
    "sweeps": {"experiment", "config", "reports", "tasks", "data", "metrics"},
    "exports": {"experiment", "reports", "tasks", "decoding", "data", "text", "vectors", "layers"},
    "experiment": {
        "config",
        "training",
        "tasks",
        "reports",
        "comparison",
        "data",
        "text",
        "decoding",
        "metrics",
        "vectors",
        "encoders",
        "explanations",
        "sinks",
        "hosts",
    },
    "comparison": {"tasks", "metrics"},
    "diagnosis": {"experiment", "config", "comparison", "data", "text", "metrics"},
    "config": {"tasks", "data", "metrics", "training", "encoders", "sinks", "hosts"},
    "reports": {"tasks", "metrics", "vectors", "comparison", "explanations"},
    "vectors": {"data"},
    "encoders": {"data"},
    "sinks": {"vectors"},
    "training": {"layers", "metrics", "sinks", "hosts"},
    "tasks": {"models", "data", "text", "decoding", "metrics", "training", "vectors", "encoders", "explanations"},
    "models": {"layers", "data", "text", "vectors", "encoders", "decoding"},
    "text": {"data"},
    "decoding": {"layers"},
    "data": set(),
    "hosts": set(),
    "metrics": set(),
    "explanations": set(),
    "layers": set(),
    "errors": set(),
    "interruption": {"errors"},
    "files": {"errors"},
    "notebook_html": {"text_format"},
    "progress": set(),
    "registry": {"files"},
    "keras_names": {"registry"},
    "runtime": {"errors"},
    "runs": {"errors", "files"},
    "text_format": set(),
}
"""Package → the packages that it may import, besides the ground floor (which depends on errors and files alone)."""

LONG_FUNCTIONS = {
    "cli/predict.py: evaluate": "each option is a parameter with its help",
    "cli/predict.py: predict": "each option is a parameter with its help",
    "cli/similar.py: similar": "each option is a parameter with its help",
    "cli/vectors.py: map_command": "each option is a parameter with its help",
    "cli/generate.py: generate": "each option is a parameter with its help",
    "tasks/language_modeling/batching.py: training_batches": "three closures over one array of ids",
    "training/train_step.py: compile_steps": "nested functions that become one TensorFlow graph",
}
"""Functions over 40 lines that do not give their reason themselves."""

TASK_WORDS = {
    "cli/translate.py: 'translation'": "a key of the JSON output",
    "data/datasets/synthetic_reviews.py: 'translation'": "a word of the generated reviews",
    "explanations/as_json.py: 'translation'": "a key of the JSON output",
    "explanations/results.py: 'translation'": "a kind of explanation, in the JSON output",
    "reports/card.py: 'translation'": "what the Hugging Face Hub calls such a model",
    "reports/html/translations.py: 'translation'": "what stands before a translation in a report",
    "serving/answers.py: 'translation'": "a key of the JSON output",
}
"""String literals that equal the name of a task and mean something else."""

TESTED_ELSEWHERE = {
    "exports/formats.py": "exports/test_format_names.py",
    "exports/graph_inputs.py": "exports/test_example_graph.py",
    "exports/onnx_attention.py": "exports/test_onnx_graph.py",
    "exports/onnx_dense.py": "exports/test_onnx_graph.py",
    "exports/onnx_layers.py": "exports/test_onnx_graph.py",
    "exports/onnx_nodes.py": "exports/test_onnx_graph.py",
    "exports/openvino_model.py": "exports/test_onnx_model.py",
    "exports/numpy_bag.py": "exports/scripts/test_bag.py",
    "exports/readme.py": "exports/test_export.py",
    "exports/saved_model.py": "exports/test_export.py",
    "exports/scripts/subword_vectorizer.py": "exports/scripts/test_vectorizer.py",
    "exports/vectorizer_files.py": "exports/scripts/test_vectorizer.py",
    "text/substitutions.py": "exports/scripts/test_vectorizer.py",
    "cli/plain_help.py": "cli/test_application.py",
    "cli/completion_index.py": "cli/test_completion.py",
    "cli/datasets.py": "cli/test_data.py",
    "cli/selftest.py": "experiment/test_resume_selftest.py",
    "config/experiment.py": "config/test_loading.py",
    "data/datasets/dataset.py": "data/splits/test_load_splits.py",
    "data/datasets/take.py": "data/splits/test_load_splits.py",
    "diagnosis/findings.py": "diagnosis/test_checks.py",
    "diagnosis/read_data.py": "diagnosis/test_checks.py",
    "experiment/catalogue.py": "cli/test_parts.py",
    "experiment/evaluate_again.py": "experiment/test_loaded_run.py",
    "config/pretraining.py": "experiment/test_init_from.py",
    "experiment/beginning.py": "experiment/test_init_from.py",
    "experiment/measure_cost.py": "experiment/test_plan_training.py",
    "training/device_shares.py": "test_devices.py",
    "training/shared_layers.py": "experiment/test_init_from.py",
    "runs/cgroups.py": "runs/test_machine_memory.py",
    "runs/run_reference.py": "experiment/test_init_from.py",
    "experiment/pretrained_sources.py": "experiment/test_pretrained.py",
    "experiment/resume.py": "test_resume.py",
    "experiment/run_session.py": "experiment/test_new_runs.py",
    "experiment/named_run.py": "tasks/test_run_encoder.py",
    "experiment/setup.py": "test_devices.py",
    "tasks/example_checks.py": "tasks/test_examples.py",
    "tasks/fitted_encoder.py": "models/classification/test_sentence_encoder.py",
    "experiment/input_texts.py": "experiment/test_loaded_run.py",
    "models/token_tables.py": "tasks/test_token_vectors.py",
    "vectors/array_vectors.py": "vectors/test_read_vectors.py",
    "vectors/binary_vectors.py": "vectors/test_read_vectors.py",
    "vectors/collected.py": "vectors/test_read_vectors.py",
    "tasks/trained.py": "experiment/test_load.py",
    "vectors/text_vectors.py": "vectors/test_read_vectors.py",
    "vectors/vector_source.py": "vectors/test_read_vectors.py",
    "layers/normalization.py": "layers/test_transformer.py",
    "layers/rnn/backward.py": "layers/rnn/test_recurrent.py",
    "layers/rnn/forward.py": "layers/rnn/test_recurrent.py",
    "models/classification/bag.py": "experiment/test_train.py",
    "models/classification/pooled_output.py": "models/classification/test_classifier.py",
    "models/classification/recurrent.py": "tasks/classification/test_task.py",
    "models/classification/separable_conv.py": "models/classification/test_classifier.py",
    "models/language_modeling/language_model.py": "tasks/language_modeling/test_task.py",
    "models/language_modeling/recurrent.py": "models/language_modeling/test_recurrent_network.py",
    "models/language_modeling/transformer.py": "models/language_modeling/test_transformer_network.py",
    "models/translation/recurrent_encoder_decoder.py": "models/translation/test_recurrent_network.py",
    "models/translation/transformer.py": "models/translation/test_transformer_network.py",
    "models/word_vectors/cbow.py": "models/word_vectors/test_word_vector_network.py",
    "models/word_vectors/document_vectors.py": "models/word_vectors/test_document_vector_network.py",
    "models/word_vectors/skip_gram.py": "models/word_vectors/test_word_vector_network.py",
    "runs/references.py": "runs/test_runs_directory.py",
    "serving/answers.py": "serving/test_routes.py",
    "runs/summaries.py": "runs/test_runs_directory.py",
    "tasks/classification/predictor.py": "tasks/classification/test_task.py",
    "tasks/regression/predictor.py": "tasks/regression/test_task.py",
    "tasks/language_modeling/generate.py": "tasks/language_modeling/test_predictor.py",
    "tasks/word_vectors/evaluate.py": "tasks/word_vectors/test_task.py",
    "text/stop_words.py": "text/test_tokenize.py",
    "text/vectorizer.py": "text/test_words.py",
    "training/callbacks.py": "training/test_loop.py",
    "training/options.py": "config/test_loading.py",
}
"""Modules without a test file at the mirrored path → the file that tests them. To be shortened."""

ONLY_TYPES = {
    "data/batching/batches.py",
    "exports/graphs.py",
    "exports/written.py",
    "models/model.py",
    "serving/limits.py",
    "training/loss.py",
}
"""Modules of protocols and plain records: there is nothing to test."""

SOURCES = {
    path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
    if "recipes" not in path.parts
}


def package_of(name):
    return name.split("/", maxsplit=1)[0].removesuffix(".py")


def packages_imported(source):
    names = {name.split(".")[1] for name in imported(source) if name.startswith("seqlab.")}
    return {name for name in names if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").exists()}


def test_packages_import_only_what_is_below_them():
    wrong = {}
    for name, source in SOURCES.items():
        if name not in {"__init__.py", "__main__.py"}:
            package = package_of(name)
            allowed = ARROWS[package] | {package} | (GROUND if package not in GROUND else set())
            wrong[name] = packages_imported(source) - allowed
    assert {name: packages for name, packages in wrong.items() if packages} == {}


def test_only_the_ngrams_package_imports_its_modules():
    """Its public interface is what `seqlab.text.ngrams` exports: `count`, `fit` and `Encoder`."""
    outside = {name: source for name, source in SOURCES.items() if "/ngrams/" not in name}
    assert [n for n, s in outside.items() if any(i.startswith("seqlab.text.ngrams._") for i in imported(s))] == []


def test_only_exports_import_the_tensorflow_encoders():
    """They import the vectorizers; an import back would be a circle."""
    importing = {n for n, source in SOURCES.items() if "seqlab.text.tensorflow_encoders" in imported(source)}
    assert {package_of(name) for name in importing} == {"exports"}


def may_import_tensorflow(name):
    return package_of(name) in {"layers", "training", "decoding"} or name.endswith("_network.py")


def test_only_layers_networks_training_and_decoding_import_tensorflow_at_the_top():
    heavy = [
        name
        for name, source in SOURCES.items()
        if not may_import_tensorflow(name)
        and {module.split(".")[0] for module in imported(source, only_top=True)} & {"tensorflow", "keras"}
    ]
    assert heavy == []


@pytest.mark.process
def test_a_config_is_read_with_tensorflow_and_keras_blocked():
    code = (
        "import sys; sys.modules['tensorflow'] = sys.modules['keras'] = None\n"
        "import seqlab, seqlab.config, seqlab.experiment, seqlab.cli\n"
        "print(seqlab.config.load('quickstart').experiment.model.name)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("bag", "")


def test_only_the_command_line_prints():
    assert {
        name: prints(source) for name, source in SOURCES.items() if package_of(name) != "cli" and prints(source)
    } == {}


def test_no_file_is_too_long():
    lengths = {name: len(source.splitlines()) for name, source in SOURCES.items()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_too_long_without_a_reason():
    found = {f"{name}: {f}": length for name, source in SOURCES.items() for f, length in long_functions(source)}
    assert {name: length for name, length in found.items() if name not in LONG_FUNCTIONS} == {}
    assert set(LONG_FUNCTIONS) <= set(found), "these are short by now"


def test_nothing_outside_tasks_asks_which_task_it_is():
    found = {
        f"{name}: {code}": line
        for name, source in SOURCES.items()
        if package_of(name) != "tasks"
        for line, code in questions_for_the_task(source)
    }
    assert {name: line for name, line in found.items() if name not in TASK_WORDS} == {}
    assert set(TASK_WORDS) <= set(found), "these are gone by now"


def test_tests_mirror_the_package():
    tests = Path(__file__).parent
    exempt = {*TESTED_ELSEWHERE, *ONLY_TYPES}
    modules = [name for name in SOURCES if not Path(name).name.startswith("__")]
    missing = {name for name in modules if not (tests / _mirrored(name)).is_file()}
    assert sorted(missing - exempt) == []
    assert sorted(exempt - missing) == [], "these have a test of their own by now, or are gone"
    assert [path for path in TESTED_ELSEWHERE.values() if not (tests / path).is_file()] == []


def _mirrored(module):
    """`text/ngrams/_counting.py` → `text/ngrams/test_counting.py`."""
    path = Path(module)
    return path.with_name(f"test_{path.name.lstrip('_')}")
