"""What a function is, with all that it reaches: one digest, the same in every process, and the parts behind it."""

from __future__ import annotations

from dpnb.registry.fingerprint.own_code import code_digest
from dpnb.registry.fingerprint.record import Fingerprint, Part, PartChange, Untracked
from dpnb.registry.fingerprint.session import FingerprintSession, fingerprint
from dpnb.registry.fingerprint.signatures import signature_digest

__all__ = [
    "Fingerprint",
    "FingerprintSession",
    "Part",
    "PartChange",
    "Untracked",
    "code_digest",
    "fingerprint",
    "signature_digest",
]
