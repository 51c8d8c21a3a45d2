"""The same by scikit-learn: which of the 20,000 most frequent words a text has, and one epoch of a linear model."""

import csv
import sys
from pathlib import Path

from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline

with Path(sys.argv[1]).open(encoding="utf-8", newline="") as file:
    rows = [(row["text"], row["label"]) for row in csv.DictReader(file)]
texts, labels = zip(*rows, strict=True)
counter = CountVectorizer(max_features=20_000, binary=True)
make_pipeline(counter, SGDClassifier(loss="log_loss", max_iter=1, tol=None)).fit(texts, labels)
