"""Places that keep objects, for tests: memory, a folder, and a server that speaks S3."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_numbers = itertools.count()


def memory_url() -> str:
    """Return a place in this process that nothing lies in yet."""
    return f"memory://test-{next(_numbers)}"


def file_url(folder: Path) -> str:
    """Return a folder as a URL."""
    return f"file://{folder}"


class S3Server:
    """A server on this machine, with one bucket; each test has a prefix in it."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.options: dict[str, Any] = {
            "key": "test-key-id",
            "secret": "test-secret-word",
            "endpoint_url": endpoint,
            "client_kwargs": {"region_name": "us-east-1"},
        }

    def new_url(self) -> str:
        """Return a prefix that nothing lies under yet."""
        return f"s3://runs/{os.getpid()}-{next(_numbers)}"

    def file_system(self) -> Any:
        """Return what reaches it."""
        import fsspec

        return fsspec.filesystem("s3", use_listings_cache=False, **self.options)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """Give a server that speaks S3."""
    pytest.importorskip("s3fs")
    from moto.server import ThreadedMotoServer

    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    server = S3Server(f"http://{host}:{port}")
    server.file_system().call_s3("create_bucket", Bucket="runs")
    yield server
    moto.stop()


@pytest.fixture
def mongo_uri(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give a database that holds nothing: of the server that ``DPNB_TEST_MONGO_URL`` names, else of mongomock.

    mongomock is a MongoDB in this process, so that other processes cannot reach it.
    """
    pymongo = pytest.importorskip("pymongo")
    name = f"dpnb_test_{os.getpid()}_{next(_numbers)}"
    if server := os.environ.get("DPNB_TEST_MONGO_URL"):
        yield f"{server.rstrip('/')}/{name}"
        with pymongo.MongoClient(server) as client:
            client.drop_database(name)
        return
    mongomock = pytest.importorskip("mongomock")
    from mongomock.gridfs import enable_gridfs_integration
    from mongomock.store import ServerStore

    enable_gridfs_integration()
    monkeypatch.setattr("gridfs.GridFSBucket", _bucket_of_mongomock())
    kept = ServerStore()
    monkeypatch.setattr("pymongo.MongoClient", lambda uri, **_: mongomock.MongoClient(uri, _store=kept))
    yield f"mongodb://localhost/{name}"


def _bucket_of_mongomock() -> type:
    """Return GridFS without the timeout of its client, which mongomock's knows nothing of."""
    import gridfs

    class Bucket(gridfs.GridFSBucket):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._timeout = None

    return Bucket
