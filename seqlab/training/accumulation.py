"""The gradient of a batch that is computed in parts, one after another (gradient accumulation).

The activations of one part are in memory at a time; the sum of the gradients so far takes as much as the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from seqlab.training.device_shares import PART, PARTS
from seqlab.training.optimizers.row_updates import Gradient, is_updated_by_rows, unique_rows

if TYPE_CHECKING:
    from seqlab.training.loss import Sums

Shares = Sequence[Mapping[str, tf.Tensor]]
"""A batch, or a part of one, by device."""
Sum = tuple[tf.Tensor, ...]
"""A sum of gradients: one dense tensor, or the numbers of rows (rows,) int64 and their sums (rows, units)."""


@dataclass(frozen=True)
class GradientSums:
    """Weighted sums of the gradients of `variables`, as values that a loop carries.

    `by_rows`: for each variable whether only the rows are kept that have a gradient.
    """

    variables: Sequence[tf.Variable]
    by_rows: Sequence[bool]

    @classmethod
    def suited_to(
        cls, optimizer: keras.optimizers.Optimizer, variables: Sequence[tf.Variable], *, by_rows: bool
    ) -> GradientSums:
        """Sums of what `gradients_for` gives with the same arguments."""
        return cls(variables, [by_rows and is_updated_by_rows(optimizer, variable) for variable in variables])

    @property
    def zeros(self) -> list[Sum]:
        return [
            (tf.zeros((0,), tf.int64), tf.zeros((0, *variable.shape[1:]), variable.dtype))
            if by_rows
            else (tf.zeros(variable.shape, variable.dtype),)
            for variable, by_rows in zip(self.variables, self.by_rows, strict=True)
        ]

    @property
    def shapes(self) -> list[tuple[tf.TensorShape, ...]]:
        """The shapes that hold for every sum."""
        return [
            (tf.TensorShape((None,)), tf.TensorShape((None, *variable.shape[1:])))
            if by_rows
            else (tf.TensorShape(variable.shape),)
            for variable, by_rows in zip(self.variables, self.by_rows, strict=True)
        ]

    def add(self, sums: Sequence[Sum], gradients: Sequence[Gradient], weight: tf.Tensor) -> list[Sum]:
        return [
            _with_rows(total, gradient, weight, variable.shape[0]) if by_rows else (total[0] + weight * gradient,)
            for total, gradient, variable, by_rows in zip(sums, gradients, self.variables, self.by_rows, strict=True)
        ]

    def means(self, sums: Sequence[Sum], weight: tf.Tensor) -> list[Gradient]:
        """The sums divided by the sum of all weights, as `gradients_for` gives gradients."""
        return [
            tf.IndexedSlices(total[1] / weight, total[0], tf.constant(tuple(variable.shape), tf.int64))
            if by_rows
            else total[0] / weight
            for total, variable, by_rows in zip(sums, self.variables, self.by_rows, strict=True)
        ]


def _with_rows(total: Sum, gradient: Gradient, weight: tf.Tensor, rows: int) -> Sum:
    """The sum with the rows of another gradient of a table with so many `rows`."""
    if not isinstance(gradient, tf.IndexedSlices):  # the logits share the table: every row has a gradient
        gradient = tf.IndexedSlices(gradient, tf.range(rows, dtype=tf.int64))
    ids, values = total
    both = tf.IndexedSlices(
        tf.concat([values, weight * gradient.values], axis=0),
        tf.concat([ids, tf.cast(gradient.indices, tf.int64)], axis=0),
    )
    unique = unique_rows(both, rows)
    return unique.indices, unique.values


def added_to(totals: Sums, sums: Sums) -> Sums:
    """Totals in float64 and the sums of one more step, or part of one."""
    return {
        name: (total + tf.cast(sums[name][0], tf.float64), count + tf.cast(sums[name][1], tf.float64))
        for name, (total, count) in totals.items()
    }


def sum_of_parts(
    gradients_of: Callable[[Shares], tuple[list[Gradient], Sums]],
    batches: tf.data.Iterator,
    into: GradientSums,
    names: Iterable[str],
) -> tuple[list[Gradient], Sums]:
    """The gradient of the mean loss of the next batch, and its sums of the metrics, float64.

    `gradients_of`: part → the gradient of the mean loss of that part, and its sums. Parts differ in the number of their
    tokens, so each mean is weighted with its count. Adding up the gradients of sums instead would overflow where the
    loss is scaled.
    """

    def add_part(_: tf.Tensor, total: list[Sum], sums: Sums) -> tuple[tf.Tensor, list[Sum], Sums]:
        shares, number, parts = batches.get_next()
        of_part, sums_of_part = gradients_of([{**share, PART: number, PARTS: parts} for share in shares])
        total = into.add(total, of_part, sums_of_part["loss"][1])
        return parts - number - 1, total, added_to(sums, sums_of_part)

    nothing: Any = {name: (tf.zeros((), tf.float64), tf.zeros((), tf.float64)) for name in names}
    scalars = tf.nest.map_structure(lambda _: tf.TensorShape(()), nothing)
    _, total, sums = tf.while_loop(
        lambda left, *_: left > 0,
        add_part,
        (tf.constant(1), into.zeros, nothing),
        shape_invariants=(tf.TensorShape(()), into.shapes, scalars),
        parallel_iterations=1,
    )
    return into.means(total, tf.cast(sums["loss"][1], tf.float32)), sums
