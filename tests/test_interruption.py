"""Signals: remembered where stopping would lose something, obeyed where it would not."""

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


def test_in_a_deferred_block_it_is_remembered():
    with Interruption() as interruption, interruption.deferred():
        send(signal.SIGTERM)
        send(signal.SIGTERM)
        assert interruption.requested.exit_code == 75


def test_a_second_ctrl_c_is_obeyed_at_once():
    with pytest.raises(Stopped, match="Ctrl-C") as caught, Interruption() as interruption, interruption.deferred():
        send(signal.SIGINT)
        assert interruption.requested.exit_code == 130
        send(signal.SIGINT)
    assert caught.value.exit_code == 130


def test_a_block_that_obeys_ends_by_a_signal_that_came_before_or_within():
    with Interruption() as interruption, interruption.deferred():
        with pytest.raises(Stopped), interruption.immediate():
            send(signal.SIGTERM)
        with pytest.raises(Stopped), interruption.immediate():
            raise AssertionError("the signal came before: nothing of this block may run")


def test_handlers_are_given_back_whatever_happens():
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


def test_no_except_exception_on_the_way_swallows_it():
    assert not issubclass(Stopped, Exception)
