"""A graph of ONNX operators as it is written: nodes, weights and the names that connect them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from seqlab.errors import RequestError

OPSET, IR_VERSION = 18, 9
"""The oldest that have all operators used here: every onnxruntime since 1.15 (2023) reads them."""

LARGEST = 2**31 - 2**20
"""Bytes of weights: a file of ONNX is one message of protocol buffers, which has less than 2 GiB."""

Value = str
"""The name of a tensor of the graph."""


class OnnxNodes:
    """Nodes in the order in which they run. A method adds one and returns the name of its output."""

    row_lengths: Value | None = None
    """How many steps of each row a model without a mask reads, (texts,) int64; None: all of them."""

    def __init__(self, *, one_text: bool = False) -> None:
        self.one_text = one_text  # of which no step is padding
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self._known: dict[tuple[str, tuple[int, ...], bytes], Value] = {}

    def add(self, operator: str, *inputs: Value, outputs: int = 1, **attributes: Any) -> Any:
        """The output of an operator; of several `outputs` a tuple. The name "" is an input that is left out."""
        from onnx import helper

        names = [f"{operator.lower()}_{len(self.nodes)}{f'_{i}' if outputs > 1 else ''}" for i in range(outputs)]
        self.nodes.append(helper.make_node(operator, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else tuple(names)

    def constant(self, array: Any) -> Value:
        """A tensor that is part of the model; equal ones are stored once."""
        from onnx import numpy_helper

        array = np.ascontiguousarray(array)
        key = (array.dtype.str, array.shape, array.tobytes() if array.dtype != object else repr(array).encode())
        if key not in self._known:
            self._known[key] = f"constant_{len(self._known)}"
            self.weights.append(numpy_helper.from_array(array, self._known[key]))
        return self._known[key]

    def numbers(self, *values: int) -> Value:
        """Sizes, axes and limits of other operators, (values,) int64."""
        return self.constant(np.array(values, np.int64))

    def cast(self, value: Value, dtype: str) -> Value:
        """`dtype` as NumPy names it."""
        from onnx import helper

        return self.add("Cast", value, to=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def size(self, value: Value, axis: int) -> Value:
        """The size of a tensor along an axis, (1,) int64."""
        return self.add("Shape", value, start=axis, end=axis + 1)

    def first(self, value: Value, count: Value, axis: int) -> Value:
        """The first `count` (1,) int64 along an axis."""
        return self.add("Slice", value, self.numbers(0), count, self.numbers(axis))

    def unsqueeze(self, value: Value, *axes: int) -> Value:
        """With axes of size 1 at these places."""
        return self.add("Unsqueeze", value, self.numbers(*axes))

    def filled(self, number: Any, *sizes: Value) -> Value:
        """A tensor of one NumPy number; each size is (1,) int64."""
        from onnx import numpy_helper

        shape = sizes[0] if len(sizes) == 1 else self.add("Concat", *sizes, axis=0)
        return self.add("ConstantOfShape", shape, value=numpy_helper.from_array(np.array([number])))

    def positions(self, value: Value, axis: int) -> Value:
        """0, 1, … of an axis, (size,) int64."""
        size = self.add("Squeeze", self.size(value, axis), self.numbers(0))
        return self.add("Range", self.constant(np.int64(0)), size, self.constant(np.int64(1)))

    def model(self, inputs: Sequence[Any], outputs: Sequence[Any], name: str) -> Any:
        """The whole as a checked `onnx.ModelProto`. Inputs and outputs: of `helper.make_tensor_value_info`.

        Raises RequestError for a model that is too large.
        """
        from onnx import checker, helper

        if (size := sum(weight.ByteSize() for weight in self.weights)) > LARGEST:
            raise RequestError(
                f"a file of ONNX has at most 2 GiB, and the weights of this model {size / 2**30:.1f}: use `--format "
                "saved_model`"
            )
        graph = helper.make_graph(self.nodes, name, list(inputs), list(outputs), self.weights)
        opset = helper.make_opsetid("", OPSET)
        model = helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name="seqlab")
        checker.check_model(model, full_check=True)
        return model
