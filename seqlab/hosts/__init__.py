"""Several hosts that share one training: which they are, and what they tell one another besides gradients.

Every host runs the same command. Host 0, the chief, writes the run; all compute a part of each batch.
"""
