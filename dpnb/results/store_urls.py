"""Which store of results a URL names.

A kind of store is one line: the scheme of its URLs, and a function of a URL and of options that returns an `IOManager`.
Users add their own with `register_store`. What is no kind of its own is left to fsspec, if that knows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from dpnb.errors import StoreUrlError, closest
from dpnb.results.remote.faults import without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dpnb.results.ports import IOManager


type StoreOpener = Callable[..., IOManager]
"""Makes a store of a URL and of options by name; nothing need be reached before it is used.

What it raises as `TypeError` is an unknown option.
"""


def open_store(url: str, options: Mapping[str, Any] | None = None) -> IOManager:
    """Return the store of results that `url` names; it is reached only when something is stored or looked for.

    Parameters
    ----------
    url
        ``file:/folder``; any other URL of fsspec, such as ``s3://bucket/prefix``, see `FsspecIOManager`;
        ``mongodb://host/database``, see `MongoIOManager`; and what is registered besides.
    options
        What that kind of store takes, such as ``trust`` or ``endpoint_url``.

    Raises
    ------
    StoreUrlError
        There is no such kind of store, it does not take these options, or its client library is not installed.

    Examples
    --------
    >>> open_store("file:/tmp/results").list_runs()
    []
    >>> open_store("s3://bucket/prefix")
    FsspecIOManager('s3://bucket/prefix')
    """
    scheme = url.partition(":")[0]
    opener = _OPENERS.get(scheme) or (_by_fsspec if "://" in url and _is_of_fsspec(scheme) else None)
    if opener is None:
        raise StoreUrlError(without_secrets(url), reason=f"{scheme!r} is no kind of store", hint=_kinds(scheme))
    try:
        urlsplit(url)
        return opener(url, **(options or {}))
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
    except ValueError:  # such as an unclosed bracket
        hint = "write it like s3://bucket/prefix."
        raise StoreUrlError(without_secrets(url), reason="its URL makes no sense", hint=hint) from None


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
    known = sorted({*_OPENERS, *_OF_FSSPEC})
    near = closest(scheme, known, most=1)
    listed = ", ".join(f"'{kind}:…'" for kind in known)
    return f"did you mean '{near[0]}:…'?" if near else f"known are {listed}; dpnb.results.register_store adds others."


def _is_of_fsspec(scheme: str) -> bool:
    if scheme in _OF_FSSPEC:
        return True
    try:
        import fsspec
    except ImportError:
        return False
    return scheme in fsspec.available_protocols()


def _file_system(url: str, /, **options: Any) -> IOManager:
    from dpnb.results.adapters.filesystem import FilesystemIOManager

    return FilesystemIOManager(folder_of(url), **options)


def _mongo(url: str, /, **options: Any) -> IOManager:
    from dpnb.results.adapters.mongo_store import MongoIOManager

    return MongoIOManager(url, **options)


def _by_fsspec(url: str, /, **options: Any) -> IOManager:
    from dpnb.results.adapters.fsspec_store import FsspecIOManager

    return FsspecIOManager(url, **options)


_OF_FSSPEC = ("abfs", "abfss", "az", "gcs", "gs", "memory", "s3", "s3a", "sftp", "ssh")
_OPENERS: dict[str, StoreOpener] = {"file": _file_system, "mongodb": _mongo, "mongodb+srv": _mongo}
