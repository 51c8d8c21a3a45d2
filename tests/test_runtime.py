"""What is set in TensorFlow before its first operation, on machines with GPUs that are simulated."""

import json
import os
from types import SimpleNamespace

import keras
import pytest
import yaml
from quick import Heard

from seqlab import experiment, runtime
from seqlab.errors import RequestError
from seqlab.reports.summary import report_device
from seqlab.runtime import Runtime


class Machine:
    """The part of `tf.config` that the module calls, for a CPU and some GPUs; strict once it is `initialized`."""

    def __init__(self, gpus, *, initialized=False):
        self.gpus = [SimpleNamespace(name=f"GPU:{number}") for number in range(gpus)]
        self.visible, self.grows, self.initialized, self.tf32, self.threads = list(self.gpus), [], initialized, None, 0
        self.config = self
        self.threading = SimpleNamespace(
            get_intra_op_parallelism_threads=lambda: self.threads,
            set_intra_op_parallelism_threads=self._set_threads,
            set_inter_op_parallelism_threads=self._set_threads,
        )
        self.experimental = SimpleNamespace(
            set_memory_growth=self._set_growth, enable_tensor_float_32_execution=lambda on: setattr(self, "tf32", on)
        )

    def _set_threads(self, threads):
        self._change()
        self.threads = threads

    def _set_growth(self, gpu, _):
        if gpu not in self.grows:
            self._change()
            self.grows.append(gpu)

    def _change(self):
        if self.initialized:
            raise RuntimeError("cannot be modified after being initialized")

    def list_physical_devices(self, kind):
        return self.gpus if kind == "GPU" else [SimpleNamespace(name="CPU:0")]

    def list_logical_devices(self, kind):
        self.initialized = True
        return self.visible if kind == "GPU" else [SimpleNamespace(name="CPU:0")]

    def get_visible_devices(self, kind):
        assert kind == "GPU"
        return list(self.visible)

    def set_visible_devices(self, devices, kind):
        assert kind == "GPU"
        if devices != self.visible:
            self._change()
            self.visible = list(devices)


@pytest.fixture
def machine(monkeypatch):
    """A function that puts a machine in the place of TensorFlow."""

    def put(gpus, **options):
        made = Machine(gpus, **options)
        monkeypatch.setattr(runtime, "tensorflow", lambda: made)
        monkeypatch.setattr(runtime, "_set_determinism", lambda tf, exact: None)
        return made

    return put


def prepared(**options):
    return runtime.prepare(seed=1, **options)


def test_a_cpu_that_is_asked_for_hides_the_gpus(machine):
    made = machine(2)
    assert prepared(device="cpu") == Runtime("cpu", ("CPU:0",), "float32", True, None)
    assert made.visible == []


def test_it_is_an_error_where_a_gpu_is_in_use(machine):
    made = machine(1, initialized=True)
    with pytest.raises(RequestError, match=r"runtime.device=cpu cannot be set.*start a new process"):
        prepared(device="cpu")
    assert made.visible == made.gpus


@pytest.mark.parametrize(("devices", "names"), [(1, ("GPU:0",)), (2, ("GPU:0", "GPU:1"))])
def test_no_more_gpus_are_claimed_than_are_used(machine, devices, names):
    made = machine(3)
    assert prepared(devices=devices).devices == names
    assert tuple(each.name for each in made.visible) == names


def test_more_gpus_than_were_claimed_need_a_new_process(machine):
    machine(3)
    prepared(devices=1)
    assert prepared(devices=1).devices == ("GPU:0",)
    with pytest.raises(RequestError, match=r"runtime.devices=2 cannot be set.*start a new process"):
        prepared(devices=2)
    with pytest.raises(RequestError, match=r"runtime.devices is 4, but this machine has 3"):
        prepared(devices=4)


@pytest.mark.parametrize(
    ("options", "tf32"),
    [
        ({}, True),
        ({"deterministic": True}, False),
        ({"tensor_float_32": False}, False),
        ({"deterministic": True, "tensor_float_32": True}, True),
    ],
)
def test_products_are_rounded_only_where_nothing_promises_otherwise(machine, options, tf32):
    made = machine(1)
    prepared(**options)
    assert made.tf32 is tf32


