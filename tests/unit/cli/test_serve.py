"""What `dpnb serve` refuses before it listens, and under which names it answers."""

from __future__ import annotations

import socket

import pytest
from click.testing import CliRunner

from dpnb.cli.app import app
from dpnb.cli.serve import _access


def call(*arguments: object):
    return CliRunner().invoke(app, ["serve", *map(str, arguments)])


def test_port_that_is_taken_is_a_failure_that_says_what_to_do(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = call("--port", taken.getsockname()[1])
    assert done.exit_code == 1
    assert not done.stdout


def test_notebooks_of_one_name_or_of_several_workspaces_are_wrong_usage(tmp_path, monkeypatch):
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        (folder / ".dpnb").mkdir(parents=True)
        (folder / "노트.ipynb").touch()
    notebooks = [folder / "노트.ipynb" for folder in folders]
    assert "two notebooks are called '노트'" in call(*notebooks).output
    monkeypatch.delenv("DPNB_HOME")
    done = call(*notebooks)
    assert (done.exit_code, "several workspaces" in done.output) == (2, True)


@pytest.mark.parametrize("token", ["", "한글"])
def test_token_that_no_header_carries_is_wrong_usage(token):
    done = call("--token", token)
    assert (done.exit_code, "visible ASCII" in done.output) == (2, True)


@pytest.mark.parametrize(
    ("host", "good", "bad"),
    [
        ("127.0.0.1", ["localhost:1", "127.0.0.1", "name"], ["192.168.0.7", "evil.example"]),
        ("192.168.0.7", ["192.168.0.7:1", "localhost"], ["192.168.0.8"]),
        ("0.0.0.0", ["192.168.0.7", "[::1]", "name"], ["evil.example"]),
        ("fe80::1", ["[fe80::1]:1"], ["[fe80::2]"]),
    ],
)
def test_server_answers_under_the_names_that_lead_to_it(host, good, bad):
    access = _access(host, None, ["name"])
    assert [access.admits_host(name) for name in good] == [True] * len(good)
    assert [access.admits_host(name) for name in bad] == [False] * len(bad)
