"""What is wrong with the data of a config: duplicates, leaks, odd rows, mixed languages, likely label errors.

data = read_data(experiment, progress)
results = diagnose(data, names=["duplicates"], examples=3, progress=progress)
"""

from seqlab.diagnosis.checks import CHECKS, diagnose
from seqlab.diagnosis.examined import Examined
from seqlab.diagnosis.findings import Finding, Instance, Result, worst
from seqlab.diagnosis.read_data import read_data

__all__ = ["CHECKS", "Examined", "Finding", "Instance", "Result", "diagnose", "read_data", "worst"]
