"""Models: parts whose `build` gives a `keras.Model`. One file a task."""
