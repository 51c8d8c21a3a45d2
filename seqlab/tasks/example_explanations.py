"""What moved the answer to an example: contributions of its tokens, categories and numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from seqlab.data.features import FIRST_ID, LARGEST_NORMALIZED, UNKNOWN_ID
from seqlab.data.store import Column, Store
from seqlab.errors import OptionError
from seqlab.explanations import attribution
from seqlab.explanations.faithfulness import faithfulness
from seqlab.explanations.options import ExplainOptions, Method
from seqlab.explanations.results import (
    Attribution,
    Faithfulness,
    FeatureContribution,
    NgramContribution,
    TokenContribution,
)
from seqlab.models.bag_contributions import BagWeights, bag_weights
from seqlab.models.token_gradients import TokenGradients, embedding_of
from seqlab.progress import SILENT, Progress
from seqlab.tasks.example_predictor import ExamplePredictor
from seqlab.tasks.given_rows import Example, read_examples
from seqlab.tasks.text_pieces import Bag, Pieces, TokenRow, pieces_of

VARIANTS = 256
"""Of a text that are encoded and answered at once."""
MOST_CATEGORIES = 256
"""Categories of a column whose answers are averaged; of more, so many evenly spaced ones."""

LACKED = "is a category that training lacks: read as an unknown one"
MISSING = "is missing: the mean of training stands for it"
FAR = f"is so far from those of training that it is read as {LARGEST_NORMALIZED:.0e} deviations from their mean"


@dataclass(frozen=True)
class Explained:
    """What of an answer is explained: the sum of the model's outputs times `weights` (outputs,), plus `offset`."""

    weights: np.ndarray
    offset: float
    confidence: Callable[[np.ndarray], np.ndarray]
    """Outputs (examples, outputs) → the probability of the class, or the number, (examples,) float64."""
    answer: Mapping[str, Any]
    """The fields of `Attribution` that say what was answered and what is explained."""

    def score(self, outputs: np.ndarray) -> np.ndarray:
        """(examples, outputs) → (examples,) float64."""
        scores: np.ndarray = outputs.astype(np.float64) @ self.weights + self.offset
        return scores


class Contributions(NamedTuple):
    """Of the tokens (tokens,) float64, and the fields of `Attribution` that say how they came about."""

    tokens: np.ndarray
    fields: Mapping[str, Any]


