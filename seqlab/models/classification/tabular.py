"""Models of categories and numbers, without a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

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

    name: Literal["tabular"] = "tabular"
    hidden: Annotated[Count, Field(le=WIDEST)] = 16
    """Units of the hidden layer; 0: none, a linear model."""

    def build(self, context: ClassifierContext) -> keras.Model:
        import keras

        inputs: dict[str, keras.KerasTensor] = {}
        vectors = self.feature_vectors(context, inputs)
        hidden = keras.layers.Concatenate(name="features")(vectors) if len(vectors) > 1 else vectors[0]
        if self.hidden:
            hidden = keras.layers.Dense(self.hidden, activation="relu", name="hidden")(hidden)
        logits = keras.layers.Dense(context.outputs, dtype="float32", name="logits")(hidden)
        return keras.Model(inputs, logits, name=self.name)
