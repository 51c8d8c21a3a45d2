"""Translators. Importing this package fills the registry `TRANSLATORS`."""

from seqlab.models.translation.recurrent_encoder_decoder import RecurrentEncoderDecoder
from seqlab.models.translation.transformer import TransformerTranslator
from seqlab.models.translation.translator import (
    TRANSLATORS,
    TeacherForcing,
    Translator,
    TranslatorContext,
    TranslatorNetwork,
)

__all__ = [
    "TRANSLATORS",
    "RecurrentEncoderDecoder",
    "TeacherForcing",
    "TransformerTranslator",
    "Translator",
    "TranslatorContext",
    "TranslatorNetwork",
]
