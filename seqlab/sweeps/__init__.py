"""Sweeps: many trainings of one config with different values, chosen by Optuna, each an ordinary run.

read_sweep.py reads the YAML file, sweep_directory.py keeps what workers share, storage.py and study.py alone call
Optuna, trials.py makes a run of a trial, worker.py trains one trial after another, launcher_….py start workers.
"""
