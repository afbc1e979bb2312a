"""What is told of a remote place that fails: the reason, a hint, and no secret."""

from __future__ import annotations

import pickle

import pytest

from dpnb.errors import StoreUnavailableError
from dpnb.results import FsspecIOManager, open_store
from dpnb.results.remote.faults import secrets_in, shown, told, without_secrets

URL = "s3://AKIAKEY:sssh-secret@bucket/prefix?token=ttoken"
OPTIONS = {"key": "AKIAKEY", "client_kwargs": {"aws_session_token": "session!"}, "endpoint_url": "http://host"}


def test_secrets_are_what_is_not_just_a_place():
    found = secrets_in(URL, OPTIONS)
    assert {"AKIAKEY", "sssh-secret", "session!"} <= found
    assert "http://host" not in found


@pytest.mark.parametrize(
    ("url", "text"),
    [
        (URL, "s3://bucket/prefix"),
        ("mongodb+srv://me:pw@host/db?x=1", "mongodb+srv://host/db"),
        ("s3://[", "s3://…"),
        ("/folder", "/folder"),
        ("memory://한글", "memory://한글"),
    ],
)
def test_a_url_is_shown_without_them(url, text):
    assert without_secrets(url) == text


def test_a_message_is_shown_without_them():
    text = f"no {URL} with session! at http://u:p@h/?X-Amz-Signature=abc&part=2"
    found = shown(text, secrets_in(URL, OPTIONS))
    assert not any(secret in found for secret in ("AKIAKEY", "sssh", "session!", "u:p", "abc", "ttoken"))
    assert "part=2" in found


HINTS = {
    "NoCredentialsError: Unable to locate credentials": "credentials for the place",
    "Connection timed out": "can be reached",
    "An error occurred (503) SlowDown": "too much to do",
    "[Errno 28] No space left on device": "make room",
    "something odd": "look at the reason",
}


@pytest.mark.parametrize("text", HINTS)
def test_every_fault_has_a_hint(text):
    with pytest.raises(StoreUnavailableError) as caught, told("s3://bucket", "take 'a'", ()):
        raise RuntimeError(text)
    assert HINTS[text] in caught.value.hint
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.location) == (str(caught.value), "s3://bucket")


def test_a_place_that_needs_what_is_not_installed_names_the_extra(monkeypatch):
    def missing(*_: object, **__: object) -> None:
        raise ImportError("install gcsfs", name="gcsfs")

    monkeypatch.setattr("fsspec.core.url_to_fs", missing)
    with pytest.raises(StoreUnavailableError, match=r"gcsfs is not installed.*\n.*pip install 'dpnb\[gcs\]'"):
        open_store("gs://bucket").list_runs()


def test_a_url_of_no_kind_is_refused_with_what_there_is():
    with pytest.raises(StoreUnavailableError, match="nonsense.*\n.*s3://bucket/prefix"):
        FsspecIOManager("nonsense://me:hunter2@bucket").list_runs()