def test_on_a_cpu_tf32_is_left_as_it_is(machine):
    made = machine(0)
    prepared(tensor_float_32=True)
    assert made.tf32 is None


def test_a_loaded_model_takes_what_there_is(machine):
    flexible = ("device", "devices", "threads")
    machine(0, initialized=True)
    assert prepared(device="gpu", devices=4, threads=3, flexible=flexible).device == "cpu"
    machine(1, initialized=True)
    assert prepared(device="cpu", flexible=flexible).device == "gpu"
    with pytest.raises(RequestError, match="TensorFlow finds no GPU"):
        machine(0)
        prepared(device="gpu")


def test_memory_grows_also_where_tensorflow_was_imported_first():
    made = Machine(2)
    runtime._configure(made)
    assert made.grows == made.gpus
    made.initialized = True
    runtime._configure(made)


def test_after_the_first_use_it_is_too_late(monkeypatch):
    with pytest.raises(RequestError, match="has allocated all memory of the GPU: restart, and call seqlab first"):
        runtime._configure(Machine(1, initialized=True))
    monkeypatch.setenv("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    runtime._configure(Machine(1, initialized=True))


def test_another_backend_is_refused_also_where_keras_was_imported_first(monkeypatch):
    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    with pytest.raises(RequestError, match="the Keras backend is 'jax'"):
        runtime.tensorflow()


def test_sums_of_cublas_are_ordered(monkeypatch):
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    runtime.tensorflow()
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


def as_of_two_gpus(run):
    """As if trained on a machine with two GPUs that its config asks for."""
    config = yaml.safe_load(run.config_file.read_text(encoding="utf-8"))
    config["runtime"] = {**config.get("runtime", {}), "device": "gpu", "devices": 2}
    run.config_file.write_text(yaml.safe_dump(config), encoding="utf-8")
    metadata = json.loads(run.metadata_file.read_text(encoding="utf-8"))
    metadata["machine"] |= {"device": "gpu", "devices": ["GPU:0", "GPU:1"]}
    run.metadata_file.write_text(json.dumps(metadata | {"files": None}), encoding="utf-8")


def test_a_run_of_another_machine_is_used_on_this_one(quick_run):
    expected, metrics = experiment.load(quick_run).predict(["good"]), experiment.load(quick_run).evaluate()
    as_of_two_gpus(quick_run)
    heard = Heard()
    loaded = experiment.load(quick_run, progress=heard)
    assert heard.lines == ["trained on a GPU, runs on the CPU: results agree up to rounding"]
    assert loaded.predict(["good"]) == expected
    assert loaded.evaluate() == metrics


def test_unless_a_command_names_a_device(quick_run):
    as_of_two_gpus(quick_run)
    with pytest.raises(RequestError, match=r"runtime.device is gpu, but TensorFlow finds no GPU"):
        experiment.load(quick_run, overrides=["runtime.device=gpu"])


def test_nothing_is_said_of_a_run_of_this_machine(quick_run):
    heard = Heard()
    experiment.load(quick_run, progress=heard)
    assert heard.lines == []


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ({"device": "cpu", "devices": ["CPU:0"]}, []),
        ({"device": "gpu", "devices": ["GPU:0"]}, ["trained on a GPU, runs on the CPU: resumed exactly in state, not"]),
        (
            {"device": "cpu", "devices": ["CPU:0", "CPU:1"]},
            ["devices were 2, are 1: resumed exactly in state, not"],
        ),
        (None, []),
    ],
)
def test_a_resume_says_whether_it_is_bit_for_bit(before, said):
    heard = Heard()
    report_device(Runtime("cpu", ("CPU:0",), "float32", True, None), before, heard)
    assert [line[: len(start)] for line, start in zip(heard.lines, said, strict=True)] == said


def test_the_peak_of_the_memory_is_that_of_the_gpu_that_used_most(machine):
    made = machine(2)
    made.experimental.get_memory_info = lambda name: {"peak": {"GPU:0": 3, "GPU:1": 5}[name] * 1024**2}
    assert runtime.gpu_memory_peak_mb() == 5
    machine(0)
    assert runtime.gpu_memory_peak_mb() is None
