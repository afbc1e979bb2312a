"""A result's file: a plain pickle that can also be memory-mapped.

::

    ┌ pickle ──────────────────────────────────────────────────────────────────┐┌ footer ─────────────────────┐
    │ opcodes… │ padding │ header │ payload │ opcodes… │ … │ payload │ … STOP   ││ JSON │ size, digest, magic  │
    └──────────────────────────────────────────────────────────────────────────┘└─────────────────────────────┘
               ↑ cut               ↑ offset, a multiple of 64

**Writing.** Protocol 5 offers every large buffer (the data of a NumPy array, an Arrow column) to a callback. Ours
keeps it in the stream. CPython's pickler, C and Python alike, then ends the current frame and hands the file two
separate writes: opcodes up to and including the buffer's header (``BYTEARRAY8`` or ``BINBYTES``), and the payload
itself, never copied. Between the frame and the header we put ``SHORT_BINBYTES n … POP``, which unpicklers skip, so
that the payload begins at a multiple of 64 bytes. The footer notes where each payload lies. ``pickle.load`` and
``pandas.read_pickle`` stop at ``STOP`` and never see the footer.

**Loading.** The file is mapped copy-on-write; the opcodes, with ``NEXT_BUFFER`` in place of each padding, header and
payload, go to ``pickle.loads(…, buffers=slices of the map)``. No payload is copied or even read before it is used,
and changing a loaded array copies the page it changes, in this process only.

**Trusting the bytes.** Nothing is unpickled before it is verified. Size, footer and opcodes are always checked
against their digests (XXH3, 128 bits: against damage, not against forgery; for that see `dpnb.results.trust`).
Reading 400 MB of payload only to check it would cost more than loading it, so a finished file is *sealed*: its
modification time is set to an instant that is also noted in the footer. Whatever writes to the file later moves that
time; a copy that does not keep it differs as well. Where the two disagree, the payloads' digests are checked too
before anything is unpickled. What escapes is decay on the disk itself and a writer that sets the time back on
purpose; ``FilesystemIOManager.verify`` always reads everything. A small scalar has no payload and is not sealed.
"""

from __future__ import annotations

from dpnb.results.mapped_pickle.footer import Footer, MappedBuffer, decode_footer, encode_footer
from dpnb.results.mapped_pickle.reader import (
    holds_plain,
    load_pickle,
    mapped_bytes,
    noting_maps,
    read_footer,
    verify_pickle,
)
from dpnb.results.mapped_pickle.writer import PickleContents, PickleWriter

__all__ = [
    "Footer",
    "MappedBuffer",
    "PickleContents",
    "PickleWriter",
    "decode_footer",
    "encode_footer",
    "holds_plain",
    "load_pickle",
    "mapped_bytes",
    "noting_maps",
    "read_footer",
    "verify_pickle",
]
