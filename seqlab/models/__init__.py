"""Models: components whose `build` gives a `keras.Model`. One package a task; options and network side by side."""
