"""Keras layers. Importing a module of this package imports Keras: do so where a model is built."""
