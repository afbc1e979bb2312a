"""Whether this user may unpickle what a remote store holds; `dpnb.results.trust` says how stores are signed.

A remote place tells of no owner, so that the signature alone decides: whoever made the store with this user's secret,
on this machine. Others, and this user on other machines, are asked to say so (`trust=True`). Who may write to the place
may put results there that run code when they are loaded: give that right to nobody else.
"""

from __future__ import annotations

import secrets
from hashlib import blake2b
from typing import TYPE_CHECKING

from dpnb.errors import UntrustedStoreError
from dpnb.results.trust import STORE_FILE, is_signed, parse_store, signed_store, state_folder, user_secret

if TYPE_CHECKING:
    from pathlib import Path

    from dpnb.results.remote.objects import Objects


class RemoteTrust:
    """The verdict on one store, found once and then remembered."""

    def __init__(self, objects: Objects, *, granted: bool = False) -> None:
        self._objects = objects
        self._trusted = granted
        self._claimed = False

    def claim(self) -> None:
        """Sign the store if it is new; call it before the first write."""
        if self._claimed:
            return
        if self._objects.size(STORE_FILE) is None and not self._objects.below(""):
            self._objects.put(STORE_FILE, signed_store(secrets.token_hex(16), any_owner=False).encode())
        self._claimed = True

    def require(self) -> None:
        """Raise `UntrustedStoreError` unless this user has signed the store, or trusts it."""
        if self._trusted:
            return
        store = self._read()
        if not store:
            raise UntrustedStoreError(self._objects.location, why="it has no valid store.json")
        secret = user_secret()
        is_own = secret is not None and is_signed(store, secret, any_owner=store.get("owners") == "any")
        if not is_own and not _mark(store["store"]).exists():
            raise UntrustedStoreError(self._objects.location, why="another user or another machine made it")
        self._trusted = True

    def grant(self) -> None:
        """Trust the store from now on, in every process of this user on this machine.

        It is noted here and not in the store, whose maker's signature has to stay.
        """
        self.claim()
        if store_id := self._read().get("store"):
            mark = _mark(store_id)
            mark.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            mark.touch()
        self._trusted = True

    def _read(self) -> dict[str, str]:
        size = self._objects.size(STORE_FILE)
        if size is None:
            return {}
        try:
            return parse_store(self._objects.read(STORE_FILE, 0, size).decode())
        except (FileNotFoundError, UnicodeDecodeError):
            return {}


def _mark(store_id: str) -> Path:
    """Return the file that says that this user trusts a store; what the store calls itself names no path."""
    return state_folder() / "trusted" / blake2b(store_id.encode(), digest_size=16).hexdigest()
