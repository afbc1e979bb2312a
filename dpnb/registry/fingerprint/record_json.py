"""Fingerprints as JSON: paths with digests, and beside them one text for each digest."""

from __future__ import annotations

import json

from dpnb.registry.fingerprint.record import Fingerprint, OutdatedModule, Part, Untracked

_compact = json.JSONEncoder(separators=(",", ":"))


def write_fingerprint(fingerprint: Fingerprint) -> str:
    """Write a fingerprint as compact JSON."""
    parts = fingerprint.parts.items()
    return _compact.encode(
        {
            "digest": fingerprint.digest,
            "parts": {path: [part.digest, part.place] for path, part in parts},
            "texts": {part.digest: part.text for _, part in parts},
            "untracked": [[untracked.path, untracked.what] for untracked in fingerprint.untracked],
            "version": fingerprint.version,
            "outdated": [[module.name, module.file] for module in fingerprint.outdated],
        }
    )


def read_fingerprint(text: str) -> Fingerprint:
    """Read what `write_fingerprint` wrote.

    Raises
    ------
    ValueError
        The text is something else.
    """
    try:
        read = json.loads(text)
        texts = read["texts"]
        return Fingerprint(
            digest=read["digest"],
            parts={
                path: Part(digest=digest, text=texts[digest], place=place)
                for path, (digest, place) in read["parts"].items()
            },
            untracked=tuple(Untracked(path=path, what=what) for path, what in read["untracked"]),
            version=read["version"],
            outdated=tuple(OutdatedModule(name=name, file=file) for name, file in read.get("outdated", ())),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is no fingerprint: {text[:80]!r}") from error
