"""The bodies of requests, with their bounds."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from seqlab.decoding.beam_options import BeamOptions, Penalty
from seqlab.decoding.sampling_options import LARGEST_SEED, SamplingOptions, processor_options, sampling_schema
from seqlab.errors import RequestError
from seqlab.explanations.options import Method
from seqlab.registry import LengthPenalty, did_you_mean
from seqlab.serving.bodies import FieldError
from seqlab.serving.limits import (
    MOST_CELL_CHARACTERS,
    MOST_CHARACTERS,
    MOST_COLUMNS,
    MOST_EXPLAINED_CHARACTERS,
    MOST_EXPLAINED_TEXTS,
    MOST_MAPPED,
    MOST_MAPPED_BESIDE,
    MOST_NEIGHBORS,
    MOST_PROMPTS,
    MOST_SAMPLES,
    MOST_SENTENCE_CHARACTERS,
    MOST_STOP_CHARACTERS,
    MOST_STOPS,
    MOST_TEXTS,
    MOST_TOKENS,
    MOST_WORD_CHARACTERS,
    WIDEST_BEAM,
)

Text = Annotated[str, Field(max_length=MOST_CHARACTERS)]
Cell = Annotated[str, Field(max_length=MOST_CELL_CHARACTERS)] | bool | int | float | None
Row = Annotated[dict[str, Cell], Field(max_length=MOST_COLUMNS)]
Name = Annotated[str, Field(max_length=1000)]
Word = Annotated[str, Field(min_length=1, max_length=MOST_WORD_CHARACTERS)]
ExplainedText = Annotated[str, Field(max_length=MOST_EXPLAINED_CHARACTERS)]
Stop = Annotated[str, Field(min_length=1, max_length=MOST_STOP_CHARACTERS)]
Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED)]
OF_THE_RUN = "By default that of the run (model.decoding)."


class _Body(BaseModel):
    """A JSON object without other fields; a number is no text and a text no number."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _has_no_other_fields(cls, given: Any) -> Any:
        """pydantic tells that a field is not there, but not which one was meant."""
        if isinstance(given, dict) and cls.model_config["extra"] == "forbid":
            known = list(cls.model_fields)
            for name in given.keys() - set(known):
                hint = did_you_mean(str(name), known) or f"there are {', '.join(known)}"
                raise PydanticCustomError("unknown_field", "no field", {"field": str(name), "hint": hint.strip()})
        return given


class _OfRun(_Body):
    run: Name | None = Field(None, description="Id or name of a run; by default the first that can do it.")


class _OfExamples(_OfRun):
    """Texts, or rows of a run that reads columns."""

    texts: list[Text] | None = None
    rows: list[Row] | None = None

    @property
    def examples(self) -> list[Any]:
        """What is answered. Raises RequestError unless exactly one of both is given."""
        given = [each for each in (self.texts, self.rows) if each is not None]
        if len(given) != 1:
            raise FieldError("give texts, or rows of a run that reads columns: one of both, as a list", "texts")
        return given[0]


class PredictRequest(_OfExamples):
    texts: Annotated[list[Text], Field(max_length=MOST_TEXTS)] | None = Field(None, examples=[["The soup was good."]])
    rows: Annotated[list[Row], Field(max_length=MOST_TEXTS)] | None = None
    threshold: float | None = Field(
        None, ge=0, le=1, description="Of two classes, predict the second from this probability on."
    )


class ExplainRequest(_OfExamples):
    texts: Annotated[list[ExplainedText], Field(max_length=MOST_EXPLAINED_TEXTS)] | None = Field(
        None, examples=[["The soup was not bad."]]
    )
    rows: Annotated[list[Row], Field(max_length=MOST_EXPLAINED_TEXTS)] | None = None
    method: Method | None = None
    label: Name | None = Field(None, description="The class that is explained; by default the predicted one.")
    target: Annotated[str, Field(max_length=MOST_SENTENCE_CHARACTERS)] | None = None
    faithfulness: bool = False
    alternatives: int = Field(3, ge=0, le=10)


class TranslateRequest(_OfRun):
    texts: list[Annotated[str, Field(max_length=MOST_SENTENCE_CHARACTERS)]] = Field(
        max_length=MOST_TEXTS, examples=[["The dog sleeps."]]
    )
    beam_width: int | None = Field(None, ge=1, le=WIDEST_BEAM, description=OF_THE_RUN)
    length_penalty: LengthPenalty | None = Field(None, description=OF_THE_RUN)
    coverage_penalty: Penalty | None = Field(None, description=OF_THE_RUN)
    unknown_penalty: Penalty | None = Field(None, description=OF_THE_RUN)
    n_best: int = Field(BeamOptions.n_best, ge=1, le=WIDEST_BEAM)
    replace_unknown: bool = False
    attention: bool = Field(False, description="Also answer the attention weights.")
    steps: bool = Field(False, description="Also answer the candidates of every step.")

    def beam_of(self, beam: BeamOptions) -> BeamOptions:
        """The beam of a run with what is asked for. Raises FieldError if more translations are asked for than it
        has."""
        width = min(beam.width, WIDEST_BEAM) if self.beam_width is None else self.beam_width
        if self.n_best > width:
            raise FieldError(
                f"n_best is {self.n_best}; it must be at most beam_width, {width}", "n_best", self.n_best, width
            )
        names = ("length_penalty", "coverage_penalty", "unknown_penalty")
        penalties = {name: value for name in names if (value := getattr(self, name)) is not None}
        return beam.changed({"beam_width": width, "n_best": self.n_best, **penalties})


