"""An experiment, from its config to a run that can be used.

`train` shows the whole walk; `resume` continues a run; `load` is the only way to use one.
"""

from seqlab.experiment.joint_training import RunElsewhere
from seqlab.experiment.load import example_command, find, load
from seqlab.experiment.loaded_run import LoadedRun
from seqlab.experiment.plan_training import plan
from seqlab.experiment.resume import resume, resume_or_train
from seqlab.experiment.run_session import reference
from seqlab.experiment.train import train
from seqlab.tasks.task import is_guess

__all__ = [
    "LoadedRun",
    "RunElsewhere",
    "example_command",
    "find",
    "is_guess",
    "load",
    "plan",
    "reference",
    "resume",
    "resume_or_train",
    "train",
]
