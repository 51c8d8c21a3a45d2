"""Reports: tables, plots and verdicts made from the metrics of a run."""
