"""Whether this user may unpickle what a store holds.

Unpickling runs code, so a store that somebody else made (a download, a shared disk, a colleague's archive) is
listed and described from its footers, but not loaded until it is trusted explicitly.

When a store is new, ``store.json`` is written into it: a random store id, signed (HMAC-SHA256) with a secret that
only this user can read, in ``$DPNB_STATE_HOME``, else ``$XDG_STATE_HOME/dpnb``, else ``~/.local/state/dpnb``. A
store is trusted if its signature verifies and its folder and the result's file belong to this user. `Trust.grant`
signs an existing store, and then its files may belong to anybody. Of a store that several people share, the one who
made it keeps the signature in it; what others grant lies beside their secrets, ``trusted/{store id}``. Neither depends
on the path, so a store may move.

What this does not cover: results that somebody else changes inside a store that you signed and hand out. Where no
secret can be kept (a read-only home), ownership alone decides.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import secrets
import stat
from hashlib import sha256
from pathlib import Path

from dpnb.errors import UntrustedStoreError
from dpnb.results.atomic_file import temporary_path

STORE_FILE = "store.json"
_SECRET_BYTES = 32


class Trust:
    """The verdict on one store, found once and then remembered; it travels with a pickled instance."""

    def __init__(self, base: str, *, granted: bool = False) -> None:
        self._base = base
        self._any_owner = granted
        self._trusted = granted
        self._claimed = False

    def claim(self) -> None:
        """Sign the store if it is new; call it before the first write, when the base folder exists."""
        if self._claimed:
            return
        if not os.path.lexists(self._store_file) and not _holds_results(self._base):
            _write_once(self._store_file, signed_store(secrets.token_hex(16), any_owner=False))
        self._claimed = True

    def require(self, owner: int) -> None:
        """Raise `UntrustedStoreError` unless a result that belongs to the user id `owner` may be unpickled."""
        if not self._trusted:
            if why := self._doubt():
                raise UntrustedStoreError(self._base, why=why)
            self._trusted = True
        if not self._any_owner and owner != _own_id(owner):
            raise UntrustedStoreError(self._base, why=f"the result belongs to the user with id {owner}")

    def settle(self) -> None:
        """Sign the store if it is new, and find the verdict, so that it travels with a pickled instance."""
        self.claim()
        with contextlib.suppress(UntrustedStoreError):
            self.require(_own_id(0))

    def grant(self) -> None:
        """Sign the store as it is, whoever made it."""
        store, secret = _read_store(self._store_file), user_secret()
        if store and secret and not is_signed(store, secret, any_owner=store.get("owners") == "any"):
            _keep_grant(store["store"], secret)
        else:
            self._sign_again(store.get("store", "") or secrets.token_hex(16))
        self._trusted = self._any_owner = True

    def _sign_again(self, store_id: str) -> None:
        Path(self._base).mkdir(parents=True, exist_ok=True)
        temporary = temporary_path(os.path.dirname(self._store_file))  # noqa: PTH120
        Path(temporary).write_text(signed_store(store_id, any_owner=True), encoding="utf-8")
        Path(temporary).replace(self._store_file)

    @property
    def _store_file(self) -> str:
        return f"{self._base}{os.sep}{STORE_FILE}"

    def _doubt(self) -> str:
        store = _read_store(self._store_file)
        if not store:
            return "it has no valid store.json"
        any_owner = store.get("owners") == "any"
        secret = user_secret()
        if secret and _is_granted(store["store"], secret):
            self._any_owner = True
            return ""
        if secret and not is_signed(store, secret, any_owner=any_owner):
            return "another user or another machine made it"
        self._any_owner = any_owner and secret is not None
        if not self._any_owner and not (_is_own(self._base) and _is_own(self._store_file)):
            return "its folder belongs to another user"
        return ""

    def require_signed(self, payload: bytes, signature: str, what: str) -> None:
        """Raise `UntrustedStoreError` unless this user has signed the bytes, or the store may hold anybody's.

        Where no secret can be kept, that the store may be loaded from decides.
        """
        secret = user_secret()
        if secret and hmac.compare_digest(signature.encode(), _sign_bytes(secret, payload).encode()):
            return
        self.require(_own_id(0))
        if secret and not self._any_owner:
            raise UntrustedStoreError(self._base, why=f"{what} was packed by another user or on another machine")


def sign(payload: bytes) -> str:
    """Return this user's signature of some bytes; empty where no secret can be kept."""
    secret = user_secret()
    return _sign_bytes(secret, payload) if secret else ""


