"""What a result's file says about itself, behind the pickle's end."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from xxhash import xxh3_64_intdigest

from dpnb.errors import CorruptResultError

if TYPE_CHECKING:
    from collections.abc import Buffer

_MAGIC = b"\x93dpnb\r\n\x01"  # the last byte is the format's version
_TRAILER = struct.Struct("<QQ8s")  # the JSON's size and digest, the magic
TRAILER_BYTES = _TRAILER.size
_quote = json.encoder.encode_basestring


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedBuffer:
    """One payload in the pickle: bytes `offset` to `offset + size`; its padding and header begin at `cut`."""

    cut: int
    offset: int
    size: int
    readonly: bool


type Form = tuple[str, str, str]
"""A format other than the pickle: its name, what files end with, the key of the type that its serializer is for."""


class Footer(NamedTuple):
    """What is known of a stored pickle. Digests are hexadecimal; `facts` is JSON or what was parsed from it."""

    size: int  # of the pickle
    opcodes_digest: str  # of everything but the payloads
    digest: str  # of everything
    saved_us: int
    names: tuple[str, str, str]  # run, task, result id when it was saved
    facts: Any
    buffers: tuple[MappedBuffer, ...] = ()
    form: Form | None = None  # of what is no pickle

    @property
    def suffix(self) -> str:
        """How the file's name ends."""
        return ".pkl" if self.form is None else self.form[1]

    @property
    def sealed_ns(self) -> int:
        """The modification time of a file that nothing has written to since."""
        return self.saved_us * 1000


def encode_footer(footer: Footer) -> bytes:
    """Return the bytes that follow the pickle."""
    run_id, task, result_id = map(_quote, footer.names)
    whole = "" if footer.digest == footer.opcodes_digest else f',"digest":"{footer.digest}"'
    form = "" if footer.form is None else f',"form":{json.dumps(footer.form)}'
    mapped = [[buffer.cut, buffer.offset, buffer.size, int(buffer.readonly)] for buffer in footer.buffers]
    text = (
        f'{{"run":{run_id},"task":{task},"result":{result_id},"saved_us":{footer.saved_us},"size":{footer.size},'
        f'"opcodes":"{footer.opcodes_digest}"{whole}{form},"buffers":{mapped or "[]"},"facts":{footer.facts}}}'
    )
    data = text.encode("utf-8", "surrogatepass")
    return data + _TRAILER.pack(len(data), xxh3_64_intdigest(data), _MAGIC)


def footer_size(trailer: Buffer, *, path: str) -> int:
    """Return how many bytes the footer takes with its trailer, which are the last of the file."""
    size, _, magic = _TRAILER.unpack(trailer)
    if magic != _MAGIC:
        raise CorruptResultError(path, what="its end", expected=f"the mark {_MAGIC!r}", found=repr(magic))
    return int(size) + TRAILER_BYTES


def footer_text(data: Buffer, *, path: str) -> bytes:
    """Return the footer's text from the file's last bytes, checked against its digest."""
    view = memoryview(data)
    _, expected, _ = _TRAILER.unpack(view[-TRAILER_BYTES:])
    text = bytes(view[:-TRAILER_BYTES])
    if (found := xxh3_64_intdigest(text)) != expected:
        raise CorruptResultError(path, what="its footer's digest", expected=f"{expected:016x}", found=f"{found:016x}")
    return text


def decode_footer(data: Buffer, *, file_size: int, path: str) -> Footer:
    """Read the footer from the file's last bytes, checked against its digest and the file's size."""
    text = footer_text(data, path=path)
    footer = _from_dict(json.loads(text.decode("utf-8", "surrogatepass")))
    if (whole := footer.size + len(text) + TRAILER_BYTES) != file_size:
        raise CorruptResultError(path, what="its size", expected=f"{whole:,} bytes", found=f"{file_size:,} bytes")
    return footer


def decode_facts_file(data: Buffer, *, path: str) -> Footer:
    """Read a footer that stands alone, in a file beside the one that it tells of."""
    view = memoryview(data)
    if view.nbytes < TRAILER_BYTES:
        raise CorruptResultError(path, what="its size", expected=f"{TRAILER_BYTES} bytes", found=f"{view.nbytes}")
    footer_size(view[-TRAILER_BYTES:], path=path)
    return _from_dict(json.loads(footer_text(view, path=path).decode("utf-8", "surrogatepass")))


def decode_trailing(data: Buffer, *, path: str) -> Footer:
    """Read the footer at the end of a whole result in memory."""
    view = memoryview(data)
    if view.nbytes < TRAILER_BYTES:
        raise CorruptResultError(path, what="its size", expected=f"{TRAILER_BYTES} bytes", found=f"{view.nbytes}")
    size = footer_size(view[-TRAILER_BYTES:], path=path)
    return decode_facts_file(view[-size:], path=path)


def _from_dict(known: dict[str, Any]) -> Footer:
    return Footer(
        size=known["size"],
        opcodes_digest=known["opcodes"],
        digest=known.get("digest", known["opcodes"]),
        buffers=tuple(
            MappedBuffer(cut=cut, offset=offset, size=size, readonly=bool(readonly))
            for cut, offset, size, readonly in known["buffers"]
        ),
        saved_us=known["saved_us"],
        names=(known["run"], known["task"], known["result"]),
        facts=known["facts"],
        form=tuple(known["form"]) if "form" in known else None,
    )
