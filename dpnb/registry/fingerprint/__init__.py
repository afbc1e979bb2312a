"""What a function is, with all that it reaches: one digest, the same in every process, and the parts behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from dpnb.registry.fingerprint.own_code import code_digest
    from dpnb.registry.fingerprint.record import Fingerprint, OutdatedModule, Part, PartChange, Untracked
    from dpnb.registry.fingerprint.session import FingerprintSession, fingerprint
    from dpnb.registry.fingerprint.signatures import signature_digest

__all__ = [
    "Fingerprint",
    "FingerprintSession",
    "OutdatedModule",
    "Part",
    "PartChange",
    "Untracked",
    "code_digest",
    "fingerprint",
    "signature_digest",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "own_code": ["code_digest"],
        "record": ["Fingerprint", "OutdatedModule", "Part", "PartChange", "Untracked"],
        "session": ["FingerprintSession", "fingerprint"],
        "signatures": ["signature_digest"],
    },
)
