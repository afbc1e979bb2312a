"""The code that a result needs when it is loaded, of which its bytes hold nothing but names."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from xxhash import xxh3_128_hexdigest

from dpnb.registry.fingerprint import FingerprintSession
from dpnb.registry.fingerprint.owners import Owner, ownership

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.results.mapped_pickle.references import Reference


def digest_of_named(references: Mapping[str, Reference]) -> str:
    """Identify the user's own code among what a pickle names, as it is now; empty where there is none."""
    owners = ownership(())
    own = [name for name in sorted(references) if owners.of_module(references[name].__module__) is Owner.USER]
    if not own:
        return ""
    session = FingerprintSession()
    return xxh3_128_hexdigest("\n".join(f"{name} {_digest(session, references[name])}" for name in own).encode())


def _digest(session: FingerprintSession, reference: Reference) -> str:
    with suppress(Exception):  # the user's metaclasses may do anything when they are looked at
        return session.fingerprint(reference).digest
    return ""
