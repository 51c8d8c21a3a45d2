"""Classifiers, in order of rising complexity. Importing this package fills the registry `CLASSIFIERS`."""

from seqlab.models.classification.bag import BagClassifier, NaiveBayesClassifier
from seqlab.models.classification.classifier import CLASSIFIERS, Classifier, ClassifierContext, WithFeatures
from seqlab.models.classification.recurrent import RecurrentClassifier
from seqlab.models.classification.sentence_encoder import SentenceEncoder
from seqlab.models.classification.separable_conv import SeparableConvClassifier
from seqlab.models.classification.tabular import TabularModel
from seqlab.models.classification.transformer import TransformerClassifier

__all__ = [
    "CLASSIFIERS",
    "BagClassifier",
    "Classifier",
    "ClassifierContext",
    "NaiveBayesClassifier",
    "RecurrentClassifier",
    "SentenceEncoder",
    "SeparableConvClassifier",
    "TabularModel",
    "TransformerClassifier",
    "WithFeatures",
]
