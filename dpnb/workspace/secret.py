"""Text that may hold a secret: it works as text, and shows itself as nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.errors.url_text import without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping


class Secret(str):
    """A text whose repr tells only what anybody may read of it: of a URL its server, of anything else nothing.

    Reprs are what notebooks, logs, tracebacks with variables and error messages show.

    Examples
    --------
    >>> Secret("redis://me:geheim@host:6379/0")
    'redis://me@host:6379/0'
    >>> Secret("geheim")
    '…'
    >>> "geheim" in Secret("redis://me:geheim@host:6379/0")  # it is what it is for those who use it
    True
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(without_secrets(str(self)) if "://" in self else "…")


def guarded(value: Any) -> Any:
    """Return the value with every text in it a `Secret`: any option of a store may be a key."""
    if isinstance(value, str):
        return Secret(value)
    if isinstance(value, dict):
        return {name: guarded(each) for name, each in value.items()}
    if isinstance(value, list):
        return [guarded(each) for each in value]
    return value


def plain(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as those who use them expect them: of Python's own types."""
    return {name: _plain(value) for name, value in options.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, dict):
        return plain(value)
    return [_plain(each) for each in value] if isinstance(value, list) else value
