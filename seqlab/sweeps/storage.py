"""Where the study of a sweep is kept: a journal of the sweep, a database, or Optuna's gRPC proxy of one."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from seqlab.errors import RequestError, SeqlabError
from seqlab.sweeps.journal import JournalLock, refuse_damage
from seqlab.sweeps.sweep_directory import masked

OLDEST = 5
"""The major version of Optuna."""
KNOWN = "sqlite:///FILE, postgresql://USER@HOST/NAME, mysql://USER@HOST/NAME or grpc://HOST:PORT"
PROXY = "grpc"
PROXY_PORT = 13000
"""The default of Optuna's `run_grpc_proxy_server`."""
SECONDS_TO_CONNECT = 10
DRIVERS = {
    "postgresql": "pip install 'seqlab[postgresql]'",
    "mysql": "pip install mysqlclient, or pip install pymysql and give mysql+pymysql://…",
}
"""Scheme → how to get what SQLAlchemy needs for it."""


def import_optuna() -> Any:
    """Optuna, without its log. Raises RequestError if it is missing or too old."""
    try:
        import optuna
    except ImportError:
        raise RequestError("a sweep needs Optuna, which is not installed: pip install 'seqlab[sweep]'") from None
    if int(optuna.__version__.partition(".")[0]) < OLDEST:
        raise RequestError(f"a sweep needs Optuna {OLDEST}, not {optuna.__version__}: pip install -U 'seqlab[sweep]'")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


class StudyError(SeqlabError):
    """The study cannot be read or written now: no fault of a trial."""


@contextlib.contextmanager
def deletion_named() -> Iterator[None]:
    """Raises StudyError for a file of the sweep that is not there any more: its directory was deleted."""
    try:
        yield
    except FileNotFoundError as error:
        file = Path(error.filename or "the study")
        gone = next((each for each in reversed(file.parents) if not each.exists()), file)  # more than a file of it
        raise StudyError(f"{gone} is gone: was the sweep deleted while it ran? The runs of its trials stay") from error


@contextlib.contextmanager
def study_errors() -> Iterator[None]:
    """Errors of Optuna and of its storage as StudyError; those of files stay as they are."""
    with deletion_named():
        try:
            yield
        except (SeqlabError, OSError):
            raise
        except Exception as error:
            raise StudyError(
                f"the study cannot be used ({first_line(error)}): trials are saved; start the same command when it can"
            ) from error


def open_storage(journal: Path, url: str | None) -> Any:
    """The storage for Optuna: `journal`, or what `url` names. Raises RequestError if it cannot be used."""
    if url is None:
        return _journal_storage(journal)
    with storage_errors(url):
        return _proxy(url) if _scheme(url) == PROXY else _database(url)


def refuse_unusable(url: str | None) -> None:
    """Raises RequestError if a database cannot be used, before anything is written elsewhere."""
    if url is not None:
        if _scheme(url) == "sqlite" and urlsplit(url).path in {"", "/", "/:memory:"}:
            raise RequestError(f"--storage {url} ends with this process: name a file, as in sqlite:///sweep.db")
        open_storage(Path(), url)


def _journal_storage(journal: Path) -> Any:
    optuna = import_optuna()
    lock = JournalLock(journal)
    lock.acquire()  # which repairs it
    lock.release()
    refuse_damage(journal)
    backend = optuna.storages.journal.JournalFileBackend(str(journal), lock_obj=lock)
    lock.exists = True
    return optuna.storages.JournalStorage(backend)


def _scheme(url: str) -> str:
    """Of `postgresql+psycopg://…` `postgresql`."""
    scheme, separator, _ = url.partition("://")
    if not separator:
        raise RequestError(f"--storage {url}: expected the URL of a database: {KNOWN}")
    return scheme.partition("+")[0]


def _database(url: str) -> Any:
    optuna = import_optuna()
    kind = _scheme(url)
    if kind == "sqlite":
        options: dict[str, Any] = {"connect_args": {"timeout": 60}}
    else:
        # A connection that a restart of the server closed is opened again.
        options = {"pool_pre_ping": True}
        if kind in DRIVERS:
            options["connect_args"] = {"connect_timeout": SECONDS_TO_CONNECT}
    return optuna.storages.RDBStorage(url, engine_kwargs=options)


def _proxy(url: str) -> Any:
    optuna = import_optuna()
    parts = urlsplit(url)
    if not parts.hostname or _port(url, parts) is None or parts.path.strip("/"):
        raise RequestError(f"--storage {masked(url)}: expected grpc://HOST:PORT, such as grpc://head:{PROXY_PORT}")
    storage = optuna.storages.GrpcStorageProxy(host=parts.hostname, port=_port(url, parts) or PROXY_PORT)
    storage.wait_server_ready(timeout=SECONDS_TO_CONNECT)
    return storage


def _port(url: str, parts: SplitResult) -> int | None:
    """0: none is given. None: it is no port."""
    try:
        return parts.port or 0
    except ValueError:
        return None


@contextlib.contextmanager
def storage_errors(url: str | None) -> Iterator[None]:
    """Errors of a database as RequestError, without its password. They may be of any library."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except RequestError:
        raise
    except Exception as error:
        if url is None or (isinstance(error, OSError) and not isinstance(error, (ConnectionError, TimeoutError))):
            raise
        raise RequestError(f"--storage {masked(url)} {_problem(url, error)}") from error


def _problem(url: str, error: Exception) -> str:
    """What is wrong, and the way out."""
    kind = _scheme(url)
    if type(error).__name__ == "NoSuchModuleError":
        return f"is of no known kind: expected {KNOWN}"
    if isinstance(error, ImportError):
        return f"needs a driver that is not installed: {DRIVERS.get(kind, 'install the one that SQLAlchemy names')}"
    if kind == PROXY:
        return (
            f"does not answer ({first_line(error)}): is Optuna's proxy started there "
            "(optuna.storages.run_grpc_proxy_server), and may this machine reach its port?"
        )
    return f"cannot be used ({first_line(error)}): is it there, and may it be written?"


def first_line(error: Exception) -> str:
    """What an error says: of SQLAlchemy's errors the one of the driver, of gRPC's the details. Never empty."""
    details = getattr(error, "details", None)
    said = details() if callable(details) else getattr(error, "orig", None) or error
    return (str(said or "").splitlines() or [type(error).__name__])[0]
