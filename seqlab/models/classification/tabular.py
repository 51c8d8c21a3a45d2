"""Models of categories and numbers, without a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from seqlab.models.classification.classifier import CLASSIFIERS, ClassifierContext, WithFeatures
from seqlab.registry import WIDEST, Count

if TYPE_CHECKING:
    import keras


@CLASSIFIERS.add
class TabularModel(WithFeatures):
    """Embedded categories beside normalized numbers, one hidden layer, output: for tables without a text."""

    reads = "features"
    needs_vectorizer = False
    absent_before: ClassVar[Mapping[str, Any]] = {"linear": False}

    name: Literal["tabular"] = "tabular"
    hidden: Annotated[Count, Field(le=WIDEST)] = 64
    """Units of the hidden layer; 0: none, a linear model."""
    linear: bool = True
    """Of numbers: least squares find a linear model first, which is not trained, and the hidden layer learns what it
    leaves; false: the hidden layer learns all."""

    def unused_options(self) -> Mapping[str, str]:
        return {} if self.hidden else {"linear": "hidden: 0 is a linear model"}

    def build(self, context: ClassifierContext) -> keras.Model:
        import keras

        inputs: dict[str, keras.KerasTensor] = {}
        vectors = self.feature_vectors(context, inputs)
        hidden = keras.layers.Concatenate(name="features")(vectors) if len(vectors) > 1 else vectors[0]
        if self.hidden:
            hidden = keras.layers.Dense(self.hidden, activation="relu", name="hidden")(hidden)
        if self.hidden and self.linear and context.number:
            return keras.Model(inputs, self._plus_linear(context, inputs, hidden), name=self.name)
        logits = keras.layers.Dense(context.outputs, dtype="float32", name="logits")(hidden)
        return keras.Model(inputs, logits, name=self.name)

    def _plus_linear(
        self, context: ClassifierContext, inputs: dict[str, keras.KerasTensor], hidden: keras.KerasTensor
    ) -> keras.KerasTensor:
        """Training begins with the linear model alone. The hidden layer is scaled by 1/√units, so that the first steps,
        in which all its units move alike, do not lead far away from it."""
        import keras

        from seqlab.layers.linear_features import LinearFeatures

        found = None if context.linear_solution is None else context.linear_solution()
        weights = {} if found is None else {"of_ids": found.of_ids, "of_numbers": found.of_numbers}
        layer = LinearFeatures(context.category_sizes, context.numbers_width, **weights, dtype="float32", name="linear")
        scaled = keras.layers.Rescaling(self.hidden**-0.5, name="scaled")(hidden)
        rest = keras.layers.Dense(1, kernel_initializer="zeros", dtype="float32", name="logits")(scaled)
        return keras.layers.Add(dtype="float32", name="sum")([layer(**inputs), rest])
