"""Where a run reports to while it is trained: TensorBoard's events in its own directory, and sinks outside of it.

A sink is a class of options in a file of this package that is added to `SINKS`; import it here.
"""

from seqlab.sinks import mlflow_sink, wandb_sink
from seqlab.sinks.sink import SINKS, Connection, ReportedRun, Sink, Sinks

__all__ = ["SINKS", "Connection", "ReportedRun", "Sink", "Sinks", "mlflow_sink", "wandb_sink"]
