"""The options of an explanation, checked without TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from seqlab.errors import OptionError, RequestError
from seqlab.registry import did_you_mean
from seqlab.text_format import one_of, quoted

Method = Literal["contributions", "integrated_gradients", "gradient_input", "occlusion"]
METHODS: tuple[Method, ...] = get_args(Method)


@dataclass(frozen=True)
class ExplainOptions:
    """What is asked for. An option that means nothing for a run is refused (`refuse`)."""

    method: Method | None = None
    """How the contributions of tokens are computed; None: the best that the model allows."""
    label: str | None = None
    """The class that is explained; None: the predicted one."""
    faithfulness: bool = False
    """Whether the faithfulness of the contributions is measured too."""
    target: str | None = None
    """The translation that is explained; None: the one that is found."""
    alternatives: int = 3
    """The most probable other tokens that are named of each token that a model predicts."""

    def __post_init__(self) -> None:
        if self.method is not None and self.method not in METHODS:
            known: list[str] = [*METHODS]
            raise RequestError(
                f"there is no method {quoted(self.method)}; {did_you_mean(str(self.method), known)}there are "
                f"{one_of(known).replace(', or ', ' and ')}"
            )
        if type(self.alternatives) is not int or not 0 <= self.alternatives <= 100:
            raise RequestError(f"alternatives is {self.alternatives}; it must be a whole number from 0 to 100")

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> ExplainOptions:
        """Options by name. Raises RequestError for one that there is not."""
        known = [field.name for field in fields(cls)]
        if unknown := sorted(set(given) - set(known)):
            raise RequestError(
                f"an explanation has no option '{unknown[0]}'; {did_you_mean(unknown[0], known)}there are "
                f"{', '.join(known)}"
            )
        return cls(**given)

    def refuse(self, meaningless: Mapping[str, str]) -> None:
        """Raises RequestError for an option that is given and means nothing: its name → why."""
        defaults = ExplainOptions()
        for name, why in meaningless.items():
            if getattr(self, name) != getattr(defaults, name):
                message = f"{COMMAND_LINE.get(name, name)} has no effect: {why}; leave it out"
                raise OptionError(message, name, getattr(self, name))


COMMAND_LINE = {"method": "--method", "label": "--class", "faithfulness": "--faithfulness", "target": "--target"}
"""What the options are called on the command line."""
