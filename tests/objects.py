"""Places that keep objects, for tests: memory, a folder, and a server that speaks S3."""

from __future__ import annotations

import itertools
import os
import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

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


class FaultyProxy:
    """A server before another that passes requests on, unless it was told to fail: all of them, or the next few."""

    def __init__(self, target: str) -> None:
        self.mode: tuple[str, int] = ("", 0)
        self.left = 0
        self.silenced = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self, urlsplit(target)))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def fail(self, status: int, *, times: int = 1_000_000) -> None:
        """Answer with an error."""
        self.mode, self.left = ("status", status), times

    def be_silent(self) -> None:
        """Take requests and answer none."""
        self.mode, self.left = ("silence", 0), 1_000_000

    def cut_bodies(self) -> None:
        """Break off in the middle of every answer that has one."""
        self.mode, self.left = ("cut", 0), 1_000_000

    def heal(self) -> None:
        """Pass on everything again."""
        self.left = 0
        self.silenced.set()

    def close(self) -> None:
        """Stop it."""
        self.heal()
        self._server.shutdown()
        self._server.server_close()


def _handler(proxy: FaultyProxy, target: Any) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            mode, number = proxy.mode if proxy.left > 0 else ("", 0)
            proxy.left -= 1
            if mode == "silence":
                proxy.silenced.wait(30)
                self.close_connection = True
                return
            if mode == "status":
                self._answer(number, [], b"<Error><Code>SlowDown</Code><Message>Please wait.</Message></Error>")
                return
            link = HTTPConnection(target.hostname, target.port, timeout=30)
            link.request(self.command, self.path, body, dict(self.headers))
            answer = link.getresponse()
            found = answer.read()
            link.close()
            self._answer(answer.status, answer.getheaders(), found, is_cut=mode == "cut" and bool(found))

        def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes, *, is_cut: bool = False) -> None:
            self.send_response(status)
            passed = {name: text for name, text in headers if name.lower() not in ("transfer-encoding", "connection")}
            if self.command != "HEAD":
                passed = {name: text for name, text in passed.items() if name.lower() != "content-length"}
                passed["Content-Length"] = str(len(body))
            for name, text in passed.items():
                self.send_header(name, text)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body[: len(body) // 2] if is_cut else body)
            self.close_connection = is_cut

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    for method in ("GET", "PUT", "POST", "HEAD", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._pass)
    return Handler
