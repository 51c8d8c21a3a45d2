"""Reports: what is made of a run's figures for people to read."""
