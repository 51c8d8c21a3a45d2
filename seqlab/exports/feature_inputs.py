"""Columns of categories and numbers as inputs of a TensorFlow graph: what `FittedFeatures` does, from raw cells."""

from __future__ import annotations

import keyword
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.data.features import FIRST_ID, LARGEST_NORMALIZED, MISSING_ID, UNKNOWN_ID, FittedFeatures, NumberColumn
from seqlab.reports.run_table import in_markdown
from seqlab.text.tensorflow_composition import composed
from seqlab.text.tensorflow_encoders import lookup_table
from seqlab.text_format import INVISIBLE, visible_name

if TYPE_CHECKING:
    import tensorflow as tf

OF_TEXT = ("text", "ids")
"""Names of the input of a text, which no column has."""


@dataclass(frozen=True)
class FeatureInputs:
    """An input for each column: strings (rows,) of categories, float64 (rows,) of numbers."""

    fitted: FittedFeatures
    names: Mapping[str, str]
    """Column → the name of its input."""
    encode: Callable[[Mapping[str, tf.Tensor]], dict[str, tf.Tensor]]
    """Inputs by name → `categories` (rows, columns) int32 and `numbers` (rows, width) float32, as far as there are."""
    tables: Sequence[Any]
    """What has to be saved with the graph."""

    @property
    def specifications(self) -> list[tf.TensorSpec]:
        import tensorflow as tf

        categories = [tf.TensorSpec([None], tf.string, name=self.names[each.column]) for each in self.fitted.categories]
        return [
            *categories,
            *(tf.TensorSpec([None], tf.float64, name=self.names[each.column]) for each in self.fitted.numbers),
        ]

    @property
    def lines(self) -> list[str]:
        """What the inputs take, a line of Markdown each."""
        categories = [(each.column, "strings; an empty one is missing") for each in self.fitted.categories]
        numbers = [
            (each.column, "float64; NaN is missing, an infinity an error of the call") for each in self.fitted.numbers
        ]
        return [
            f"`{self.names[column]}` (texts,): the column {in_markdown(visible_name(column))}, {takes}"
            for column, takes in (*categories, *numbers)
        ]

    @property
    def example(self) -> list[str]:
        """Arguments for a row, in Python."""
        categories = (
            f"{self.names[each.column]}=tf.constant([{(*each.values, '')[0]!a}])" for each in self.fitted.categories
        )
        numbers = (
            f"{self.names[each.column]}=tf.constant([{each.mean:.3g}], tf.float64)" for each in self.fitted.numbers
        )
        return [*categories, *numbers]

    def tensors(self, rows: Sequence[Sequence[str]]) -> dict[str, tf.Tensor]:
        """The inputs for rows of cells as records hold them."""
        import tensorflow as tf

        cells = list(zip(*rows, strict=True)) or [()] * len(self.names)
        split = len(self.fitted.categories)
        found: dict[str, tf.Tensor] = {}
        for name, of_column in zip(self.names.values(), cells, strict=True):
            if len(found) < split:
                found[name] = tf.constant(
                    np.array([cell.encode("utf-8", "replace") for cell in of_column], object), tf.string
                )
            else:
                found[name] = tf.constant([float(cell or "nan") for cell in of_column], tf.float64)
        return found


def feature_inputs(fitted: FittedFeatures) -> FeatureInputs:
    """The inputs for the columns of a run."""
    import tensorflow as tf

    names = input_names(fitted.columns.names)
    tables = [
        lookup_table({"": MISSING_ID, **{value: i for i, value in enumerate(each.values, FIRST_ID)}}, UNKNOWN_ID)
        for each in fitted.categories
    ]

    def encode(given: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        found = {}
        if tables:
            cells = [category_cells(given[names[each.column]]) for each in fitted.categories]
            found["categories"] = tf.stack([table.lookup(each) for table, each in zip(tables, cells, strict=True)], 1)
        if fitted.numbers:
            inputs = [each for column in fitted.numbers for each in normalized(column, given[names[column.column]])]
            found["numbers"] = tf.cast(tf.stack(inputs, 1), tf.float32)
        return found

    return FeatureInputs(fitted, names, encode, tables)


def input_names(columns: Iterable[str]) -> dict[str, str]:
    """Column → a name that TensorFlow and Python take: its own, or one like it."""
    names: dict[str, str] = {}
    for column in columns:
        parts = unicodedata.normalize("NFKD", column)
        name = re.sub(r"\W", "_", "".join(each for each in parts if not unicodedata.combining(each)), flags=re.ASCII)
        name = name if name[:1].isalpha() else f"column_{name}"
        name = f"{name}_" if keyword.iskeyword(name) or name in OF_TEXT else name
        while name.lower() in {other.lower() for other in names.values()}:
            name += "_"
        names[column] = name
    return names


def category_cells(cells: tf.Tensor) -> tf.Tensor:
    """`category_cell` for strings (rows,)."""
    import tensorflow as tf

    spaces = "".join(rf"\x{{{point:x}}}" for point in range(sys.maxunicode + 1) if chr(point).isspace())
    invisible = INVISIBLE.pattern[1:-1]
    nothing = tf.strings.regex_full_match(cells, f"[{spaces}{invisible}]*")
    stripped = tf.strings.regex_replace(cells, rf"\A[{spaces}]+|[{spaces}]+\z", "")
    return tf.where(nothing, "", composed(stripped))


def normalized(column: NumberColumn, values: tf.Tensor) -> list[tf.Tensor]:
    """The inputs of a column for its numbers (rows,) float64, (rows,) float64 each, as `FittedFeatures.encode`. An
    infinite one is an error of the call, as `seqlab predict` refuses it."""
    import tensorflow as tf

    finite = tf.reduce_all(tf.logical_not(tf.math.is_inf(values)))
    check = tf.debugging.Assert(finite, [f"a number of the column {column.column} is infinite: write a finite number"])
    with tf.control_dependencies([] if check is None else [check]):
        values = tf.identity(values)
    missing = tf.math.is_nan(values)
    numbers = tf.where(missing, tf.zeros_like(values), (values - column.mean) / column.deviation)
    numbers = tf.clip_by_value(numbers, -LARGEST_NORMALIZED, LARGEST_NORMALIZED)
    return [numbers, tf.cast(missing, tf.float64)] if column.indicator else [numbers]