def _sign_bytes(secret: bytes, payload: bytes) -> str:
    return hmac.new(secret, b"packed " + payload, "sha256").hexdigest()


def signed_store(store_id: str, *, any_owner: bool) -> str:
    """Return what ``store.json`` holds where this user signs a store."""
    secret = user_secret()
    signature = _sign(secret, store_id, any_owner=any_owner) if secret else ""
    return json.dumps({"store": store_id, "owners": "any" if any_owner else "self", "signature": signature})


def is_signed(store: dict[str, str], secret: bytes, *, any_owner: bool) -> bool:
    """Tell whether the owner of `secret` has signed the store."""
    expected = _sign(secret, store["store"], any_owner=any_owner)
    return hmac.compare_digest(store.get("signature", "").encode(), expected.encode())


def _sign(secret: bytes, store_id: str, *, any_owner: bool) -> str:
    return hmac.new(secret, f"{store_id} {any_owner}".encode(), "sha256").hexdigest()


def _grant_file(store_id: str) -> Path:
    return state_folder() / "trusted" / sha256(store_id.encode()).hexdigest()[:32]


def _keep_grant(store_id: str, secret: bytes) -> None:
    file = _grant_file(store_id)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.write_text(_sign(secret, store_id, any_owner=True), encoding="ascii")


def _is_granted(store_id: str, secret: bytes) -> bool:
    with contextlib.suppress(OSError, ValueError):
        found = _grant_file(store_id).read_text("ascii").strip()
        return hmac.compare_digest(found.encode(), _sign(secret, store_id, any_owner=True).encode())
    return False


def _read_store(path: str) -> dict[str, str]:
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with open(fd, encoding="utf-8") as file:  # noqa: PTH123
            return parse_store(file.read())
    except (OSError, ValueError):
        return {}


def parse_store(text: str) -> dict[str, str]:
    """Return what a ``store.json`` says; nothing where it is not valid."""
    try:
        store = json.loads(text)
    except ValueError:
        return {}
    valid = isinstance(store, dict) and all(isinstance(value, str) for value in store.values()) and store.get("store")
    return store if valid else {}


def _holds_results(base: str) -> bool:
    return any(next(Path(base).glob(f"*/*/{ending}"), None) is not None for ending in ("*.pkl", ".*.facts"))


def _own_id(otherwise: int) -> int:
    return os.geteuid() if hasattr(os, "geteuid") else otherwise


def _is_own(path: str) -> bool:
    owner = os.lstat(path).st_uid
    return owner == _own_id(owner)


def state_folder() -> Path:
    """Return the folder that keeps what is this user's alone."""
    if folder := os.environ.get("DPNB_STATE_HOME"):
        return Path(folder)
    if folder := os.environ.get("XDG_STATE_HOME"):
        return Path(folder) / "dpnb"
    return Path("~/.local/state/dpnb").expanduser()


def user_secret() -> bytes | None:
    """Return this user's secret, made when first asked for; None where none can be kept."""
    with contextlib.suppress(OSError, RuntimeError, ValueError):  # no home to be found, or a damaged file
        path = state_folder() / "secret"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_once(str(path), secrets.token_hex(_SECRET_BYTES))
        status = path.stat()
        is_private = os.name != "posix" or not stat.S_IMODE(status.st_mode) & 0o077
        if is_private and status.st_uid == _own_id(status.st_uid):
            return bytes.fromhex(path.read_text("ascii").strip()) or None
    return None


def _write_once(path: str, text: str) -> None:
    """Write a private file with its content in one step, unless there is one already."""
    temporary = temporary_path(os.path.dirname(path))  # noqa: PTH120
    try:
        # Nobody else writes to that name: what lies there was left by a process of the same id.
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with open(fd, "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write(text)
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
        except OSError:  # a file system without hard links
            os.replace(temporary, path)  # noqa: PTH105
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)  # noqa: PTH108
