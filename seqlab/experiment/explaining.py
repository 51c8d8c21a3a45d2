"""What a loaded run explains of its answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, overload

from seqlab.config import Experiment
from seqlab.errors import DataError
from seqlab.experiment.predictions import USELESS_MODEL, Given, each_example
from seqlab.explanations.options import ExplainOptions
from seqlab.explanations.results import Explanation
from seqlab.progress import Progress
from seqlab.runs import Run
from seqlab.tasks.given_rows import Example


class Explains:
    """The part of `LoadedRun` that explains."""

    run: Run
    experiment: Experiment
    progress: Progress

    if TYPE_CHECKING:

        def _able_to(self, capability: str) -> Any: ...

    @overload
    def explain(self, examples: Example, **options: Any) -> Explanation: ...

    @overload
    def explain(self, examples: Iterable[Example], **options: Any) -> list[Explanation]: ...

    def explain(self, examples: Given, **options: Any) -> Explanation | list[Explanation]:
        """What moved the answer to a text, or a list with an explanation for each of several texts.

        Of a classifier or a regression, an `Attribution`: what each token adds to the score. Of a language model, a
        `Surprise`: how surprising each token is. Of a translator, a `ScoredTranslation`. `options` are the fields of
        `ExplainOptions`. Raises RequestError for an option that means nothing for this run.

        >>> run = seqlab.load("latest", progress=False)
        >>> explanation = run.explain("The soup was not bad.")
        >>> added = sum(token.contribution for token in explanation.tokens)
        >>> abs(explanation.base + added - explanation.score) < 1e-5
        True
        """
        found = list(self.stream_explanations(examples, ExplainOptions.of(options)))
        return found[0] if isinstance(examples, str | Mapping) else found

    def stream_explanations(self, examples: Given, options: ExplainOptions) -> Iterator[Explanation]:
        """The same one by one, as the texts come."""
        data = self.experiment.data
        each: Iterable[Example] = each_example(examples, data)
        predictor = self._able_to("explain")
        if data.feature_columns:
            each = list(each)
            for note in predictor.notes_on_rows(each):
                self.progress.say(note)
        found: Iterator[Explanation] = predictor.explain(each, options, self.progress)
        return map(self._checked, found)

    def _checked(self, explanation: Explanation) -> Explanation:
        if not explanation.empty and not explanation.is_finite:
            raise DataError(f"run {self.run.id} predicts what is not a number: {USELESS_MODEL}")
        return explanation
