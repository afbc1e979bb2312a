"""Objects in MongoDB, on GridFS.

::

    dpnb.objects        {_id: key, blob: file id, size: bytes}     what there is: one document a key
    dpnb.blobs.files    {_id: file id, length, doomed?}            GridFS: bytes, under an id that nobody else has
    dpnb.blobs.chunks   {files_id, n, data}

An object is there when its document is, which names bytes that are complete: putting replaces one document, atomically.
A copy is another document that names the same bytes, which go with the last document to name them. Two processes may be
at that at once, one taking a name for bytes away and one giving them another: who finds bytes without a name *dooms*
them, looks again, and lets them live if they have a name by now; who gives a name looks afterwards whether the bytes
are doomed, and if so takes it back. Either order of these four steps leaves no name without its bytes.
"""

from __future__ import annotations

import io
import itertools
import re
import threading
import weakref
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

from xxhash import xxh32_hexdigest

from dpnb.errors import StoreUnavailableError
from dpnb.results.own_pid import own_pid
from dpnb.results.processes import process_started, this_machine
from dpnb.results.remote.faults import secrets_in, told, without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

_DATABASE = "dpnb"
_COLLECTION = "dpnb"
_PIECE_BYTES = 1 << 20
_PATIENCE_MS = 10_000
_TRIES = 3  # an object may be replaced, and its bytes go, while it is read
_FILE_ID = re.compile(r".*#([0-9a-f]{8})-([0-9a-f]{1,16})-[0-9a-f]+", re.ASCII | re.DOTALL)
_MACHINE = xxh32_hexdigest(this_machine().encode())
_numbers = itertools.count()