class ExampleExplainer:
    """Explains the answers of a predictor. `target_of`: of the outputs of one example, what is explained."""

    def __init__(
        self, predictor: ExamplePredictor, target_of: Callable[[np.ndarray, ExplainOptions], Explained]
    ) -> None:
        self.predictor, self.examples, self.target_of = predictor, predictor.examples, target_of
        self.bag = bag_weights(predictor.model)
        embedding = None if self.bag else embedding_of(predictor.model)
        self.gradients = None if embedding is None else TokenGradients(predictor.model, embedding)

    def explain(self, given: Iterable[Example], options: ExplainOptions, progress: Progress) -> Iterator[Attribution]:
        """In the order of the examples. Raises RequestError for a method or a class that this model does not have."""
        options.refuse({"target": "only a translator has one"})
        method = self._method(options)
        for example in given:
            yield self._explained(example, method, options, progress)

    @property
    def methods(self) -> tuple[Method, ...]:
        """Those that are possible, the default first."""
        if self.bag is not None and isinstance(pieces_of(self.examples, ""), Bag):
            return ("contributions", "integrated_gradients", "gradient_input", "occlusion")
        if self.gradients is not None:
            return ("integrated_gradients", "gradient_input", "occlusion")
        return ("occlusion",)

    def _method(self, options: ExplainOptions) -> Method:
        able = self.methods
        if options.method is None or options.method in able:
            return options.method or able[0]
        if options.method == "contributions":
            why = "only a bag is a sum of what each token adds"
        elif self.examples.vectorizer is None:
            why = "it reads no tokens" if not self.examples.reads_texts else "it reads vectors of whole texts"
        else:
            why = "its tokens have no vectors: they are one-hot, or of a model of a plug-in"
        ways = " or ".join(able)
        message = f"--method {options.method} is not possible for this model: {why}; use {ways}"
        raise OptionError(message, "method", options.method)

    def _explained(self, example: Example, method: Method, options: ExplainOptions, progress: Progress) -> Attribution:
        (text,), rows = read_examples([example], self.examples.data)
        encoded = self.examples.encode_given([example])
        columns, (reading,) = encoded.columns, encoded.readings
        outputs = self._outputs(columns, 1)
        target = self.target_of(outputs[0], options)
        if reading.empty:
            empty = {"label": None, "probability": None, "prediction": None}
            return Attribution(text, **{**target.answer, **empty}, score=float("nan"), base=None, method=None)
        score = float(target.score(outputs)[0])
        if not np.isfinite(score):  # of damaged weights: nothing can be said
            return Attribution(text, **target.answer, score=score, base=None, method=method)
        variants = _Variants(self, columns, pieces_of(self.examples, text), target, progress)
        found, judged = self._contributions(variants, method, score, options.faithfulness)
        pieces = variants.pieces
        return Attribution(
            text,
            **target.answer,
            score=score,
            tokens=() if pieces is None else tuple(_tokens(pieces, found.tokens)),
            features=self._features(variants, rows[0] if rows else (), score),
            method=method,
            cut_off=reading.cut_off,
            unreadable=reading.unreadable,
            separator=" " if pieces is None else pieces.separator,
            faithfulness=judged,
            **found.fields,
        )

    def _contributions(
        self, variants: _Variants, method: Method, score: float, judged: bool
    ) -> tuple[Contributions, Faithfulness | None]:
        """Of the tokens, and how faithful they are if that is asked."""
        pieces = variants.pieces
        if pieces is None or not pieces.tokens:
            return Contributions(np.zeros(0), {"base": None}), None
        left_out = None
        if method == "occlusion" or judged:
            left_out = attribution.occlusion(variants.scores, len(pieces.tokens))
        if method == "occlusion":
            assert left_out is not None
            found = Contributions(left_out, {"base": None})
        elif isinstance(pieces, Bag):
            assert self.bag is not None
            found = _of_bag(self.bag, pieces, variants, method, score)
        else:
            assert isinstance(pieces, TokenRow)
            found = self._by_gradients(pieces, variants, method)
        if not judged or left_out is None:
            return found, None
        return found, faithfulness(found.tokens, variants.confidences, left_out)

    def _by_gradients(self, pieces: TokenRow, variants: _Variants, method: Method) -> Contributions:
        """Padding keeps its vectors: it is not a part of the text."""
        assert self.gradients is not None
        of_model, target = self.gradients, variants.target
        batch = self.predictor.inputs.gather(variants.store(variants.columns, 1), np.zeros(1, int), tight=False)
        ids = np.asarray(batch["ids"])
        whole, length = of_model.vectors(ids), len(pieces.tokens)

        def gradient(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            padding = np.broadcast_to(whole[length:], (len(vectors), *whole[length:].shape))
            scores, gradients = of_model(np.concatenate([vectors, padding], axis=1), batch, target.weights)
            return scores + target.offset, gradients[:, :length]

        if method == "gradient_input":
            return Contributions(attribution.gradient_input(gradient, whole[:length])[pieces.order], {"base": None})
        found = attribution.integrated_gradients(gradient, whole[:length])
        fields = {"base": found.base, "steps": found.steps, "gap": found.gap}
        return Contributions(found.contributions[pieces.order], fields)

    def _features(self, variants: _Variants, cells: Sequence[str], score: float) -> tuple[FeatureContribution, ...]:
        """The score less that of the mean of training, for numbers; less the mean of the scores of all categories that
        training has, for categories: how frequent they were is not recorded."""
        features = self.examples.features
        if features is None:
            return ()
        found, whole = [], self.store(variants.columns, 1)
        for position, column in enumerate(features.categories):
            ids = np.arange(FIRST_ID, max(column.size, FIRST_ID + 1))
            ids = ids[np.unique(np.linspace(0, len(ids) - 1, min(len(ids), MOST_CATEGORIES)).astype(int))]
            other = np.repeat(whole.flat("categories"), len(ids), axis=0)
            other[:, position] = ids
            mean = float(variants.scores_with("categories", other).mean())
            unknown = whole.flat("categories")[0, position] == UNKNOWN_ID
            found.append(FeatureContribution(column.column, cells[position], score - mean, LACKED if unknown else None))
        place = 0
        for position, number in enumerate(features.numbers, start=len(features.categories)):
            other = np.array(whole.flat("numbers"))
            other[:, place : place + 1 + number.indicator] = 0.0
            place += 1 + number.indicator
            of_mean = float(variants.scores_with("numbers", other)[0])
            cell = cells[position]
            note = MISSING if not cell else FAR if number.is_cut(float(cell)) else None
            found.append(FeatureContribution(number.column, cell.removesuffix(".0"), score - of_mean, note))
        return tuple(found)

    def _outputs(self, columns: Mapping[str, Column], rows: int) -> np.ndarray:
        """The outputs of the model for encoded examples, (rows, outputs) float32."""
        return self.predictor.outputs_of(self.store(columns, rows), SILENT)

    def store(self, columns: Mapping[str, Column], rows: int) -> Store:
        targets = np.zeros(rows, self.predictor.inputs.targets)  # not known: nothing reads them
        return Store({**columns, "targets": targets})


@dataclass(frozen=True)
class _Variants:
    """One example, and the answers to what is left when parts of it are removed. `columns`: the whole, of one row."""

    explainer: ExampleExplainer
    columns: Mapping[str, Column]
    pieces: Pieces | None
    target: Explained
    progress: Progress

    def store(self, columns: Mapping[str, Column], rows: int) -> Store:
        return self.explainer.store(columns, rows)

    def scores(self, kept: np.ndarray) -> np.ndarray:
        """Of the text with some of its tokens, (variants, tokens) bool → (variants,) float64."""
        return self.target.score(self._outputs(kept))

    def confidences(self, kept: np.ndarray) -> np.ndarray:
        return self.target.confidence(self._outputs(kept))

    def scores_with(self, name: str, column: np.ndarray) -> np.ndarray:
        """Of the example with other features, (variants, …) → (variants,) float64."""
        rows = np.zeros(len(column), int)
        others = {each: self._repeated(values, rows) for each, values in self.columns.items()}
        return self.target.score(self.explainer._outputs({**others, name: column}, len(column)))

    def _outputs(self, kept: np.ndarray) -> np.ndarray:
        assert self.pieces is not None
        outputs = []
        with self.progress.step("leaving out tokens", len(kept), "texts") as step:
            for first in range(0, len(kept), VARIANTS):
                some = kept[first : first + VARIANTS]
                beside = {
                    name: self._repeated(self.columns[name], np.zeros(len(some), int))
                    for name in ("categories", "numbers")
                    if name in self.columns
                }
                outputs.append(self.explainer._outputs({**beside, **self.pieces.columns(some)}, len(some)))
                step.advance(len(some))
        return np.concatenate(outputs)

    @staticmethod
    def _repeated(column: Column, rows: np.ndarray) -> Column:
        return column[rows] if isinstance(column, np.ndarray) else column.gather(rows)


def _tokens(pieces: Pieces, contributions: np.ndarray) -> Iterator[TokenContribution]:
    spans: Sequence[tuple[int | None, int | None]] = pieces.spans or [(None, None)] * len(pieces.tokens)
    parts = zip(pieces.tokens, contributions.tolist(), pieces.unknown.tolist(), spans, strict=True)
    for token, contribution, unknown, (start, end) in parts:
        yield TokenContribution(token, contribution, unknown, start, end)


def _of_bag(bag: BagWeights, pieces: Bag, variants: _Variants, method: Method, score: float) -> Contributions:
    """Of the n-grams of a bag, and of the words that share them."""
    ids = np.asarray(variants.store(variants.columns, 1).ragged("text_ids")[0])
    weights = np.ones(len(ids))
    if "weights" in variants.columns:
        weights = np.asarray(variants.store(variants.columns, 1).ragged("weights")[0])
    compute = bag.gradient_input if method == "gradient_input" else bag.contributions
    values = dict(zip(ids.tolist(), (compute(ids, weights) @ variants.target.weights).tolist(), strict=True))
    counts, unknown = pieces.counts(), pieces.vectorizer.vocabulary.unknown
    ngrams = [
        NgramContribution(pieces.spelled(each), value, counts[each], each == unknown) for each, value in values.items()
    ]
    ngrams.sort(key=lambda each: -abs(each.contribution))
    adds_up = method != "gradient_input"
    base = score - sum(values.values()) if adds_up else None
    fields = {"ngrams": tuple(ngrams), "base": base, "gap": 0.0 if adds_up else None}
    return Contributions(pieces.shared_out(values), fields)
