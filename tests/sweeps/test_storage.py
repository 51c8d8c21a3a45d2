"""Where a study is kept: a database, a real proxy, a real PostgreSQL, and what is said of those that cannot be used."""

import re
import shutil
import socket
import sqlite3
import sys
from contextlib import contextmanager

import pytest
from small_sweeps import Killed, swept, written

from seqlab.errors import RequestError
from seqlab.sweeps import storage
from seqlab.sweeps.opened import open_sweep
from seqlab.sweeps.storage import StudyError, first_line, refuse_unusable
from seqlab.sweeps.trials import Trials
from seqlab.sweeps.worker import work


@pytest.fixture
def _impatient(monkeypatch):
    monkeypatch.setattr(storage, "SECONDS_TO_CONNECT", 1)


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite:////nowhere/at/all/sweep.db", r"unable to open database file\): is it there, and may it be written"),
        *(
            (url, f"{url} ends with this process: name a file")
            for url in ("sqlite://", "sqlite:///", "sqlite:///:memory:")
        ),
        ("sweep.db", "expected the URL of a database: sqlite:///FILE, postgresql://"),
        ("nosql://host/x", "is of no known kind: expected sqlite:///FILE, "),
        ("sqlite+nosuchdriver:///x.db", "is of no known kind"),
        ("grpc://127.0.0.1:1", r"does not answer \(GRPC connection timeout\): is Optuna's proxy started there"),
        ("grpc://:13000", "expected grpc://HOST:PORT, such as grpc://head:13000"),
        ("grpc://host:port", "expected grpc://HOST:PORT"),
        ("grpc://host:13000/study", "expected grpc://HOST:PORT"),
    ],
)
def test_a_storage_that_cannot_be_used_is_refused_and_leaves_nothing(tmp_path, url, message):
    with pytest.raises(RequestError, match=message):
        open_sweep(written(tmp_path), tmp_path / "runs", storage=url)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("url", "driver", "way_out"),
    [
        ("postgresql://user:secret@127.0.0.1:1/x", "psycopg", r"pip install 'seqlab\[postgresql\]'"),
        ("mysql://user:secret@127.0.0.1:1/x", "MySQLdb", "pip install mysqlclient"),
    ],
)
def test_a_missing_driver_is_named_with_its_command(monkeypatch, url, driver, way_out):
    monkeypatch.setitem(sys.modules, driver, None)
    with pytest.raises(RequestError, match=f"needs a driver that is not installed: {way_out}") as error:
        refuse_unusable(url)
    assert "secret" not in str(error.value)


@pytest.mark.usefixtures("_impatient")
def test_a_server_that_is_not_there_is_told_without_the_password():
    pytest.importorskip("psycopg")
    with pytest.raises(RequestError, match=r"postgresql://…@127\.0\.0\.1:1/x cannot be used .*refused") as error:
        refuse_unusable("postgresql://user:secret@127.0.0.1:1/x")
    assert "secret" not in str(error.value)


def test_a_read_only_database_is_refused(tmp_path):
    database = tmp_path / "sweep.db"
    sqlite3.connect(database).close()
    url = f"sqlite:///file:{database}?mode=ro&uri=true"
    with pytest.raises(RequestError, match="readonly"):
        open_sweep(written(tmp_path), tmp_path / "runs", storage=url)


def test_the_reason_is_one_line_and_never_empty():
    class Remote(Exception):
        def details(self):
            return "the proxy has gone\nDebug string"

    assert first_line(Remote()) == "the proxy has gone"
    assert first_line(ValueError()) == "ValueError"


@contextmanager
def proxy(url, port):
    """Optuna's proxy of a database, in a thread of this process."""
    import optuna
    from optuna.storages._grpc.server import make_server

    server = make_server(optuna.storages.get_storage(url), "127.0.0.1", port)
    server.start()
    try:
        yield
    finally:
        server.stop(None).wait()


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def test_workers_share_a_study_through_a_proxy_and_take_over_from_each_other(tmp_path, formula):
    port = free_port()
    alone, url = swept(written(tmp_path), tmp_path / "alone"), f"grpc://127.0.0.1:{port}"
    with proxy(f"sqlite:///{tmp_path / 'sweep.db'}", port):
        formula.dies = {formula.epochs + 5: Killed()}
        with pytest.raises(Killed):
            swept(written(tmp_path), tmp_path / "runs", storage=url)
        one, other = (open_sweep(written(tmp_path), tmp_path / "runs", storage=url) for _ in range(2))
        claim = Trials(one.directory, one.study).claim()
        assert (claim.trial.number, claim.taken_up, len(claim.run.metrics())) == (1, True, 1)
        assert Trials(other.directory, other.study).claim().trial.number == 2
        claim.held.release()
        work(Trials(other.directory, other.study))
        assert [(each.state, each.values, each.value) for each in one.rows] == [
            (each.state, each.values, each.value) for each in alone.rows
        ]
    with pytest.raises(StudyError, match=r"the study cannot be used .*: trials are saved; start the same command when"):
        Trials(one.directory, one.study).claim()


@pytest.mark.process
def test_a_study_in_postgresql_survives_its_crash_and_a_worker_that_dies(tmp_path, formula, benchmark):
    pytest.importorskip("psycopg")
    postgresql = benchmark("postgresql")
    if postgresql.programs() is None:
        pytest.skip("PostgreSQL is not installed")
    alone = swept(written(tmp_path), tmp_path / "alone")
    with postgresql.server() as server:
        opened = open_sweep(written(tmp_path), tmp_path / "runs", storage=server.url)
        formula.dies = {formula.epochs + 5: Killed()}
        with pytest.raises(Killed):
            work(Trials(opened.directory, opened.study))
        server.stop()
        with pytest.raises(StudyError, match="the study cannot be used"):
            Trials(opened.directory, opened.study).claim()
        server.start()
        work(Trials(opened.directory, opened.study))
        assert [(each.state, each.values, each.value) for each in opened.rows] == [
            (each.state, each.values, each.value) for each in alone.rows
        ]
        assert formula.finished == [0, 1, 2, 3] * 2
        assert opened.directory.record()["storage"] == server.url.replace("seqlab@", "…@")


@pytest.mark.parametrize("whole", [False, True])
def test_a_study_that_is_deleted_while_it_is_used_is_named_and_not_begun_again(tmp_path, whole):
    opened = open_sweep(written(tmp_path), tmp_path / "runs")
    journal = opened.directory.journal_file
    if whole:
        shutil.rmtree(opened.directory.path)
    else:
        journal.unlink()
    gone = re.escape(str(opened.directory.path if whole else journal))
    with pytest.raises(StudyError, match=rf"^{gone} is gone: was the sweep deleted while it ran\? The runs of"):
        Trials(opened.directory, opened.study).claim()
    assert not journal.exists()
    assert opened.directory.path.exists() is not whole, "no empty directory is left in its place"
