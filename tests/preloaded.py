"""Imported by a fork server: its children begin with TensorFlow and the whole of seqlab in memory."""

from importlib import import_module

from seqlab import runtime

runtime.tensorflow()  # first and quietly; the others import it too
for module in ("training.callbacks", "training.loop", "training.optimizers.build", "reports.plots"):
    import_module(f"seqlab.{module}")
import_module("matplotlib.figure")
