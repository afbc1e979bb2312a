"""Objects wherever fsspec reaches: S3, Google Cloud Storage, Azure, SFTP, a folder, memory."""

from __future__ import annotations

import itertools
import os
import re
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from xxhash import xxh32_hexdigest

from dpnb.errors import StoreUnavailableError
from dpnb.results.own_pid import own_pid
from dpnb.results.processes import process_started, this_machine
from dpnb.results.remote.faults import secrets_in, shown, told, without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

_ATOMIC = frozenset(["s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oci", "oss", "cos"])
"""Where an object is visible only when all of it is there. Elsewhere it is written under another name and renamed."""
_S3 = frozenset(["s3", "s3a"])
_PART_BYTES = 8 << 20  # S3 wants 5 MiB at least
_MOST_PARTS = 9_000  # S3 allows 10,000
_AT_ONCE = 4
_TEMPORARY = re.compile(r"\.([0-9a-f]{8})-([0-9a-f]{1,16})-[0-9a-f]+\.tmp", re.ASCII)
_ABANDONED = timedelta(days=1)  # after so long, nobody on another machine still writes
_numbers = itertools.count()


class FsspecObjects:
    """Objects below a URL; see `dpnb.results.remote.objects.Objects` for what is guaranteed.

    Parameters
    ----------
    url
        What fsspec takes, chained URLs excepted: ``s3://bucket/prefix``.
    options
        What the file system takes, such as credentials and timeouts.
    """

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        self._url = url
        self._options = dict(options)
        self._protocol = url.partition("://")[0] if "://" in url else "file"
        self._secrets = secrets_in(url, options)
        self.location = without_secrets(url).rstrip("/")
        self._opened: tuple[int, Any, str] | None = None  # process, file system, root in it
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {"url": self._url, "options": self._options}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["url"], state["options"])  # type: ignore[misc]

    def __repr__(self) -> str:
        return f"FsspecObjects({self.location!r})"

    def upload(self, file: str, key: str) -> None:
        """Put a file of this machine, in parts where it is large."""
        with self._told(f"take {key!r}"):
            self._publish(key, lambda path: self._fs.put_file(file, path, **self._parts(os.path.getsize(file))))  # noqa: PTH202

    def put(self, key: str, data: bytes) -> None:
        """Put some bytes."""
        with self._told(f"take {key!r}"):
            self._publish(key, lambda path: self._fs.pipe_file(path, data))

    def download(self, key: str, file: str) -> None:
        """Write an object into a file of this machine, in parts where it is large."""
        with self._told(f"give {key!r}"):
            self._fs.get_file(self._path(key), file, **self._parts(0))

    def size(self, key: str) -> int | None:
        """Return how many bytes an object has; None where there is none."""
        with self._told(f"tell of {key!r}"):
            try:
                found = self._fs.info(self._path(key))
            except (FileNotFoundError, NotADirectoryError):
                return None
            return None if found["type"] == "directory" else int(found["size"])

    def read(self, key: str, start: int, end: int) -> bytes:
        """Return some bytes of an object."""
        if start >= end:
            return b""
        with self._told(f"give {key!r}"):
            data: bytes = self._fs.cat_file(self._path(key), start=start, end=end)
            return data

    def copy(self, key: str, target: str) -> None:
        """Put a copy of an object, made by the server where there is one."""
        with self._told(f"copy {key!r}"):
            self._publish(target, lambda path: self._fs.cp_file(self._path(key), path), source=key)

    def delete(self, key: str) -> bool:
        """Delete an object; tell whether there was one."""
        if self.size(key) is None:
            return False
        with self._told(f"delete {key!r}"), suppress(FileNotFoundError):
            self._fs.rm_file(self._path(key))
        return True

    def below(self, prefix: str) -> dict[str, int]:
        """Return the keys below a prefix, and how many bytes each has; what is being written is no key."""
        with self._told(f"list {prefix!r}"):
            return {key: size for key, size, _ in self._listed(prefix) if not _TEMPORARY.fullmatch(_name(key))}

    def clear(self, prefix: str) -> None:
        """Delete all that lies below a prefix."""
        with self._told(f"delete what is below {prefix!r}"), suppress(FileNotFoundError):
            self._fs.rm(self._path(prefix), recursive=True)

    def tidy(self, prefix: str) -> list[str]:
        """Remove what cut-off uploads left below a prefix."""
        with self._told(f"tidy up {prefix!r}"):
            if self._protocol in _S3:
                return self._abort_uploads(prefix)
            if self._protocol in _ATOMIC:
                return []
            doomed = [key for key, _, found in self._listed(prefix) if _is_abandoned(_name(key), found)]
            for key in doomed:
                with suppress(FileNotFoundError):
                    self._fs.rm_file(self._path(key))
            return doomed

    def _told(self, doing: str) -> AbstractContextManager[None]:
        return told(self.location, doing, self._secrets)

    def _publish(self, key: str, write: Any, source: str | None = None) -> None:
        """Have an object written, which appears whole."""
        path = self._path(key)
        parent = path.rpartition("/")[0]
        if self._protocol in _ATOMIC:
            try:
                write(path)
            except FileNotFoundError:
                if source is not None and self.size(source) is None:
                    raise
                hint = "make the bucket or container first; dpnb makes none."
                raise StoreUnavailableError(
                    self.location, doing=f"take {key!r}", reason="there is no such bucket or container", hint=hint
                ) from None
            return
        temporary = f"{parent}/.{_MACHINE}-{own_pid():x}-{next(_numbers):x}.tmp"
        self._fs.makedirs(parent, exist_ok=True)
        try:
            write(temporary)
            self._fs.mv(temporary, path)
        except BaseException:
            with suppress(Exception):
                self._fs.rm_file(temporary)
            raise

    def _parts(self, size: int) -> dict[str, Any]:
        """Return what bounds the memory of a transfer, where the library has to be told."""
        if self._protocol not in _S3:
            return {}
        return {"chunksize": max(_PART_BYTES, -(-size // _MOST_PARTS)), "max_concurrency": _AT_ONCE}

    def _listed(self, prefix: str) -> Iterator[tuple[str, int, dict[str, Any]]]:
        root = self._path("").rstrip("/")
        path = self._path(prefix).rstrip("/")
        try:
            found = self._fs.find(path, detail=True)
        except (FileNotFoundError, NotADirectoryError):
            return
        for name, info in found.items():
            if name.startswith(f"{path}/"):
                yield name[len(root) + 1 :], int(info["size"] or 0), info

    def _abort_uploads(self, prefix: str) -> list[str]:
        """Abort the uploads in parts that have begun below a prefix and were never finished: they cost storage.

        Who owns the run asks for it, when the workers that wrote have ended. Without a prefix nobody knows that.
        """
        if not prefix:
            return []
        bucket, _, path = self._path(prefix).partition("/")
        found = self._fs.call_s3("list_multipart_uploads", Bucket=bucket, Prefix=f"{path}/")
        uploads = found.get("Uploads") or []
        for upload in uploads:
            with suppress(FileNotFoundError):
                self._fs.call_s3(
                    "abort_multipart_upload", Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                )
        cut = len(path) - len(prefix)
        return [upload["Key"][cut:] for upload in uploads]

    def _path(self, key: str) -> str:
        root = self._root.rstrip("/")
        return f"{root}/{key}" if key else root or "/"

    @property
    def _fs(self) -> Any:
        return self._open()[0]

    @property
    def _root(self) -> str:
        return self._open()[1]

    def _open(self) -> tuple[Any, str]:
        """Return the file system and the path in it, made anew in each process: its threads do not survive a fork."""
        with self._lock:
            if self._opened is None or self._opened[0] != own_pid():
                self._opened = own_pid(), *self._make()
            return self._opened[1:]

    def _make(self) -> tuple[Any, str]:
        try:
            from fsspec.core import url_to_fs

            # What others have written since is seen only if listings are not remembered.
            fs, root = url_to_fs(self._url, use_listings_cache=False, **self._options)
        except ImportError as error:
            extra = _EXTRAS.get(self._protocol, "")
            hint = f"pip install 'dpnb[{extra}]'." if extra else f"install what fsspec names for {self._protocol}://."
            reason = f"{error.name or error} is not installed"
            raise StoreUnavailableError(self.location, doing="be opened", reason=reason, hint=hint) from None
        except ValueError as error:
            hint = "s3://bucket/prefix, gs://…, abfs://…, sftp://…, file://… and memory://… are such URLs."
            raise StoreUnavailableError(
                self.location, doing="be opened", reason=shown(str(error), self._secrets), hint=hint
            ) from None
        return fs, root


def _name(key: str) -> str:
    return key.rpartition("/")[2]


def _is_abandoned(name: str, info: Mapping[str, Any]) -> bool:
    """Tell whether nobody writes any more to what has the name of something that is being written."""
    found = _TEMPORARY.fullmatch(name)
    if found is None:
        return False
    if found[1] == _MACHINE:
        return not process_started(int(found[2], 16))
    changed = info.get("mtime") or info.get("LastModified") or info.get("created")
    if isinstance(changed, int | float):
        changed = datetime.fromtimestamp(changed, UTC)
    return isinstance(changed, datetime) and datetime.now(UTC) - changed > _ABANDONED


_MACHINE = xxh32_hexdigest(this_machine().encode())
_EXTRAS = {
    "s3": "s3",
    "s3a": "s3",
    "gs": "gcs",
    "gcs": "gcs",
    "abfs": "azure",
    "abfss": "azure",
    "az": "azure",
    "adl": "azure",
    "sftp": "sftp",
    "ssh": "sftp",
    "memory": "fsspec",
    "file": "fsspec",
    "local": "fsspec",
}
