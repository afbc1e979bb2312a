"""What a function is, with all that it reaches: one digest, the same in every process, and the parts behind it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_HOMES = {
    "Fingerprint": "record",
    "FingerprintSession": "session",
    "Part": "record",
    "PartChange": "record",
    "Untracked": "record",
    "code_digest": "own_code",
    "fingerprint": "session",
    "signature_digest": "signatures",
}


def __getattr__(name: str) -> Any:
    """Load a public name's module when it is first used: ``import dpnb`` must stay light."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
