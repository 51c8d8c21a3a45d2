"""Classifiers, from sums of rows upwards. Each part's `build` gives a `keras.Model` from batches to logits."""

from __future__ import annotations

from typing import Literal

from seqlab.registry import Count, Part, PositiveNumber, Rate, Share, Shelf


class Classifier(Part):
    """Options of every classifier."""


CLASSIFIERS: Shelf[Classifier] = Shelf("classifier")


@CLASSIFIERS.add
class Bag(Classifier):
    """Bag of n-grams: a sum of one learned row per token, relu, dropout, logits (Chollet 2021, section 11.3.2)."""

    name: Literal["bag"] = "bag"
    hidden: Count = 16
    """Units of the hidden layer; 0: none, a linear model."""
    dropout: Rate = 0.5
    """Share of the hidden units that is dropped in training."""


@CLASSIFIERS.add
class NaiveBayesBag(Classifier):
    """Linear model over tokens weighted by their naive-Bayes log-count ratio (Wang & Manning 2012, section 2.3)."""

    name: Literal["naive_bayes_bag"] = "naive_bayes_bag"
    alpha: PositiveNumber = 1.0
    """Added to each count before the ratio is taken."""
    beta: Share = 0.25
    """Between naive Bayes (0: one weight for all tokens) and the learned weights (1)."""
