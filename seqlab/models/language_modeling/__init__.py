"""Language models. Importing this package fills the registry `LANGUAGE_MODELS`."""

from seqlab.models.language_modeling.language_model import (
    LANGUAGE_MODELS,
    LanguageModel,
    LanguageModelContext,
    LanguageModelNetwork,
)
from seqlab.models.language_modeling.recurrent import RecurrentLanguageModel
from seqlab.models.language_modeling.transformer import TransformerLanguageModel

__all__ = [
    "LANGUAGE_MODELS",
    "LanguageModel",
    "LanguageModelContext",
    "LanguageModelNetwork",
    "RecurrentLanguageModel",
    "TransformerLanguageModel",
]
