"""Which database a text names: a file's path, or the URL of a server's database."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from dpnb.errors import LedgerUrlError
from dpnb.errors.url_text import without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

_POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")
_KINDS = "'sqlite:///path/ledger.db' or 'postgresql://user@host:5432/name'"
_WHEN_SILENT = {  # else a server that is cut off is waited for as long as the system likes: a quarter of an hour
    "application_name": "dpnb",
    "connect_timeout": 10,
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 40_000,
}


def database_url(path_or_url: Path | str) -> URL:
    """Return what SQLAlchemy opens; a file's folder is made.

    Raises
    ------
    LedgerUrlError
        It is no URL, or of no kind that can keep a ledger, or psycopg is not installed.

    Examples
    --------
    >>> database_url("postgres://me@host/name").drivername
    'postgresql+psycopg'
    """
    if isinstance(path_or_url, str) and "://" in path_or_url:
        return _url(path_or_url)
    path = Path(path_or_url).absolute()
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
    return URL.create("sqlite", database=str(path))


def shown(path_or_url: Path | str) -> str:
    """Return how a database is called where people read it: without password and options."""
    text = str(path_or_url)
    return without_secrets(text) if "://" in text and not text.startswith("sqlite:") else text


def connect_args(url: URL) -> Mapping[str, object]:
    """Return what a connection to a server is made with, besides what its URL says."""
    return {name: value for name, value in _WHEN_SILENT.items() if name not in url.query}


def _url(text: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # they quote what they could not read, a password perhaps
        raise LedgerUrlError(shown(text), reason="this is no URL") from None
    if url.drivername in _POSTGRES:
        if find_spec("psycopg") is None:
            raise LedgerUrlError(shown(text), reason="psycopg is not installed", hint="pip install 'dpnb[postgres]'")
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() != "sqlite":
        raise LedgerUrlError(shown(text), reason=f"{url.drivername!r} is no kind of ledger", hint=f"give {_KINDS}.")
    return url
