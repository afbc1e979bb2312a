"""What the libraries of remote places raise, as errors of ours that tell no secret."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dpnb.errors import DpnbError, StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_SHORTEST_SECRET = 4  # what is shorter would make a riddle of any text
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
_QUERY_SECRETS = re.compile(r"(?i)((?:key|secret|token|sig|signature|password|credential)[\w-]*=)[^&\s\"']+")
_OPEN_OPTIONS = frozenset(
    ["anon", "endpoint_url", "region_name", "use_ssl", "project", "account_name", "host", "port", "protocol"]
)
_LONGEST = 300


def without_secrets(url: str) -> str:
    """Return a URL without user, password and query.

    Examples
    --------
    >>> without_secrets("s3://key:secret@bucket/prefix?token=1"), without_secrets("memory://runs")
    ('s3://bucket/prefix', 'memory://runs')
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:
        return f"{scheme}://…"
    host = parts.netloc.rpartition("@")[2]
    return f"{scheme}://{host}{parts.path}" if rest else url


def secrets_in(url: str, options: Mapping[str, object]) -> frozenset[str]:
    """Return the texts that may be secrets: what stands before the host, and options that do not say just where."""
    found: set[str] = set()
    try:
        parts = urlsplit(url)
        found.update(part for part in (parts.username, parts.password, parts.query) if part)
    except ValueError:
        found.add(url)
    _gather(options, found)
    return frozenset(one for one in found if len(one) >= _SHORTEST_SECRET)


def _gather(options: Mapping[str, object], found: set[str]) -> None:
    for name, value in options.items():
        if isinstance(value, dict):
            _gather(value, found)
        elif isinstance(value, str) and name not in _OPEN_OPTIONS:
            found.add(value)


def shown(text: str, secrets: Collection[str]) -> str:
    """Return a message on one line, short, with secrets left out.

    Examples
    --------
    >>> shown("cannot reach http://me:pass@host/?sig=abc with hunter2", ["hunter2"])
    'cannot reach http://…@host/?sig=… with …'
    """
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "…")
    line = " ".join(_QUERY_SECRETS.sub(r"\1…", _CREDENTIALS.sub("…@", text)).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


@contextmanager
def told(location: str, doing: str, secrets: Collection[str]) -> Iterator[None]:
    """Turn what is raised in the block into `StoreUnavailableError`, without its cause, which may hold secrets.

    `FileNotFoundError` passes, said without what the library says.
    """
    try:
        yield
    except (DpnbError, MemoryError):
        raise
    except FileNotFoundError as error:
        raise FileNotFoundError(error.errno, shown(str(error) or "not found", secrets)) from None
    except Exception as error:  # noqa: BLE001 - every library has exceptions of its own
        reason = shown(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__, secrets)
        raise StoreUnavailableError(location, doing=doing, reason=reason, hint=_hint(error)) from None


def _hint(error: Exception) -> str:
    text = f"{type(error).__name__} {error}".lower()
    return next((hint for words, hint in _HINTS if any(word in text for word in words)), _HINT)


_HINT = "look at the reason; the run can be resumed once the store answers again."
_HINT_OF_RIGHTS = (
    "check that this process has credentials for the place, and that they allow listing, reading, writing and "
    "deleting there; the library that speaks to it takes them from the environment or its own files."
)
_HINTS: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("nosuchbucket", "bucket does not exist"),
        "make the bucket first; dpnb makes none.",
    ),
    (
        ("credential", "accesskey", "signature", "permission", "accessdenied", "forbidden", "unauthorized"),
        _HINT_OF_RIGHTS,
    ),
    (
        ("slowdown", "slow down", "503", "500", "502", "504", "busy", "unavailable", "internal", "reduce your request"),
        "the server has too much to do; it was asked several times. Resume the run later.",
    ),
    (
        ("timeout", "timed out", "connect", "endpoint", "unreachable", "payload", "refused", "serverselection"),
        "check that the place can be reached from here; the run can be resumed once it can.",
    ),
    (
        ("no space", "disk full", "errno 28"),
        "make room on this machine's disk, or name another cache folder.",
    ),
)
