"""Where TensorFlow would place the operations of a graph on a machine with a GPU.

The wheels of TensorFlow for Linux register their GPU kernels on a machine without one too: for each kernel the types
that it takes, and which of its arguments lie in the memory of the host. That suffices to tell which operations would
run on the host, and which tensors a loop would copy there at every step, waiting for the GPU.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

import tensorflow as tf
from tensorflow.python.framework import kernels
from tensorflow.python.framework.function_def_to_graph import function_def_to_graph

ON_DEVICE = ("GPU", "DEFAULT")
"""The device types of kernels for a GPU; those of the second are for every device that has no other."""
LOOPS = ("While", "StatelessWhile")
BRANCHES = ("If", "StatelessIf", "Case", "StatelessCase")
ARGUMENTS = ("Placeholder", "_Arg")
HANDLES = (tf.resource, tf.variant)
CONDITION = "reads the condition of the loop from the device"
ON_HOST_BY_DESIGN = {
    "NoOp": "nothing runs",
    "IteratorGetNext": "the pipeline gathers batches on the host, ahead of the steps, and their copies do not wait",
    "Assert": "a check that TensorFlow adds; its message is text",
}
"""Operation → why it may run on the host within a loop."""


class Visit(NamedTuple):
    """Something that would happen on the host."""

    operation: str
    type: str
    why: str
    loops: int
    """How many loops it is in."""


class Kernel(NamedTuple):
    types: dict[str, frozenset[int]]
    """Attribute → the types that it may have"""
    host_arguments: frozenset[str]


def visits(function: tf.types.experimental.ConcreteFunction) -> list[Visit]:
    """All visits of the host of a traced function: its loops, branches and the functions that it calls included.

    What XLA compiles is left out: it runs on the device or not at all.
    """
    return list(_of_graph(function.graph, _functions(function.graph.as_graph_def().library), 0))


@functools.cache
def gpu_kernels(operation: str) -> tuple[Kernel, ...]:
    found = [each for each in kernels.get_registered_kernels_for_op(operation).kernel if each.device_type in ON_DEVICE]
    found.sort(key=lambda kernel: ON_DEVICE.index(kernel.device_type))
    return tuple(
        Kernel(
            {each.name: frozenset(each.allowed_values.list.type) for each in kernel.constraint},
            frozenset(kernel.host_memory_arg),
        )
        for kernel in found
    )


def kernel_for(operation: tf.Operation) -> Kernel | None:
    """The kernel that a GPU would run, if there is one for these types."""
    for kernel in gpu_kernels(operation.type):
        if all(_types(operation, name) <= allowed for name, allowed in kernel.types.items()):
            return kernel
    return None


def _types(operation: tf.Operation, attribute: str) -> set[int]:
    value = operation.node_def.attr[attribute]
    return set(value.list.type) or {value.type}


def _of_graph(graph, functions, loops: int) -> Iterator[Visit]:
    """Of a graph whose operations are on the GPU unless they name another device."""
    on_host = {}  # tensor → whether it is in the memory of the host
    for operation in graph.get_operations():
        names = called(operation)
        wants, gives, missing = _places(operation, calls=bool(names))
        if missing:
            yield Visit(operation.name, operation.type, f"no GPU kernel{_written(operation)}", loops)
        on_host |= {tensor.name: host for tensor, host in zip(operation.outputs, gives, strict=True)}
        for tensor, host in zip(operation.inputs, wants, strict=True):
            if host and not on_host.get(tensor.name, True) and tensor.dtype not in HANDLES:
                why = f"reads {tensor.dtype.name} {tensor.op.type} {tensor.name} from the device"
                yield Visit(operation.name, operation.type, why, loops)
        for attribute, name in names:
            inner = functions(name)
            if inner is not None and "CPU" not in operation.device:
                yield from _of_graph(inner, functions, loops + (operation.type in LOOPS))
                if operation.type in LOOPS and attribute == "cond":
                    yield from _of_condition(operation, inner, loops + 1)
    for tensor in graph.outputs:
        if at_boundary(tensor) and not on_host.get(tensor.name, True):
            yield Visit(tensor.op.name, tensor.op.type, f"returns {tensor.dtype.name} from the device", loops)


def _places(operation: tf.Operation, *, calls: bool) -> tuple[list[bool], list[bool], bool]:
    """Of each input whether it must be on the host, of each output whether it is, and whether a kernel is missing."""
    if "CPU" in operation.device:
        return [True] * len(operation.inputs), [True] * len(operation.outputs), False
    if calls or operation.type in ARGUMENTS:
        wants = [at_boundary(tensor) for tensor in operation.inputs]
        if operation.type in BRANCHES:
            wants[0] = True
        return wants, [at_boundary(tensor) for tensor in operation.outputs], False
    kernel = None if operation.type in ON_HOST_BY_DESIGN else kernel_for(operation)
    if kernel is None:
        missing = operation.type not in ON_HOST_BY_DESIGN and not _of_text_or_handles(operation)
        return [missing] * len(operation.inputs), [True] * len(operation.outputs), missing
    definition = operation.op_def
    wants = list(_host_arguments(operation, definition.input_arg, kernel))
    return wants, list(_host_arguments(operation, definition.output_arg, kernel)), False


def _of_condition(loop: tf.Operation, condition, loops: int) -> Iterator[Visit]:
    """A loop reads its condition at every step, on the host."""
    (result,) = condition.outputs
    decided = result
    while decided.op.type in ("Identity", "Squeeze"):
        decided = decided.op.inputs[0]
    kernel = kernel_for(decided.op)
    if decided.op.type not in ARGUMENTS and (kernel is None or "z" in kernel.host_arguments):
        return
    yield Visit(loop.name, loop.type, CONDITION, loops)


def at_boundary(tensor: tf.Tensor) -> bool:
    """Whether arguments and results of functions, and what a loop passes from step to step, are on the host."""
    return tensor.dtype in (tf.int32, tf.string, tf.resource)


def called(operation: tf.Operation) -> list[tuple[str, str]]:
    """Attribute and name of the functions that an operation calls."""
    attributes = operation.node_def.attr.items()
    found = [(key, value.func.name) for key, value in attributes if value.HasField("func")]
    return found + [(key, each.name) for key, value in attributes for each in value.list.func]


def _functions(library):
    """Name of a function → its graph; None for one that XLA compiles."""
    definitions = {each.signature.name: each for each in library.function}
    of_library = tf.Graph()
    with of_library.as_default():
        tf.import_graph_def(tf.compat.v1.GraphDef(library=library), name="")

    @functools.cache
    def function(name: str):
        definition = definitions[name]
        if definition.attr["_XlaMustCompile"].b:
            return None
        with of_library.as_default():
            return function_def_to_graph(definition, include_library_functions=True)

    return function


def _of_text_or_handles(operation: tf.Operation) -> bool:
    """Text and handles of variables are on the host whatever the device."""
    tensors = [*operation.inputs, *operation.outputs]
    return all(tensor.dtype in HANDLES or tensor.dtype == tf.string for tensor in tensors)


def _host_arguments(operation: tf.Operation, arguments, kernel: Kernel) -> Iterator[bool]:
    for argument in arguments:
        count = 1
        if argument.number_attr:
            count = operation.node_def.attr[argument.number_attr].i
        elif argument.type_list_attr:
            count = len(operation.node_def.attr[argument.type_list_attr].list.type)
        yield from [argument.name in kernel.host_arguments] * count


def _written(operation: tf.Operation) -> str:
    types = [tf.dtypes.as_dtype(tensor.dtype).name for tensor in [*operation.inputs, *operation.outputs]]
    return f" for {', '.join(types)}" if types else ""
