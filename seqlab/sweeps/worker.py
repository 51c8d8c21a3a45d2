"""A worker: one process that trains one trial after another until there is none left."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from seqlab.interruption import Interruption
from seqlab.runs import lock
from seqlab.sweeps.trials import Claim, Trials, Waiting

WAIT_SECONDS = 1.0
"""Between two looks whether the worker of another trial died."""
SECONDS_UNTIL_TOLD = 120
"""Seconds of waiting after which the user is told for whom: the lock of a machine that is gone may never be free."""


def work(
    trials: Trials,
    after_trial: Callable[[], object] = lambda: None,
    *,
    say: Callable[[str], object] | None = None,
    most: int | None = None,
    patience: float | None = None,
) -> int:
    """Train trials until every trial has ended, or the time is up. A trial whose worker died is continued.

    `say`: told for whom it waits, if that takes long; by default the progress of the trials. `most`: return after so
    many trials. `patience`: return after so many seconds without a trial to train. Returns how many trials were
    trained. Raises Stopped after a signal, once everything is saved.
    """
    trained, waited = 0, 0.0
    try:
        with Interruption() as interruption:
            while most is None or trained < most:
                with interruption.deferred():
                    claim = trials.claim()
                    if interruption.requested is not None:
                        _give_back(claim)
                        raise interruption.requested
                if claim is None:
                    break
                if isinstance(claim, Claim):
                    trials.train(claim, interruption)
                    after_trial()
                    trained, waited = trained + 1, 0.0
                    continue
                if patience is not None and waited >= patience:
                    break
                if waited == SECONDS_UNTIL_TOLD:
                    (say or trials.progress.say)(_waits_for(claim))
                time.sleep(WAIT_SECONDS)
                waited += WAIT_SECONDS
    finally:
        trials.clock.close()
    return trained


def _waits_for(waiting: Waiting) -> str:
    """Who trains the other trials, and what to do if nobody does."""
    files = [Path(each.lock_file) for each in waiting.held]
    held = ", ".join(f"{each.name} ({lock.holder(each)})" for each in files)
    folder = f" in {files[0].parent}" if files else ""
    return (
        f"waiting for {held}{folder}: a lock becomes free when its process ends, however it ends; if that process and "
        "its machine are gone and it stays, delete the file"
    )


def _give_back(claim: object) -> None:
    if isinstance(claim, Claim):
        claim.held.release()
