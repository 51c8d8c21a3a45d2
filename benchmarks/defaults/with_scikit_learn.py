"""scikit-learn with its defaults: a logistic regression on tf-idf, a linear regression, gradient boosting."""

import json
from pathlib import Path

from packages import versions
from processes import answer
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder


def classified(train, test):
    model = make_pipeline(TfidfVectorizer(), LogisticRegression())
    model.fit(train["texts"], train["targets"])
    loss = log_loss(test["targets"], model.predict_proba(test["texts"]), labels=model.classes_)
    return {"test.accuracy": float(model.score(test["texts"], test["targets"])), "test.loss": float(loss)}


def predicted(train, test, regressor):
    rows = [
        [[*pair[0], *pair[1]] for pair in zip(of["categories"], of["numbers"], strict=True)] for of in (train, test)
    ]
    categories = list(range(len(train["categories"][0])))
    of_category = make_column_transformer((OneHotEncoder(sparse_output=False), categories), remainder="passthrough")
    model = make_pipeline(of_category, regressor).fit(as_objects(rows[0]), train["targets"])
    return {"test.mse": float(mean_squared_error(test["targets"], model.predict(as_objects(rows[1]))))}


def as_objects(rows):
    import numpy as np

    return np.array(rows, dtype=object)


def reply(asked):
    splits = json.loads(Path(asked["file"]).read_text(encoding="utf-8"))["splits"]
    train, test = splits["train"], splits["test"]
    if asked["who"] == "linear regression":
        figures = predicted(train, test, LinearRegression())
    elif asked["who"] == "gradient boosting":
        figures = predicted(train, test, HistGradientBoostingRegressor(random_state=asked["seed"]))
    else:
        figures = classified(train, test)
    return {"figures": figures, "versions": versions("scikit-learn")}


if __name__ == "__main__":
    answer(reply)