def _with_sampling_options(schema: dict[str, Any]) -> None:
    schema["properties"] |= sampling_schema()["properties"]
    schema["additionalProperties"] = False


class GenerateRequest(_OfRun):
    """Also takes the options of the logits processors, such as `temperature` and `top_k`."""

    model_config = ConfigDict(extra="allow", json_schema_extra=_with_sampling_options)

    prompt: Text | None = Field(None, description="The text to continue; by default a line end.")
    length: int = Field(200, ge=1, le=MOST_TOKENS)
    samples: int = Field(1, ge=1, le=MOST_SAMPLES)
    seed: Seed | None = Field(None, description="By default a random one, which the answer tells.")

    def sampling(self, seed: int) -> SamplingOptions:
        """Raises FieldError for an option that there is not, or a value out of range."""
        options = self.model_extra or {}
        for name, value in options.items():
            if name in processor_options() and not isinstance(value, bool | int | float | None):
                raise FieldError(f"{name} must be {processor_options()[name].allowed}", name, value)
            try:
                SamplingOptions(**{name: value})
            except RequestError as error:  # which writes names as the command line does
                raise FieldError(str(error).replace(name.replace("_", "-"), name, 1), name, value) from error
        return SamplingOptions(seed=seed, **options)


class StreamOptions(_Body):
    include_usage: bool = False


class CompletionRequest(_Body):
    """The fields of OpenAI's completions that language models of a run can honour; others only with no effect."""

    model: Name | None = Field(None, description="Id or name of a run; by default the first that writes text.")
    prompt: Text | Annotated[list[Text], Field(min_length=1, max_length=MOST_PROMPTS)]
    max_tokens: int = Field(16, ge=1, le=MOST_TOKENS)
    temperature: float = Field(1.0, ge=0, le=2)
    top_p: float = Field(1.0, gt=0, le=1)
    n: int = Field(1, ge=1, le=MOST_SAMPLES)
    seed: Seed | None = None
    stop: Stop | Annotated[list[Stop], Field(max_length=MOST_STOPS)] | None = None
    echo: bool = False
    stream: bool = False
    stream_options: StreamOptions | None = None
    user: Name | None = None
    best_of: int | None = None
    logprobs: None = None
    suffix: None = None
    logit_bias: None = None
    presence_penalty: Literal[0] | None = None
    frequency_penalty: Literal[0] | None = None

    @model_validator(mode="before")
    @classmethod
    def _zero_is_zero(cls, given: Any) -> Any:
        """Clients send the default of a penalty as 0.0, and no bias as an empty mapping."""
        if not isinstance(given, dict):
            return given
        zeros: dict[str, Any] = {name: 0 for name in ("presence_penalty", "frequency_penalty") if given.get(name) == 0}
        return {**given, **zeros, **({"logit_bias": None} if given.get("logit_bias") == {} else {})}

    @property
    def prompts(self) -> list[str]:
        return [self.prompt] if isinstance(self.prompt, str) else self.prompt

    @property
    def stops(self) -> list[str]:
        return [self.stop] if isinstance(self.stop, str) else self.stop or []

    def sampling(self, seed: int) -> SamplingOptions:
        return SamplingOptions(seed=seed, temperature=self.temperature, top_p=self.top_p)


class _OfVectors(_OfRun):
    side: Literal["source", "target"] | None = Field(None, description="Of a translator.")
    matrix: Literal["input", "output"] = "input"


class _Nearest(_OfVectors):
    top: int = Field(10, ge=1, le=MOST_NEIGHBORS)
    metric: Literal["cosine", "euclidean"] = "cosine"


class MapRequest(_OfVectors):
    top: int = Field(200, ge=2, le=MOST_MAPPED, description="The most frequent words, which make the plane.")
    words: list[Word] = Field([], max_length=MOST_MAPPED_BESIDE, description="Words that are drawn beside them.")


class NeighborsRequest(_Nearest):
    word: Word = Field(examples=["good"])


class AnalogyRequest(_Nearest):
    """The words that are to `c` what `b` is to `a`."""

    a: Word
    b: Word
    c: Word
