"""A worker: one process that trains one trial after another until there is none left."""

from __future__ import annotations

import time
from collections.abc import Callable

from seqlab.interruption import Interruption
from seqlab.sweeps.trials import Claim, Trials

WAIT_SECONDS = 1.0
"""Between two looks whether the worker of another trial died."""


def work(trials: Trials, after_trial: Callable[[], object] = lambda: None) -> None:
    """Train trials until every trial has ended, or the time is up. A trial whose worker died is continued.

    Raises Stopped after a signal, once everything is saved.
    """
    try:
        with Interruption() as interruption:
            while True:
                with interruption.deferred():
                    claim = trials.claim()
                    if interruption.requested is not None:
                        _give_back(claim)
                        raise interruption.requested
                if claim is None:
                    return
                if isinstance(claim, Claim):
                    trials.train(claim, interruption)
                    after_trial()
                else:
                    time.sleep(WAIT_SECONDS)
    finally:
        trials.clock.close()


def _give_back(claim: object) -> None:
    if isinstance(claim, Claim):
        claim.held.release()