class GridFSObjects:
    """Objects in a database; see `dpnb.results.remote.objects.Objects` for what is guaranteed.

    Parameters
    ----------
    uri
        ``mongodb://host/database``, with what else pymongo takes in it.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._secrets = secrets_in(uri, {})
        self.location = without_secrets(uri).rstrip("/")
        self._opened: tuple[int, Any] | None = None
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {"uri": self._uri}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["uri"])  # type: ignore[misc]

    def __repr__(self) -> str:
        return f"GridFSObjects({self.location!r})"

    def upload(self, file: str, key: str) -> None:
        """Put a file of this machine, chunk by chunk."""
        with self._told(f"take {key!r}"), open(file, "rb") as source:  # noqa: PTH123
            self._put(key, source)

    def put(self, key: str, data: bytes) -> None:
        """Put some bytes."""
        with self._told(f"take {key!r}"):
            self._put(key, io.BytesIO(data))

    def download(self, key: str, file: str) -> None:
        """Write an object into a file of this machine, chunk by chunk."""
        with self._told(f"give {key!r}"):
            self._with_bytes(key, lambda source: _copy(source, file))

    def size(self, key: str) -> int | None:
        """Return how many bytes an object has; None where there is none."""
        with self._told(f"tell of {key!r}"):
            found = self._names.find_one({"_id": key})
            return None if found is None else int(found["size"])

    def read(self, key: str, start: int, end: int) -> bytes:
        """Return some bytes of an object."""
        with self._told(f"give {key!r}"):
            return self._with_bytes(key, lambda source: _part(source, start, end))

    def copy(self, key: str, target: str) -> None:
        """Let the bytes of an object stand under another key too."""
        with self._told(f"copy {key!r}"):
            found = self._names.find_one({"_id": key})
            if found is None:
                raise FileNotFoundError(key)
            blob = found["blob"]
            before = self._name(target, blob, found["size"])
            bytes_of = self._files.find_one({"_id": blob})
            if bytes_of is None or bytes_of.get("doomed"):
                self._names.delete_one({"_id": target, "blob": blob})
                raise FileNotFoundError(key)
            if before is not None and before != blob:
                self._release(before)

    def delete(self, key: str) -> bool:
        """Delete an object, and its bytes if no other has them; tell whether there was one."""
        with self._told(f"delete {key!r}"):
            found = self._names.find_one_and_delete({"_id": key})
            if found is None:
                return False
            self._release(found["blob"])
            return True

    def below(self, prefix: str) -> dict[str, int]:
        """Return the keys below a prefix, and how many bytes each has."""
        with self._told(f"list {prefix!r}"):
            found = self._names.find({"_id": _below(prefix)} if prefix else {})
            return {one["_id"]: int(one["size"]) for one in found}

    def clear(self, prefix: str) -> None:
        """Delete all objects below a prefix."""
        for key in self.below(prefix):
            self.delete(key)

    def tidy(self, prefix: str) -> list[str]:
        """Remove bytes that no object names, left by processes that died; those of live ones are left."""
        with self._told(f"tidy up {prefix!r}"):
            where = {"files_id": _below(prefix)} if prefix else {}
            written = {one for one in self._chunks.distinct("files_id", where) if isinstance(one, str)}
            named = set(self._names.distinct("blob", {"blob": {"$in": sorted(written)}}))
            doomed = sorted(one for one in written - named if _is_abandoned(one, is_owned=bool(prefix)))
            for blob in doomed:
                self._files.delete_one({"_id": blob})
                self._chunks.delete_many({"files_id": blob})
            return [blob.rpartition("#")[0] for blob in doomed]

    def _put(self, key: str, source: BinaryIO) -> None:
        """Store bytes under an id of their own, then let the key name them."""
        blob = f"{key}#{_MACHINE}-{own_pid():x}-{next(_numbers):x}"
        self._bucket.upload_from_stream_with_id(blob, key, source)
        before = self._name(key, blob, source.tell())
        if before is not None:
            self._release(before)

    def _name(self, key: str, blob: str, size: int) -> str | None:
        """Let a key name bytes; return those that it named before."""
        new = {"_id": key, "blob": blob, "size": size}
        before = self._names.find_one_and_replace({"_id": key}, new, upsert=True)
        return None if before is None else str(before["blob"])

    def _release(self, blob: str) -> None:
        """Delete bytes that no key names any more."""
        if self._is_named(blob):
            return
        self._files.update_one({"_id": blob}, {"$set": {"doomed": True}})
        if self._is_named(blob):
            self._files.update_one({"_id": blob}, {"$unset": {"doomed": ""}})
            return
        self._files.delete_one({"_id": blob})
        self._chunks.delete_many({"files_id": blob})

    def _is_named(self, blob: str) -> bool:
        return self._names.find_one({"blob": blob}) is not None

    def _with_bytes[T](self, key: str, use: Callable[[Any], T]) -> T:
        """Return what `use` makes of an object's bytes as a file; once more where they go while it reads them."""
        from gridfs.errors import CorruptGridFile, NoFile

        for attempt in itertools.count(1):
            found = self._names.find_one({"_id": key})
            if found is None:
                raise FileNotFoundError(key)
            try:
                return use(self._bucket.open_download_stream(found["blob"]))
            except (NoFile, CorruptGridFile):
                if attempt == _TRIES:
                    raise
        raise AssertionError

    def _told(self, doing: str) -> AbstractContextManager[None]:
        return told(self.location, doing, self._secrets)

    @property
    def _names(self) -> Any:
        return self._database[f"{_COLLECTION}.objects"]

    @property
    def _files(self) -> Any:
        return self._database[f"{_COLLECTION}.blobs.files"]

    @property
    def _chunks(self) -> Any:
        return self._database[f"{_COLLECTION}.blobs.chunks"]

    @property
    def _bucket(self) -> Any:
        import gridfs

        return gridfs.GridFSBucket(self._database, f"{_COLLECTION}.blobs")

    @property
    def _database(self) -> Any:
        """The database, over connections of this process's own: they do not survive a fork."""
        with self._lock:
            if self._opened is None or self._opened[0] != own_pid():
                self._opened = own_pid(), self._connect()
            return self._opened[1]

    def _connect(self) -> Any:
        try:
            import pymongo
        except ImportError:
            hint = "pip install 'dpnb[mongo]'."
            raise StoreUnavailableError(
                self.location, doing="be opened", reason="pymongo is not installed", hint=hint
            ) from None
        patience = {} if "serverselectiontimeoutms" in self._uri.lower() else {"serverSelectionTimeoutMS": _PATIENCE_MS}
        client: Any = pymongo.MongoClient(self._uri, **patience)  # type: ignore[arg-type]
        try:
            database = client[urlsplit(self._uri).path.strip("/") or _DATABASE]
            database[f"{_COLLECTION}.objects"].create_index("blob")
        except BaseException:
            client.close()
            raise
        weakref.finalize(self, client.close)
        return database


def _copy(source: Any, file: str) -> None:
    with open(file, "wb") as target:  # noqa: PTH123
        while piece := source.read(_PIECE_BYTES):
            target.write(piece)


def _part(source: Any, start: int, end: int) -> bytes:
    source.seek(start)
    return bytes(source.read(max(0, end - start)))


def _below(prefix: str) -> dict[str, str]:
    """Return the condition that a text begins with `prefix` and ``/``, which an index answers."""
    return {"$gte": f"{prefix}/", "$lt": f"{prefix}0"}  # the character after the slash


def _is_abandoned(blob: str, *, is_owned: bool) -> bool:
    """Tell whether nobody writes these bytes any more.

    Of processes elsewhere who owns the run says so, whose workers have ended; without a run nobody knows.
    """
    found = _FILE_ID.fullmatch(blob)
    if found is None:
        return False
    return not process_started(int(found[2], 16)) if found[1] == _MACHINE else is_owned
