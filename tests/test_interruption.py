"""Signals: deferred where stopping would lose work, immediate elsewhere."""

import os
import signal
import threading

import pytest

from seqlab.errors import Stopped
from seqlab.interruption import Interruption


def send(number):
    os.kill(os.getpid(), number)


def test_outside_a_deferred_block_a_signal_ends_the_work_at_once():
    reached = []
    with pytest.raises(Stopped, match="stopped by SIGTERM") as caught, Interruption():
        send(signal.SIGTERM)
        reached.append("after")
    assert (reached, caught.value.exit_code) == ([], 75)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="signals of POSIX")
def test_a_closed_terminal_is_a_signal_as_the_others_unless_it_is_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whatever the tests were started by
    try:
        with pytest.raises(Stopped, match="stopped by SIGHUP") as caught, Interruption():
            send(signal.SIGHUP)
        assert caught.value.exit_code == 75
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `nohup` does
        with Interruption():
            send(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_signal_while_something_is_saved_ends_the_work_once_it_is_saved():
    reached = []
    with pytest.raises(Stopped, match="stopped by SIGTERM"), Interruption() as interruption:
        with interruption.until_saved():
            send(signal.SIGTERM)
            reached.append("saved")
        reached.append("after")
    assert reached == ["saved"]


def test_a_deferred_block_records_a_signal():
    with Interruption() as interruption, interruption.deferred():
        send(signal.SIGTERM)
        send(signal.SIGTERM)
        assert interruption.requested.exit_code == 75


def test_a_second_ctrl_c_is_immediate():
    with pytest.raises(Stopped, match="Ctrl-C") as caught, Interruption() as interruption, interruption.deferred():
        send(signal.SIGINT)
        assert interruption.requested.exit_code == 130
        send(signal.SIGINT)
    assert caught.value.exit_code == 130


def test_an_immediate_block_ends_by_an_earlier_or_a_new_signal():
    with Interruption() as interruption, interruption.deferred():
        with pytest.raises(Stopped), interruption.immediate():
            send(signal.SIGTERM)
        with pytest.raises(Stopped), interruption.immediate():
            raise AssertionError("the signal came before: nothing of this block may run")


def test_handlers_are_restored():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.raises(ZeroDivisionError), Interruption():
        raise ZeroDivisionError
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_in_another_thread_it_changes_nothing():
    before, seen = signal.getsignal(signal.SIGTERM), []

    def work():
        with Interruption():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]


def test_except_exception_does_not_swallow_it():
    assert not issubclass(Stopped, Exception)
