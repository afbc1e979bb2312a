"""Which store of results a URL names.

A kind of store is one line: the scheme of its URLs, and a function of a URL and of options that returns an `IOManager`.
Users add their own with `register_store`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from dpnb.errors import StoreUrlError, closest
from dpnb.errors.url_text import without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dpnb.results.ports import IOManager


type StoreOpener = Callable[..., IOManager]
"""Makes a store of a URL and of options by name; nothing need be reached before it is used.

What it raises as `TypeError` is an unknown option.
"""


def open_store(url: str, options: Mapping[str, Any] | None = None) -> IOManager:
    """Return the store of results that `url` names.

    Parameters
    ----------
    url
        ``file:/folder``, and what is registered besides.
    options
        What that kind of store takes.

    Raises
    ------
    StoreUrlError
        There is no such kind of store, it does not take these options, or its client library is not installed.

    Examples
    --------
    >>> open_store("file:/tmp/results").list_runs()
    []
    """
    scheme = url.partition(":")[0]
    if scheme not in _OPENERS:
        raise StoreUrlError(without_secrets(url), reason=f"{scheme!r} is no kind of store", hint=_kinds(scheme))
    try:
        return _OPENERS[scheme](url, **(options or {}))
    except TypeError:  # its text may quote an option's value
        names = ", ".join(map(repr, options or {})) or "none"
        raise StoreUrlError(
            without_secrets(url), reason=f"it does not take these options: {names}", hint="see what its kind takes."
        ) from None
    except ModuleNotFoundError as error:
        library = error.name or "a library"
        raise StoreUrlError(
            without_secrets(url), reason=f"{library} is not installed", hint=f"pip install {library}"
        ) from None


def register_store(scheme: str, opener: StoreOpener) -> None:
    """Have `opener` make the stores whose URLs begin with ``scheme:``; a later one takes the place of an earlier."""
    _OPENERS[scheme] = opener


def folder_of(url: str) -> str:
    """Return the folder that a URL with ``file:`` names; empty where it names no folder.

    Examples
    --------
    >>> folder_of("file:///mnt/shared%20disk"), folder_of("s3://bucket/prefix")
    ('/mnt/shared disk', '')
    """
    return unquote(urlsplit(url).path) if url.startswith("file:") else ""


def _kinds(scheme: str) -> str:
    near = closest(scheme, _OPENERS, most=1)
    known = ", ".join(f"'{kind}:…'" for kind in sorted(_OPENERS))
    return f"did you mean '{near[0]}:…'?" if near else f"known are {known}; dpnb.results.register_store adds others."


def _file_system(url: str, /, **options: Any) -> IOManager:
    from dpnb.results.adapters.filesystem import FilesystemIOManager

    return FilesystemIOManager(folder_of(url), **options)


_OPENERS: dict[str, StoreOpener] = {"file": _file_system}
