"""Language models as a TensorFlow graph, from a prompt to its continuation: the loop that draws is in the graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.decoding.sampling_options import SamplingOptions
from seqlab.errors import RequestError
from seqlab.exports.agreement import Agreement, of_texts
from seqlab.exports.graph_inputs import GraphInput, graph_input, script
from seqlab.exports.graphs import Graph
from seqlab.tasks.language_modeling.predictor import LanguageModelPredictor
from seqlab.text.character_classes import WHITESPACE
from seqlab.text.vectorizer import FittedVectorizer, separator_of
from seqlab.text.vocabulary import NO_ID

if TYPE_CHECKING:
    import tensorflow as tf

    Draw = Callable[..., tf.Tensor]

LENGTH = 500
"""Tokens that `serving_default` draws: the default of `seqlab generate`."""
CHECKED = SamplingOptions(temperature=0.8, top_k=40, top_p=0.95, seed=7)
CHECKED_PROMPTS, CHECKED_LENGTH, LONGEST_PROMPT = 16, 60, 40
"""By what an export is compared with its run: prompts, tokens for each, characters of a prompt."""
UNLIMITED = 0
"""Of `top_k`: all."""
OUTPUTS = {
    "text": "`text` (texts,): the continuation of each prompt, without the prompt",
    "ids": "`ids` (texts, length) int32: the tokens that follow each prompt, for `Vectorizer.decode`",
}


def generation_graph(predictor: LanguageModelPredictor) -> Graph:
    """The graph of a language model. Raises RequestError for a vectorizer that an export cannot hold."""
    import tensorflow as tf

    reads = graph_input(predictor.vectorizer)
    continued, specifications = continued_function(predictor, reads), option_specifications()

    @tf.function(input_signature=[reads.specification], autograph=False)
    def serve(given: tf.Tensor) -> dict[str, tf.Tensor]:
        return continued(given, tf.constant(LENGTH), _defaults())

    @tf.function(input_signature=[reads.specification, *specifications.values()], autograph=False)
    def generate(given: tf.Tensor, length: tf.Tensor, *options: tf.Tensor) -> dict[str, tf.Tensor]:
        named = dict(zip(list(specifications)[1:], options, strict=True))
        with tf.control_dependencies(checks_of({"length": length, **named})):
            return continued(given, tf.identity(length), named)

    return Graph(
        [*reads.tables, *(variable.value for variable in predictor.model.variables)],
        {"serving_default": serve, "generate": generate},
        reads,
        (OUTPUTS[reads.name],),
        _Comparison(predictor, reads),
        extra_inputs=_extra_inputs(specifications, reads),
        texts=CHECKED_PROMPTS,
        answers=reads.name,
        example=_example(predictor),
    )


def continued_function(predictor: LanguageModelPredictor, reads: GraphInput) -> Callable[..., dict[str, tf.Tensor]]:
    """(prompts, length (), options) → `text` or `ids`, as the prompts are. Prompts are independent: each is continued
    by itself, as sample 0."""
    import tensorflow as tf

    draw, fitted = draw_function(predictor), predictor.vectorizer
    kind = {"text": tf.TensorSpec((), tf.string), "ids": tf.TensorSpec((None,), tf.int32)}[reads.name]

    def continued(given: tf.Tensor, length: tf.Tensor, options: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        if reads.name == "text":
            given = tf.strings.regex_replace(given, "\r\n?", "\n")  # as of training texts
        prompts = reads.token_ids(given)

        def one(number: tf.Tensor) -> tf.Tensor:
            ids = draw(readable(prompts[number], fitted.size), length, options)
            return ids if reads.name == "ids" else continuation(ids, given[number], fitted)

        numbers = tf.range(prompts.nrows())
        return {reads.name: tf.map_fn(one, numbers, fn_output_signature=kind, parallel_iterations=1)}

    return continued


def _example(predictor: LanguageModelPredictor) -> str:
    """A prompt that the model can read."""
    known = predictor.vectorizer.decode([len(predictor.vectorizer.vocabulary.specials)])
    return next(prompt for prompt in ("The", "the", known) if is_readable(predictor, prompt))


def is_readable(predictor: LanguageModelPredictor, prompt: str) -> bool:
    """Whether a prompt has tokens, and no character that the model cannot read."""
    try:
        predictor.prompt_notes(prompt)
    except RequestError:
        return False
    return True


def _extra_inputs(specifications: Mapping[str, tf.TensorSpec], reads: GraphInput) -> tuple[str, ...]:
    """Lines of Markdown on the signatures."""
    return (
        f"`serving_default` takes the prompts alone and draws {LENGTH} tokens for each, as `seqlab generate` does "
        "without options",
        "`generate` also takes numbers, all of them: `length` int32, `seed` int64, "
        f"{_named(specifications)}; a `top_k` of {UNLIMITED} is no limit. For example "
        f"`{_example_call(reads)}`, where `generate = tf.saved_model.load('model').signatures['generate']`",
    )


def _example_call(reads: GraphInput) -> str:
    """A call of the signature `generate`, with the defaults of `seqlab generate` and a seed."""
    values = {"length": 100} | {
        name: value.numpy().item() for name, value in as_tensors(SamplingOptions(seed=3)).items()
    }
    given = [f"{name}=tf.constant({round(value, 6)!r})" for name, value in values.items()]
    given = [each.replace(")", ", tf.int64)") if each.startswith("seed=") else each for each in given]
    return f"generate({reads.name}={reads.name}, {', '.join(given)})"


def checks_of(options: Mapping[str, tf.Tensor]) -> list[tf.Operation]:
    """What fails in the graph for an option out of its range, with the words of `seqlab generate`."""
    import tensorflow as tf

    from seqlab.decoding.sampling_options import processor_options

    whole = {name: UNLIMITED for name, value in options.items() if value.dtype == tf.int32}
    least = {**whole, "length": 1, "seed": 0}
    checks = [(options[name] >= bound, f"{name} must be at least {bound}") for name, bound in least.items()]
    compare = {
        "minimum": lambda value, bound: value >= bound,
        "exclusiveMinimum": lambda value, bound: value > bound,
        "maximum": lambda value, bound: value <= bound,
    }
    for name, option in processor_options().items():
        bounds = [(kind, bound) for kind, bound in option.schema.items() if kind in compare]
        checks += [(compare[kind](options[name], bound), f"{name} must be {option.allowed}") for kind, bound in bounds]
    found = [tf.debugging.Assert(holds, [message]) for holds, message in checks]
    return [each for each in found if each is not None]


def _named(specifications: Mapping[str, tf.TensorSpec]) -> str:
    others = [(name, each.dtype.name) for name, each in specifications.items() if name not in {"length", "seed"}]
    return ", ".join(f"`{name}` {dtype}" for name, dtype in others)


def option_specifications() -> dict[str, tf.TensorSpec]:
    """Length, seed and the options of the logits processors, as a signature takes them."""
    import tensorflow as tf

    from seqlab.decoding.sampling_options import processor_options

    dtypes = {bool: tf.bool, int: tf.int32, float: tf.float32}
    options = {name: tf.TensorSpec((), dtypes[each.type], name=name) for name, each in processor_options().items()}
    return {
        "length": tf.TensorSpec((), tf.int32, name="length"),
        "seed": tf.TensorSpec((), tf.int64, name="seed"),
        **options,
    }


def _defaults() -> dict[str, tf.Tensor]:
    """Seed and options of `seqlab generate` without any."""
    return as_tensors(SamplingOptions())


def as_tensors(sampling: SamplingOptions) -> dict[str, tf.Tensor]:
    """Seed and options as the signature `generate` takes them."""
    import tensorflow as tf

    specifications = option_specifications()
    values = {"seed": sampling.seed, **sampling.values}
    return {
        name: tf.constant(UNLIMITED if value is None else value, specifications[name].dtype)
        for name, value in values.items()
    }


def draw_function(predictor: LanguageModelPredictor) -> Draw:
    """(ids of a prompt (time,), length (), options) → the ids that follow, (length,) int32."""
    import tensorflow as tf

    from seqlab.decoding import sampling

    model, fitted = predictor.model, predictor.vectorizer
    excluded = np.zeros(fitted.size, bool)
    excluded[: len(fitted.vocabulary.specials)] = True
    mode = sampling.ANY_MODE._replace(excludes=bool(excluded.any()))

    def step(ids: tf.Tensor, state: Any) -> tuple[tf.Tensor, Any]:
        logits, state = model.advance(ids[:, None], state, training=False)
        return logits[:, 0], state

    def drawn(prompt: tf.Tensor, length: tf.Tensor, options: Mapping[str, tf.Tensor]) -> tf.Tensor:
        chosen = {name: _as_sampled(value) for name, value in options.items() if name != "seed"}
        settings = sampling.SamplingSettings(chosen, options["seed"], tf.constant(excluded))
        carry = sampling.initial_carry(model.initial_state(1), 1, None, fitted.size, samples=(0,))
        carry = sampling.feed(step, carry, prompt[None])
        return sampling.advance(step, carry, settings, length, mode)[0][0]

    return drawn


def _as_sampled(value: tf.Tensor) -> tf.Tensor:
    """An option as `SamplingSettings` has it: float64, and the largest int32 for no limit."""
    import tensorflow as tf

    from seqlab.decoding.sampling import NO_LIMIT

    if value.dtype == tf.int32:
        return tf.where(value <= UNLIMITED, NO_LIMIT, value)
    if value.dtype == tf.float32:
        # 0.8 is meant, not the float32 next to it: with six decimal digits it is the same number in both.
        return tf.strings.to_number(tf.strings.as_string(value, shortest=True), tf.float64)
    return value


def readable(ids: tf.Tensor, size: int) -> tf.Tensor:
    """The ids of a prompt (time,). The graph fails for one without tokens, and for one with characters that the model
    cannot read."""
    import tensorflow as tf

    checks = (
        tf.debugging.assert_positive(tf.size(ids), message="the prompt is empty: give at least one token to continue"),
        tf.debugging.assert_none_equal(ids, NO_ID, message="the prompt has a character that the training text has not"),
        tf.debugging.assert_less(ids, size, message=f"the prompt has an id that does not exist: they go to {size - 1}"),
    )
    with tf.control_dependencies([check for check in checks if check is not None]):
        return tf.identity(ids)


def continuation(ids: tf.Tensor, prompt: tf.Tensor, fitted: FittedVectorizer) -> tf.Tensor:
    """Drawn ids as the text that follows the prompt (): words after a space, unless the prompt ends with one."""
    import tensorflow as tf

    tokens = [token.encode("utf-8", "surrogatepass") for token in fitted.vocabulary.tokens]
    written = tf.gather(tf.constant(np.array(tokens, object), tf.string), ids - len(fitted.vocabulary.specials))
    separator = separator_of(fitted)
    text = tf.strings.reduce_join(written, separator=separator)
    if not separator:
        return text
    ends_with_space = tf.strings.regex_full_match(prompt, rf"(?s).*{WHITESPACE.re2}")
    return tf.where(ends_with_space, text, separator + text)


@dataclass(frozen=True)
class _Comparison:
    """What the run writes after prompts, and what a saved graph does: most probable tokens, and drawn ones."""

    predictor: LanguageModelPredictor
    reads: GraphInput

    def __call__(self, signatures: Mapping[str, Any], texts: Sequence[str], directory: Path) -> Agreement:
        prompts = [text for text in (text[:LONGEST_PROMPT] for text in texts) if self._is_readable(text)]
        own: list[str] = []
        found: list[str] = []
        for sampling in (SamplingOptions(temperature=0.0), CHECKED):
            own += [self._written(prompt, sampling) for prompt in prompts]
            found += self._found(signatures, prompts, sampling, directory)
        return of_texts("continuations", prompts * 2, own, found)

    def _is_readable(self, prompt: str) -> bool:
        """Of ids, nobody knows whether the text ended with a space."""
        return is_readable(self.predictor, prompt) and (self.reads.name == "text" or not prompt[-1].isspace())

    def _written(self, prompt: str, sampling: SamplingOptions) -> str:
        pieces = self.predictor.generate(prompt, length=CHECKED_LENGTH, samples=1, sampling=sampling)
        return "".join(text for (text,) in pieces)

    def _found(
        self, signatures: Mapping[str, Any], prompts: Sequence[str], sampling: SamplingOptions, directory: Path
    ) -> list[str]:
        import tensorflow as tf

        options = {"length": tf.constant(CHECKED_LENGTH), **as_tensors(sampling)}
        given = {self.reads.name: self.reads.tensor(prompts, directory)}
        found = signatures["generate"](**given, **options)
        if self.reads.name == "text":
            return [text.decode("utf-8", "surrogatepass") for text in found["text"].numpy()]
        vectorizer = script(directory)
        rows = [
            (vectorizer.ids(prompt), ids.tolist()) for prompt, ids in zip(prompts, found["ids"].numpy(), strict=True)
        ]
        return [vectorizer.decode([*prompt, *ids])[len(vectorizer.decode(prompt)) :] for prompt, ids in rows]
