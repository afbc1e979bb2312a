from __future__ import annotations

import pytest

from dpnb.errors import LedgerUrlError
from dpnb.results import RunLedger, database_urls
from dpnb.results.database_urls import connect_args, database_url, shown


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_way_to_say_postgresql_means_psycopg(scheme):
    url = database_url(f"{scheme}://me:geheim@host:5433/이름")
    assert (url.drivername, url.port, url.password) == ("postgresql+psycopg", 5433, "geheim")


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("mysql://me:geheim@host/x", "'mysql' is no kind of ledger.\nHint: give 'sqlite:"),
        ("postgresql://me:geheim@host:geheim/x", "this is no URL"),
        ("oracle+nothing://me:geheim@host/x", "is no kind of ledger"),
    ],
)
def test_what_keeps_no_ledger_is_refused_without_its_password(url, refusal):
    with pytest.raises(LedgerUrlError, match=refusal) as caught:
        RunLedger(url)
    assert "me:geheim" not in str(caught.value)


def test_a_driver_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(database_urls, "find_spec", lambda _name: None)
    with pytest.raises(LedgerUrlError, match=r"psycopg is not installed.\nHint: pip install 'dpnb\[postgres\]'"):
        database_url("postgresql://host/x")


def test_a_ledger_is_called_by_its_place_without_password_and_options(tmp_path):
    assert shown("postgresql://me:geheim@host/x?password=geheim") == "postgresql://me@host/x"
    assert shown(tmp_path / "ledger.db") == str(tmp_path / "ledger.db")
    assert shown("sqlite:///a/b.db") == "sqlite:///a/b.db"


def test_a_silent_server_is_given_up_unless_the_url_says_when():
    assert connect_args(database_url("postgresql://h/x"))["connect_timeout"] == 10
    assert "connect_timeout" not in connect_args(database_url("postgresql://h/x?connect_timeout=3"))
