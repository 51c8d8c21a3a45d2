"""A journal survives a line that was torn at any byte, and is otherwise left alone."""

import pytest

from seqlab.errors import SeqlabError
from seqlab.sweeps.journal import JournalLock, refuse_damage, repair

LINES = [b'{"op_code":0,"a":1}\n', b'{"op_code":4}\n', b'{"op_code":5,"text":"caf\xc3\xa9"}\n']
WHOLE = b"".join(LINES)


@pytest.mark.parametrize("torn", range(1, len(LINES[2])))
def test_a_line_torn_at_any_byte_is_cut_and_those_before_it_stay(tmp_path, torn):
    journal = tmp_path / "study.journal"
    journal.write_bytes(LINES[0] + LINES[1] + LINES[2][:torn])
    assert repair(journal)
    assert journal.read_bytes() == LINES[0] + LINES[1]
    assert not repair(journal)


@pytest.mark.parametrize("content", [b"", LINES[0], WHOLE])
def test_a_healthy_journal_is_not_touched(tmp_path, content):
    journal = tmp_path / "study.journal"
    journal.write_bytes(content)
    before = journal.stat().st_mtime_ns
    assert not repair(journal)
    assert (journal.read_bytes(), journal.stat().st_mtime_ns) == (content, before)


def test_the_only_line_and_a_long_one_can_be_torn(tmp_path):
    journal = tmp_path / "study.journal"
    journal.write_bytes(LINES[0][:5])
    assert repair(journal)
    assert journal.read_bytes() == b""
    journal.write_bytes(WHOLE + b'{"text":"' + b"x" * 20_000)
    assert repair(journal)
    assert journal.read_bytes() == WHOLE


def test_zeros_that_a_power_cut_leaves_are_cut(tmp_path):
    journal = tmp_path / "study.journal"
    journal.write_bytes(WHOLE + bytes(40) + b"\n")
    assert repair(journal)
    assert journal.read_bytes() == WHOLE


def test_whoever_takes_the_lock_repairs_so_that_nothing_is_appended_to_a_torn_line(tmp_path):
    journal = tmp_path / "study.journal"
    journal.write_bytes(WHOLE + b'{"op_')
    lock = JournalLock(journal)
    lock.acquire()
    assert journal.read_bytes() == WHOLE
    lock.release()


def test_damage_before_the_end_is_named_and_nothing_is_cut(tmp_path):
    journal = tmp_path / "study.journal"
    journal.write_bytes(LINES[0] + b'{"op_' + WHOLE)
    with pytest.raises(SeqlabError, match=r"line 2 of .*study\.journal is damaged: restore"):
        refuse_damage(journal)
    assert journal.read_bytes() == LINES[0] + b'{"op_' + WHOLE
