"""Keras layers. Importing a file of this folder imports Keras: do so where a part is built."""
