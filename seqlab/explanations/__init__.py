"""How the answer of a model is explained: contributions, how faithful they are, and what is returned.

Works on functions and arrays: it knows no model, no task and no vectorizer.
"""
