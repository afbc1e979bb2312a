"""A code object as text and digest, and what it reads; kept, because code objects never change."""

from __future__ import annotations

import functools
import gc
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dpnb.registry.callables import layers
from dpnb.registry.fingerprint.bytecode import instructions_text, stable_text
from dpnb.registry.fingerprint.digests import digest, text_digest
from dpnb.registry.fingerprint.names import uses_of
from dpnb.registry.fingerprint.sources import is_lost, source_of
from dpnb.registry.fingerprint.syntax import normal_form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType

    from dpnb.registry.fingerprint.uses import Use


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFacts:
    """A code object: the digest of its normal form, its source as it was written, and what it reads from outside.

    `is_lost` tells that it comes from a file that no longer holds it.
    """

    digest: str
    text: str
    uses: tuple[Use, ...]
    is_lost: bool = False


def code_facts(code: CodeType) -> CodeFacts:
    """Read a code object, once."""
    facts = _facts(_Identity(code))
    return _facts.__wrapped__(_Identity(code)) if facts.is_lost else facts  # its file may have it back


def code_digest(func: Callable[..., Any]) -> str:
    """Identify what a function computes by its own code, that of the functions it wraps, and its defaults.

    Comments, docstrings, annotations, formatting and the place of the code do not count. What the function reaches
    outside of itself does not either: see `dpnb.registry.fingerprint.fingerprint`.
    """
    functions = [layer for layer in layers(func) if hasattr(layer, "__code__")]
    return digest([[code_facts(layer.__code__).digest, _defaults(layer)] for layer in functions])


def _defaults(func: Any) -> list[str]:
    return [stable_text(func.__defaults__), stable_text(func.__kwdefaults__)]


class _Identity:
    """A code object that equals only itself: two equal ones may stand below different decorators."""

    __slots__ = ("code",)

    def __init__(self, code: CodeType) -> None:
        self.code = code

    def __hash__(self) -> int:
        return id(self.code)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and self.code is other.code


@functools.lru_cache(maxsize=65_536)
def _facts(identity: _Identity) -> CodeFacts:
    uses = uses_of(identity.code)
    with _without_collection():
        source = source_of(identity.code)
        form = None if source is None else normal_form(source.definition)
    if source is None or form is None:
        text = instructions_text(identity.code)
        return CodeFacts(digest=text_digest(text), text=text, uses=uses, is_lost=is_lost(identity.code))
    return CodeFacts(digest=text_digest(form), text=source.text, uses=uses)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Keep garbage from being looked for among the nodes of syntax trees, which takes longer than to make them."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
